import AddOutlined from '@mui/icons-material/AddOutlined';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import ViewColumnOutlined from '@mui/icons-material/ViewColumnOutlined';
import { Button, IconButton, Menu, MenuItem } from '@mui/material';
import './numbers.css';
import { useEffect, useState } from 'react';
import { useListContext, useStore, useTranslate } from 'react-admin';
import { Link, useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useEveryMs } from '../live/live-store';
import { useClients } from '../layout/client-switcher';
import { ClientName, pathOfClient } from '../parts/client-link';
import { type Column, ListPage } from '../parts/list';
import { MoreMenu } from '../parts/more-menu';
import { RefusalText } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Dash, Meter, Phone, Since } from '../parts/values';
import { useTenant } from '../providers/tenant';
import { ActButton } from '../parts/act-button';
import { BulkBar } from './bulk-bar';
import { capToday, chipOf, isSending, type ListedNumber, needsLink, needsPerson, stateOf, urgency } from './number-state';
import { useNumberActs } from './number-acts';
import { useMayManage } from './queries';
import { useWaitingWords, waitingOf } from './waiting';

/** States by which the list can be filtered, in the order of the menu. One that is missing does not compile. */
const statuses = Object.keys({
  connected: true,
  connecting: true,
  need_scan: true,
  need_passkey: true,
  disconnected: true,
  logged_out: true,
  expired: true,
  unauthorised: true,
  new: true,
  unknown: true,
} satisfies Record<Exclude<ClientNumber['status'], 'deleted'>, true>);

/** Numbers of a client; what needs a person stands on top. */
export function NumberList() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const mayManage = useMayManage();
  const tenant = useTenant();
  const { data: clients = [] } = useClients();
  const [hidden, setHidden] = useStore<string[]>('hidden_columns_of_numbers', hiddenFirst);
  const add = (
    <ActButton
      variant="contained"
      startIcon={<AddOutlined />}
      off={mayManage === false ? translate('numbers.may_not') : null}
      onClick={() => void navigate('/numbers/create')}
    >
      {translate('numbers.add')}
    </ActButton>
  );
  const columns: Column<ClientNumber>[] = [
    { key: 'name', label: translate('numbers.number'), render: (number) => <Name number={number} /> },
    ...(tenant
      ? []
      : [
          {
            key: 'client',
            label: translate('numbers.client'),
            render: ({ tenant_id }: ClientNumber) => <ClientName id={tenant_id ?? ''} />,
          },
        ]),
    { key: 'phone', label: translate('numbers.phone'), render: ({ phone }) => <Phone value={phone} />, narrowHide: true },
    { key: 'state', label: translate('numbers.state'), render: (number) => <State number={number} /> },
    { key: 'since', label: translate('numbers.since'), render: (number) => <SinceWhen number={number} />, narrowHide: true },
    { key: 'sent', label: translate('numbers.sent_today'), render: (number) => <SentToday number={number} /> },
    { key: 'pace', label: translate('numbers.pace'), render: (number) => <Pace number={number} />, end: true, narrowHide: true },
    {
      key: 'waiting',
      label: translate('numbers.waiting'),
      render: (number) => <Waiting number={number} />,
      end: true,
      narrowHide: true,
    },
    // The client takes their place.
    ...(tenant
      ? [
          {
            key: 'warm_up',
            label: translate('numbers.warm_up'),
            render: (number: ClientNumber) => <WarmUp number={number} />,
            low: true,
            narrowHide: true,
          },
          {
            key: 'answered',
            label: translate('numbers.answered'),
            render: (number: ClientNumber) => <Answered number={number} />,
            end: true,
            low: true,
            narrowHide: true,
          },
        ]
      : []),
    {
      key: 'error',
      label: translate('numbers.last_error'),
      render: (number) => <LastError number={number} />,
      low: true,
      narrowHide: true,
    },
    { key: 'act', label: '', render: (number) => <RowActs number={number} />, end: true },
  ];
  return (
    <ListPage<ClientNumber>
      resource={tenant ? 'numbers' : 'numbers_of_clients'}
      needsClient={false}
      title={translate('menu.numbers')}
      {...(mayManage === false && { note: translate('numbers.may_not') })}
      {...(tenant && { acts: add, filter: withLane })}
      perPage={50}
      selectable={!!tenant && mayManage === true}
      search={{ source: 'search', label: translate('numbers.search') }}
      order={(a, b) => urgency(a) - urgency(b)}
      filters={[
        {
          source: 'status',
          label: translate('numbers.state'),
          choices: statuses.map((value) => ({ value, label: translate(`state.number.${chipOf(value)}`) })),
        },
        ...(['sending', 'due'] as const).map((source) => ({
          source,
          label: translate('numbers.right_now'),
          choices: [{ value: 'true', label: translate(source === 'due' ? 'numbers.has_due' : 'numbers.may_send') }],
          linked: true,
        })),
        tenant
          ? { source: 'tag', label: translate('numbers.tag') }
          : {
              source: 'tenant_id',
              label: translate('numbers.client'),
              choices: clients.map(({ id, name }) => ({ value: id, label: name })),
            },
      ]}
      aside={
        <>
          <Summary />
          <ColumnsButton columns={columns.filter(({ key }) => !fixed.includes(key))} hidden={hidden} onChange={setHidden} />
        </>
      }
      linkOf={({ id, tenant_id }) => (tenant_id ? pathOfClient(tenant_id, `/numbers/${id}`) : `/numbers/${id}`)}
      columns={columns.filter(({ key }) => !hidden.includes(key))}
      {...(tenant && { above: <BulkBar /> })}
      empty={{ title: translate('numbers.empty'), text: translate('numbers.empty_text'), ...(tenant && { acts: add }) }}
    >
      <Refresh />
    </ListPage>
  );
}

