import PauseOutlined from '@mui/icons-material/PauseOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Note } from '../parts/page';
import type { StateName } from '../theme/tokens';
import type { Campaign, CampaignResults } from './api';
import { ruleSignals } from './campaign-draft';
import { useMoment } from './use-moment';

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
  if (state === 'processing') return <WaitsFor waits={results?.waits_for} held={held} />;
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

/** Causes that end only when somebody does something at the numbers. */
const atNumbers: readonly string[] = ['session', 'lane_invalid'];
const hues: { [cause in NonNullable<CampaignResults['waits_for']>['cause']]?: StateName } = {
  session: 'failed',
  lane_invalid: 'failed',
  tenant_suspended: 'failed',
  ledger_held: 'failed',
  provider: 'uncertain',
};

/** Says for what a running campaign waits, and when it goes on. */
function WaitsFor({ waits, held }: { waits: CampaignResults['waits_for'] | undefined; held: string }) {
  const translate = useTranslate();
  const moment = useMoment();
  if (!waits) return null;
  const { cause, until } = waits;
  return (
    <Note
      state={hues[cause] ?? 'queued'}
      {...(hues[cause] === undefined && { icon: ScheduleOutlined })}
      title={translate(`campaigns.waits.${cause}`)}
      acts={
        atNumbers.includes(cause) && (
          <Link className="linked" to="/numbers">
            {translate('campaigns.banner.to_numbers')}
          </Link>
        )
      }
    >
      {until && translate('campaigns.banner.goes_on', { time: moment(new Date(until)) })} {held}
    </Note>
  );
}
