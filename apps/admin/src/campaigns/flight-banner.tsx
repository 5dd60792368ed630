import PauseOutlined from '@mui/icons-material/PauseOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { useLocale, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Note } from '../parts/page';
import type { Campaign, CampaignResults } from './api';
import { ruleSignals } from './campaign-draft';
import { numbersOf, useNumbers } from './numbers-of';
import { weekdayName } from './schedule-step';
import { useMoment } from './use-moment';
import { windowAt } from './windows';

/** Causes that have words under `campaigns.cause`. */
const knownCauses = ['person', 'late_start', 'fault', 'no_sessions', 'too_slow'] as const;

const figureOf = (detail: Record<string, unknown> | null, name: string): number | null =>
  typeof detail?.[name] === 'number' ? detail[name] : null;

/** Says why a campaign does not send, by whom or what, and what it would take. */
export function FlightBanner({ campaign, results }: { campaign: Campaign; results: CampaignResults | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const moment = useMoment();
  const { state, reason, detail, schedule } = campaign;
  const waiting = results?.counts.waiting ?? 0;
  const held = waiting > 0 ? translate('campaigns.held', { smart_count: waiting, figure: format.number(waiting) }) : '';
  if (state === 'scheduled') {
    const title =
      schedule.start === 'at' && schedule.at
        ? translate('campaigns.banner.scheduled', { time: moment(new Date(schedule.at)) })
        : schedule.start === 'local' && schedule.local
          ? translate('campaigns.banner.scheduled_local', { time: schedule.local.replace('T', ' ') })
          : translate('campaigns.banner.starting');
    return (
      <Note state="queued" icon={ScheduleOutlined} title={title}>
        {translate('campaigns.banner.scheduled_text')}
      </Note>
    );
  }
  if (state === 'failed')
    return (
      <Note state="failed" title={translate('campaigns.banner.failed')}>
        {held} {reason && <span className="mono mute">{reason}</span>}
      </Note>
    );
  if (state === 'processing') return waiting > 0 ? <WaitsFor campaign={campaign} held={held} /> : null;
  if (state !== 'paused') return null;
  const when = { name: campaign.state_changed_by.name, time: format.when(new Date(campaign.state_changed_at)) };
  if (reason === 'rule') {
    const signal = ruleSignals.find((name) => name === detail?.signal);
    const [percent, minutes, messages, affected] = ['percent', 'window_min', 'messages', 'affected'].map((name) => figureOf(detail, name));
    return (
      <Note state="uncertain" icon={WarningAmberOutlined} title={translate('campaigns.banner.rule', { time: when.time })}>
        {signal &&
          percent &&
          minutes &&
          `${translate(`campaigns.rule.${signal}`, { percent: format.share(percent, 100), time: format.duration(minutes * 60_000) })}: `}
        {messages &&
          translate('campaigns.banner.figures', {
            share: format.share(affected ?? 0, messages),
            part: format.number(affected ?? 0),
            of: format.number(messages),
          })}{' '}
        {held}
      </Note>
    );
  }
  const cause = (knownCauses as readonly (string | null)[]).includes(reason) ? (reason as (typeof knownCauses)[number]) : null;
  return (
    <Note
      state={cause === 'person' || cause === null ? 'queued' : 'uncertain'}
      icon={cause === 'person' || cause === null ? PauseOutlined : WarningAmberOutlined}
      title={translate(`campaigns.cause.${cause ?? 'person'}`, when)}
    >
      {held} {cause === null && reason && <span className="mono mute">{reason}</span>}
    </Note>
  );
}

/** Says what a running campaign waits for: a number that is up, or its next window. */
function WaitsFor({ campaign, held }: { campaign: Campaign; held: string }) {
  const translate = useTranslate();
  const locale = useLocale();
  const { data } = useNumbers();
  const { schedule } = campaign;
  const numbers = data && numbersOf(data, campaign.numbers);
  if (numbers?.every(({ status }) => status !== 'connected'))
    return (
      <Note
        state="failed"
        title={translate('campaigns.banner.numbers_down')}
        acts={
          <Link className="linked" to="/numbers">
            {translate('campaigns.banner.to_numbers')}
          </Link>
        }
      >
        {held}
      </Note>
    );
  if (schedule.recipient_zone) return null;
  const { isOpen, opens } = windowAt(schedule, new Date());
  if (isOpen) return null;
  return (
    <Note
      state="queued"
      icon={ScheduleOutlined}
      title={
        opens
          ? translate('campaigns.banner.window', { day: weekdayName(locale, opens.day), time: opens.from, zone: schedule.time_zone })
          : translate('campaigns.banner.no_window')
      }
    >
      {held}
    </Note>
  );
}