/** Columns that stay. */
const fixed: readonly string[] = ['name', 'act'];
/** Columns that are hidden until a person wants them. */
const hiddenFirst = ['answered', 'error'];

/** A number of the list over all clients, with its client. */
type ClientNumber = ListedNumber & { tenant_id?: string };

const withLane = { include: 'lane' };

/** Reads the list around it anew, while somebody looks. */
function Refresh() {
  const everyMs = useEveryMs(15_000);
  const { refetch } = useListContext();
  useEffect(() => {
    if (everyMs === false) return;
    const timer = setInterval(() => !document.hidden && void refetch(), everyMs);
    return () => clearInterval(timer);
  }, [refetch, everyMs]);
  return null;
}

/** Number of all that match, of those of the page that send, and of those that need a person. */
function Summary() {
  const translate = useTranslate();
  const format = useFormat();
  const { data, total, hasNextPage, hasPreviousPage } = useListContext<ListedNumber>();
  if (!data?.length) return null;
  const sending = data.filter((number) => number.lane && isSending(number, number.lane)).length;
  const needing = data.filter(needsPerson).length;
  return (
    <span className="small mute num">
      {total !== undefined && `${translate('numbers.total', { smart_count: total, count: format.number(total) })} · `}
      {[
        translate('numbers.sending_count', { smart_count: sending }),
        needing > 0 && translate('numbers.needing_count', { smart_count: needing }),
        // There are others on other pages.
        (hasNextPage || hasPreviousPage) && translate('numbers.on_page'),
      ]
        .filter(Boolean)
        .join(', ')}
    </span>
  );
}

function Name({ number: { name, tags } }: { number: ListedNumber }) {
  return (
    <>
      <span dir="auto">{name}</span>
      {tags.length > 0 && (
        <span className="small mute number-tags cut" dir="auto">
          {tags.join(', ')}
        </span>
      )}
    </>
  );
}

function State({ number }: { number: ListedNumber }) {
  return <StateChip kind="number" state={stateOf(number, number.lane ?? undefined)} />;
}

function SinceWhen({ number }: { number: ListedNumber }) {
  const translate = useTranslate();
  const format = useFormat();
  const { lane } = number;
  if (lane?.closed_until && stateOf(number, lane) === 'asked_to_wait')
    return <span className="num nowrap">{translate('numbers.until', { time: format.when(new Date(lane.closed_until)) })}</span>;
  return <Since at={number.status_since} />;
}

function SentToday({ number: { lane } }: { number: ListedNumber }) {
  const translate = useTranslate();
  if (!lane) return <Dash />;
  const cap = capToday(lane);
  return (
    <span className="nowrap">
      <Meter used={lane.sent_today} of={cap} />
      {cap === null && <span className="mute"> {translate('numbers.no_cap')}</span>}
    </span>
  );
}

