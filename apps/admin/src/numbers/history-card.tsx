import CheckOutlined from '@mui/icons-material/CheckOutlined';
import KeyOutlined from '@mui/icons-material/KeyOutlined';
import LinkOffOutlined from '@mui/icons-material/LinkOffOutlined';
import LinkOutlined from '@mui/icons-material/LinkOutlined';
import TuneOutlined from '@mui/icons-material/TuneOutlined';
import type { ComponentType } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { MoreButton } from '../parts/more-button';
import { Card, Empty, Failed, Skeleton } from '../parts/page';
import { looks } from '../parts/state-chip';
import { Time } from '../parts/values';
import type { StateName } from '../theme/tokens';
import { chipOf, type NumberEvent } from './number-state';
import { useHistory } from './queries';

/** Changes of a number's settings, named by their reason; the status stays. */
const settings: Record<string, readonly [StateName, ComponentType]> = {
  paused: looks.number.paused,
  resumed: ['read', CheckOutlined],
  phone_changed: looks.number.number_changed,
  phone_restored: ['read', CheckOutlined],
  phone_confirmed: ['read', CheckOutlined],
  limits_changed: ['queued', TuneOutlined],
  settings_changed: ['queued', TuneOutlined],
  link_invited: ['queued', LinkOutlined],
  link_revoked: ['queued', LinkOffOutlined],
  api_key_changed: ['queued', KeyOutlined],
  webhook_secret_changed: ['queued', KeyOutlined],
  hook_token_changed: ['queued', KeyOutlined],
};

/** History of a number, newest first. */
export function HistoryCard({ id }: { id: string }) {
  const translate = useTranslate();
  const pages = useHistory(id);
  const { data, error, refetch } = pages;
  const events = data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Card title={translate('numbers.history')} pad={events.length > 0}>
      {!data && (error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={4} />)}
      {data && events.length === 0 && <Empty title={translate('numbers.no_history')}>{translate('numbers.no_history_text')}</Empty>}
      {events.length > 0 && (
        <ol className="timeline">
          {events.map((event, at) => (
            <Entry key={event.id} event={event} newer={events[at - 1]} />
          ))}
        </ol>
      )}
      <MoreButton pages={pages}>{translate('numbers.older')}</MoreButton>
    </Card>
  );
}

function Entry({ event, newer }: { event: NumberEvent; newer: NumberEvent | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const isSetting = event.from === event.to && event.reason !== null && event.reason in settings;
  const chip = chipOf(event.to);
  const [hue, Icon] = isSetting
    ? (settings[event.reason ?? ''] as readonly [StateName, ComponentType])
    : ((looks.number as Record<string, readonly [StateName, ComponentType]>)[chip] ?? looks.number.unknown);
  const word = isSetting
    ? translate(`numbers.event.${event.reason}`)
    : chip in looks.number
      ? translate(`state.number.${chip}`)
      : chip === 'deleted'
        ? translate('numbers.event.deleted')
        : chip;
  const gap = newer && Date.parse(newer.at) - Date.parse(event.at);
  return (
    <li>
      <div className="when">
        <Time at={event.at} />
        {gap !== undefined && gap >= 1_000 && <span className="gap">{translate('numbers.earlier', { time: format.duration(gap) })}</span>}
      </div>
      <span className="mark" data-state={hue}>
        <Icon />
      </span>
      <div>
        <h3>
          {word}
          {!isSetting && event.reason && (
            <span className="mute small" dir="auto">
              {event.reason}
            </span>
          )}
        </h3>
        <p>
          {event.actor && event.actor.kind !== 'system'
            ? translate(`numbers.by.${event.actor.kind}`, { name: event.actor.name })
            : ['hook', 'poll', 'send', 'api'].includes(event.source)
              ? translate(`numbers.by.${event.source}`)
              : event.source}
        </p>
      </div>
    </li>
  );
}
