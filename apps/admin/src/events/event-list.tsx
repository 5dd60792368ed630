import PauseOutlined from '@mui/icons-material/PauseOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { usePollMs } from '../live/live-store';
import { ActButton } from '../parts/act-button';
import { ListPage } from '../parts/list';
import { looks, StateChip } from '../parts/state-chip';
import { groupedPhone, Time } from '../parts/values';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { type CoreEvent, eventReasons, subjectOf, useEventTypes } from './events';
import { ReplayEventsDrawer } from './replay-events-drawer';
import '../parts/code.css';
import '../parts/records.css';

/** Events that the core application sent, newest first, with a monitor that can be paused. */
export function EventList() {
  const translate = useTranslate();
  const format = useFormat();
  const { data: types = [] } = useEventTypes();
  const [now] = useState(() => Date.now());
  const since = (hours: number): string => new Date(now - hours * 3_600_000).toISOString();
  return (
    <ListPage<CoreEvent>
      resource="events"
      title={translate('events.title')}
      acts={<ReplayAct />}
      above={<Monitor />}
      search={{ source: 'event_key', label: translate('events.search') }}
      filters={[
        {
          source: 'state',
          label: translate('events.state'),
          choices: Object.keys(looks.event).map((value) => ({ value, label: translate(`state.event.${value}`) })),
        },
        {
          source: 'name',
          label: translate('events.name'),
          ...(types.length > 0 && { choices: types.map(({ name }) => ({ value: name, label: name })) }),
        },
        {
          source: 'reason',
          label: translate('events.reason'),
          choices: eventReasons.map((value) => ({ value, label: translate(`events.reasons.${value}.short`) })),
        },
        {
          source: 'repeated',
          label: translate('events.sent_again'),
          choices: [{ value: 'true', label: translate('events.sent_again_yes') }],
        },
        {
          source: 'from',
          label: translate('events.since'),
          choices: [1, 24, 168].map((hours) => ({ value: since(hours), label: translate('deliveries.hours', { smart_count: hours }) })),
          show: (value) => (Number.isNaN(Date.parse(value)) ? value : format.when(new Date(value))),
        },
      ]}
      linkOf={({ id }) => `/events/${id}`}
      columns={[
        { key: 'name', label: translate('events.name'), render: ({ name }) => <span className="mono">{name}</span> },
        { key: 'state', label: translate('events.state'), render: ({ state }) => <StateChip kind="event" state={state} /> },
        { key: 'outcome', label: translate('events.outcome'), render: (row) => <Outcome event={row} />, narrowHide: true },
        {
          key: 'subject',
          label: translate('events.subject'),
          render: (row) => (
            <bdi dir="ltr" className="num nowrap">
              {groupedPhone(subjectOf(row))}
            </bdi>
          ),
          narrowHide: true,
        },
        {
          key: 'event_key',
          label: translate('events.key'),
          render: ({ event_key }) => (
            <bdi dir="ltr" className="mono cut" style={{ display: 'block', maxWidth: 240 }}>
              {event_key}
            </bdi>
          ),
          low: true,
          narrowHide: true,
        },
        { key: 'source', label: translate('events.source'), render: ({ source }) => source, low: true, narrowHide: true },
        { key: 'received_at', label: translate('events.received'), render: ({ received_at }) => <Time at={received_at} />, end: true },
      ]}
      empty={{ title: translate('events.empty'), text: translate('events.empty_text') }}
    />
  );
}

/** Says in a few words what the rules did with an event. */
function Outcome({ event }: { event: CoreEvent }) {
  const translate = useTranslate();
  return (
    <>
      <Result event={event} />
      {event.repeats > 0 && <span className="mute">, {translate('events.repeats', { smart_count: event.repeats })}</span>}
    </>
  );
}

function Result({ event: { state, reason, results } }: { event: CoreEvent }) {
  const translate = useTranslate();
  if (reason)
    return <>{eventReasons.includes(reason) ? translate(`events.reasons.${reason}.short`) : <span className="mono">{reason}</span>}</>;
  if (state === 'received') return <span className="mute">{translate('events.not_read')}</span>;
  if (results.length === 0) return <span className="mute">{translate('events.no_rule')}</span>;
  const acted = results.filter(({ outcome }) => outcome === 'acted');
  const messages = acted.reduce((sum, { message_ids }) => sum + message_ids.length, 0);
  return (
    <>
      {translate('events.acted', { all: results.length, acted: acted.length })}
      {messages > 0 && <span className="mute">, {translate('events.messages', { smart_count: messages })}</span>}
    </>
  );
}

/** Watches for new events: they are shown as they come, or wait behind a button while the monitor is paused. */
function Monitor() {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const { data, page, filterValues, refetch } = useListContext<CoreEvent>();
  const [isLive, setLive] = useState(false);
  const everyMs = usePollMs();
  const known = new Set(data?.map(({ id }) => id));
  const query = Object.fromEntries(Object.entries(filterValues as Record<string, string>).filter(([, value]) => value !== ''));
  const { data: newest } = useQuery({
    queryKey: ['events', 'newest', tenant, query],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/events', { params: { query: { ...query, limit: 50 } }, signal }))).data,
    enabled: !!tenant && page === 1 && !!data,
    refetchInterval: everyMs,
    staleTime: 0,
  });
  const last = data?.[0]?.id ?? '';
  const fresh = newest?.filter(({ id }) => !known.has(id) && id > last) ?? [];
  // What was read once may have changed its state since.
  const hasMoved = newest?.some(({ id, state }) => known.has(id) && data?.find((row) => row.id === id)?.state !== state);
  useEffect(() => {
    if ((isLive && fresh.length > 0) || hasMoved) void refetch();
  }, [isLive, fresh.length, hasMoved, refetch]);
  if (page !== 1) return null;
  return (
    <div className="monitor">
      <Button
        variant="outlined"
        startIcon={isLive ? <PauseOutlined /> : <PlayArrowOutlined />}
        aria-pressed={isLive}
        onClick={() => setLive(!isLive)}
      >
        {translate(isLive ? 'events.pause' : 'events.follow')}
      </Button>
      <span role="status" className="small mute">
        {isLive ? translate('events.following') : fresh.length === 0 ? translate('events.nothing_new') : ''}
      </span>
      {!isLive && fresh.length > 0 && (
        <Button variant="text" onClick={() => void refetch()}>
          {translate('events.show_new', {
            smart_count: fresh.length,
            figure: `${format.number(fresh.length)}${fresh.length === 50 ? '+' : ''}`,
          })}
        </Button>
      )}
    </div>
  );
}

function ReplayAct() {
  const translate = useTranslate();
  const mayManage = useMay('events:manage');
  const { filterValues, refetch } = useListContext<CoreEvent>();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActButton
        variant="outlined"
        startIcon={<ReplayOutlined />}
        off={mayManage === false ? translate('events.may_not') : undefined}
        onClick={() => setOpen(true)}
      >
        {translate('events.replay_many.open')}
      </ActButton>
      {isOpen && (
        <ReplayEventsDrawer filter={filterValues as Record<string, string>} onClose={() => setOpen(false)} onDone={() => void refetch()} />
      )}
    </>
  );
}