function Pace({ number }: { number: ListedNumber }) {
  const translate = useTranslate();
  const format = useFormat();
  const { lane } = number;
  if (!lane)
    return number.status === 'connected' && number.held_reason === null ? (
      <Dash />
    ) : (
      <span className="mute">{translate('numbers.closed')}</span>
    );
  if (!isSending(number, lane)) return <span className="mute">{translate('numbers.closed')}</span>;
  if (lane.window_limit === 0) return <span className="mute">{translate('numbers.no_pace')}</span>;
  const perMinute = (lane.window_limit * 60_000) / lane.window_ms;
  return (
    <span className="nowrap">
      {perMinute >= 1
        ? translate('numbers.per_minute', { count: format.number(Math.round(perMinute)) })
        : translate('numbers.per_hour', { count: format.number(Math.round(perMinute * 60)) })}
    </span>
  );
}

function Waiting({ number: { id, lane, tenant_id } }: { number: ClientNumber }) {
  const count = useWaitingWords(lane?.waiting ?? 0);
  if (!lane || lane.waiting === 0) return <span className="mute num">0</span>;
  return (
    <Link className="linked num" to={tenant_id ? pathOfClient(tenant_id, waitingOf(id)) : waitingOf(id)}>
      {count}
    </Link>
  );
}

function WarmUp({ number: { lane } }: { number: ListedNumber }) {
  const translate = useTranslate();
  if (!lane?.warm_up || lane.warm_up_day === null) return <Dash />;
  return <span className="nowrap">{translate('numbers.warm_up_day', { day: lane.warm_up_day, of: lane.warm_up.length })}</span>;
}

/** People who answered, of those it wrote to in the last days. */
function Answered({ number: { health } }: { number: ListedNumber }) {
  const translate = useTranslate();
  const format = useFormat();
  if (!health?.people) return <Dash />;
  return (
    <span className="nowrap">
      {format.share(health.replied, health.people)}{' '}
      <span className="small mute">
        {format.number(health.replied)} {translate('value.of', { of: format.number(health.people) })}
      </span>
    </span>
  );
}

/** Why a number does not send, in the provider's words. */
function LastError({ number }: { number: ListedNumber }) {
  const reason = number.status === 'connected' ? (number.lane?.closed_reason ?? null) : number.status_reason;
  if (!reason) return <Dash />;
  return (
    <span className="small cut number-error" dir="auto" title={reason}>
      {reason}
    </span>
  );
}

/** The one likely act of a row, and a menu of all that the page of the number has. */
function RowActs({ number }: { number: ListedNumber }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const mayManage = useMayManage();
  const { acts, dialog, isPending, error } = useNumberActs(number);
  const state = stateOf(number);
  if (!mayManage || !tenant) return null;
  const pause = acts.find(({ key }) => key === 'pause');
  const word = state === 'number_changed' ? 'compare' : state === 'credentials_invalid' ? 'renew_key' : needsLink(number) ? 'link' : null;
  return (
    <>
      <span className="row" style={{ gap: 4, justifyContent: 'flex-end', flexWrap: 'nowrap' }}>
        {state === 'paused' && pause ? (
          <ActButton variant="outlined" reason="tip" busy={isPending} onClick={pause.onDo}>
            {translate(isPending ? 'numbers.resuming' : 'numbers.resume')}
          </ActButton>
        ) : (
          word && (
            <Button variant="outlined" component={Link} to={`/numbers/${number.id}`}>
              {translate(`numbers.${word}`)}
            </Button>
          )
        )}
        <MoreMenu label={translate('numbers.more_of', { name: number.name })} acts={acts} />
      </span>
      {error && (
        <div className="field-error">
          <RefusalText error={error} />
        </div>
      )}
      {dialog}
    </>
  );
}

/** Chooses which columns are shown. */
function ColumnsButton({
  columns,
  hidden,
  onChange,
}: {
  columns: Column<ClientNumber>[];
  hidden: string[];
  onChange: (hidden: string[]) => void;
}) {
  const translate = useTranslate();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  return (
    <>
      <IconButton
        className="narrow-hide"
        aria-label={translate('numbers.columns')}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
      >
        <ViewColumnOutlined />
      </IconButton>
      <Menu open={anchor !== null} anchorEl={anchor} onClose={() => setAnchor(null)}>
        {columns.map(({ key, label }) => {
          const isShown = !hidden.includes(key);
          return (
            <MenuItem
              key={key}
              role="menuitemcheckbox"
              aria-checked={isShown}
              onClick={() => onChange(isShown ? [...hidden, key] : hidden.filter((name) => name !== key))}
            >
              <CheckOutlined sx={{ fontSize: 16, marginInlineEnd: '8px', visibility: isShown ? 'visible' : 'hidden' }} />
              {label}
            </MenuItem>
          );
        })}
      </Menu>
    </>
  );
}
