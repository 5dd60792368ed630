import './numbers.css';
import BlockOutlined from '@mui/icons-material/BlockOutlined';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import HelpOutlineOutlined from '@mui/icons-material/HelpOutlineOutlined';
import HourglassEmptyOutlined from '@mui/icons-material/HourglassEmptyOutlined';
import KeyOffOutlined from '@mui/icons-material/KeyOffOutlined';
import LinkOffOutlined from '@mui/icons-material/LinkOffOutlined';
import PauseOutlined from '@mui/icons-material/PauseOutlined';
import PlayArrowOutlined from '@mui/icons-material/PlayArrowOutlined';
import ScheduleOutlined from '@mui/icons-material/ScheduleOutlined';
import SwapHorizOutlined from '@mui/icons-material/SwapHorizOutlined';
import TuneOutlined from '@mui/icons-material/TuneOutlined';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate, useParams } from 'react-router-dom';
import { AuditLinks } from '../audit/audit-links';
import { useFormat } from '../i18n/format';
import { useEveryMs } from '../live/live-store';
import { useClients } from '../layout/client-switcher';
import { ChooseClient } from '../parts/needs-client';
import { MoreMenu } from '../parts/more-menu';
import { Card, Facts, Note, Page, PendingPage } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { ClientTag, Id, Phone } from '../parts/values';
import { useMay } from '../providers/acts';
import { useTenant } from '../providers/tenant';
import { ActButton } from '../parts/act-button';
import { Refused } from '../parts/refused';
import { SendTest } from '../parts/send-test';
import { HealthCard } from './health-card';
import { HistoryCard } from './history-card';
import { LimitsCard } from './limits-card';
import { LinkCard } from './link-card';
import { type NumberDialog, useNumberActs } from './number-acts';
import { needsLink, stateOf, type WhatsAppNumber } from './number-state';
import { useHealth, useLane, useMayManage, useNumber } from './queries';
import { useWaitingWords } from './waiting';

/** A number: how to link it, what happened to it, how it sends. */
export function NumberPage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  const tenant = useTenant();
  const [isQuick, setQuick] = useState(false);
  const everyMs = useEveryMs(8_000);
  const { data, error, refetch } = useNumber(id, isQuick ? 1_500 : everyMs);
  const status = data?.value.status;
  useEffect(() => setQuick(status === 'connecting'), [status]);
  const crumbs = [{ to: '/numbers', label: translate('menu.numbers') }];
  if (!tenant)
    return (
      <Page title={translate('numbers.number')} crumbs={crumbs}>
        <ChooseClient />
      </Page>
    );
  if (!data) return <PendingPage title={translate('numbers.number')} crumbs={crumbs} error={error} retry={() => void refetch()} />;
  return <Known key={id} number={data.value} crumbs={crumbs} />;
}

/** Acts that stand elsewhere on the page than in its menu. */
const placed: readonly string[] = ['pause', 'limits'];

function Known({ number, crumbs }: { number: WhatsAppNumber; crumbs: { to: string; label: string }[] }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const mayManage = useMayManage();
  const lane = useLane(number.id, 10_000).data?.value;
  const { acts, dialog, open, isPending, error } = useNumberActs(number, { onEnded: () => void navigate('/numbers') });
  const state = stateOf(number, lane);
  const off = mayManage === false ? translate('numbers.may_not') : null;
  const isPaused = number.held_reason === 'paused';
  const isLinking = needsLink(number) || number.status === 'connecting';
  // Whoever watched the linking is told that it worked.
  const [wasLinking, setWasLinking] = useState(isLinking);
  useEffect(() => {
    if (isLinking) setWasLinking(true);
  }, [isLinking]);
  const pause = acts.find(({ key }) => key === 'pause');
  return (
    <Page
      title={number.name}
      crumbs={crumbs}
      beside={
        <>
          {number.phone && (
            <span className="soft">
              <Phone value={number.phone} />
            </span>
          )}
          <StateChip kind="number" state={state} big />
        </>
      }
      {...(off && { note: off })}
      acts={
        <>
          <SendTest sessionId={number.id} />
          {pause && (
            <ActButton
              variant="outlined"
              startIcon={isPaused ? <PlayArrowOutlined /> : <PauseOutlined />}
              off={off}
              busy={isPending}
              onClick={pause.onDo}
            >
              {pause.label}
            </ActButton>
          )}
          {mayManage && <MoreMenu label={translate('numbers.more')} acts={acts.filter(({ key }) => !placed.includes(key))} />}
        </>
      }
    >
      <Refused error={error} />
      <Said
        number={number}
        state={state}
        wasLinking={wasLinking}
        closedUntil={lane?.closed_until ?? null}
        waiting={lane?.waiting ?? 0}
        off={off}
        onOpen={open}
      />
      <div className="two-one">
        <div className="stack">
          {isLinking && <LinkCard number={number} />}
          <HistoryCard id={number.id} />
        </div>
        <div className="stack">
          <LimitsCard number={number} />
          <HealthCard number={number} />
          <IdentityCard number={number} />
        </div>
      </div>
      {dialog}
    </Page>
  );
}

/** True when the provider names a ban; its contract has no status of its own for it. */
const isBanned = ({ raw_status }: WhatsAppNumber): boolean => /\bban/i.test(raw_status ?? '');

/** The one note over the page: the worst of what is wrong, or that linking worked. */
function Said({
  number,
  state,
  wasLinking,
  closedUntil,
  waiting,
  off,
  onOpen,
}: {
  number: WhatsAppNumber;
  state: string;
  wasLinking: boolean;
  closedUntil: string | null;
  waiting: number;
  off: string | null;
  onOpen: (dialog: NumberDialog) => void;
}): ReactNode {
  const translate = useTranslate();
  const format = useFormat();
  const count = useWaitingWords(waiting);
  const health = useHealth(number.id).data;
  const wait = [
    waiting === 0 ? translate('numbers.lost_text') : translate('numbers.lost_waiting', { smart_count: waiting, count }),
    waiting > 0 && health?.first_expires_at && translate('numbers.first_expires', { time: format.when(new Date(health.first_expires_at)) }),
  ]
    .filter(Boolean)
    .join(' ');
  const since = { time: format.when(new Date(number.status_since)) };
  switch (state) {
    case 'number_changed':
      return (
        <Note
          state="failed"
          icon={SwapHorizOutlined}
          title={translate('numbers.changed')}
          acts={
            <ActButton variant="outlined" off={off} onClick={() => onOpen('confirm')}>
              {translate('numbers.compare')}
            </ActButton>
          }
        >
          {translate('numbers.changed_linked')} <Phone value={number.phone} />. {translate('numbers.changed_expected')}{' '}
          <Phone value={number.confirmed_phone} />. {translate('numbers.changed_text')}
        </Note>
      );
    case 'credentials_invalid':
      return (
        <Note
          state="failed"
          icon={KeyOffOutlined}
          title={translate('numbers.key_refused', since)}
          acts={
            <ActButton variant="outlined" off={off} onClick={() => onOpen('key')}>
              {translate('numbers.renew_key')}
            </ActButton>
          }
        >
          {translate('numbers.key_refused_text')}
        </Note>
      );
    case 'logged_out':
    case 'expired':
    case 'disconnected':
      return (
        <Note
          state={state === 'disconnected' ? 'uncertain' : 'failed'}
          icon={LinkOffOutlined}
          title={translate(`numbers.lost.${state}`, since)}
        >
          {wait}
        </Note>
      );
    case 'needs_scan':
    case 'needs_passkey':
      // One that was never linked, and that nothing waits for, has its way to link alone.
      return health?.lost_at ? (
        <Note
          state="failed"
          icon={LinkOffOutlined}
          title={translate('numbers.link_ended', { time: format.when(new Date(health.lost_at)) })}
        >
          {wait}
        </Note>
      ) : (
        waiting > 0 && <Note state="uncertain" icon={HourglassEmptyOutlined} title={wait} />
      );
    case 'new':
      return (
        <Note icon={HourglassEmptyOutlined} title={translate('numbers.creating')}>
          {translate('numbers.creating_text')}
        </Note>
      );
    case 'unknown':
      return isBanned(number) ? (
        <Note state="failed" icon={BlockOutlined} title={translate('numbers.banned')}>
          {translate('numbers.banned_text')}
        </Note>
      ) : (
        <Note
          state="uncertain"
          icon={HelpOutlineOutlined}
          title={translate('numbers.unknown_state', { status: number.raw_status ?? translate('numbers.unknown_said') })}
        >
          {translate('numbers.unknown_state_text')}
        </Note>
      );
    case 'paused':
      return (
        <Note icon={PauseOutlined} title={translate('numbers.paused')}>
          {translate('numbers.paused_text')}
        </Note>
      );
    case 'limits_invalid':
      return (
        <Note state="failed" icon={TuneOutlined} title={translate('alerts.lane_invalid.title', { name: number.name })}>
          {translate('alerts.lane_invalid.text')}
        </Note>
      );
    case 'asked_to_wait':
      return (
        <Note
          state="uncertain"
          icon={ScheduleOutlined}
          title={translate('numbers.wait', { time: closedUntil ? format.when(new Date(closedUntil)) : '' })}
        >
          {translate('numbers.wait_text')}
        </Note>
      );
    case 'connected':
      return (
        wasLinking && (
          <div role="status">
            <Note state="read" icon={CheckOutlined} title={translate('numbers.linked')}>
              {number.phone && <Phone value={number.phone} />} {translate('numbers.linked_text')}
            </Note>
          </div>
        )
      );
    default:
      return null;
  }
}

function IdentityCard({ number }: { number: WhatsAppNumber }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const mayAudit = useMay('audit:read');
  const client = useClients().data?.find(({ id }) => id === tenant);
  return (
    <Card title={translate('numbers.identity')}>
      <Facts
        rows={[
          [
            translate('numbers.client'),
            client && (
              <span className="row" style={{ gap: 8 }}>
                <ClientTag id={client.id} name={client.name} />
                <span dir="auto">{client.name}</span>
              </span>
            ),
          ],
          [translate('numbers.expected_phone'), <Phone key="phone" value={number.confirmed_phone} />],
          [translate('numbers.provider'), `${number.provider}${number.provider_session_id ? ` · ${number.provider_session_id}` : ''}`],
          [translate('numbers.id'), <Id key="id" value={number.id} short />],
          [translate('numbers.tags'), number.tags.length > 0 ? <span dir="auto">{number.tags.join(', ')}</span> : null],
          [
            translate('numbers.weight'),
            <span key="weight" className="num">
              {number.weight}
            </span>,
          ],
          [translate('audit.title'), mayAudit ? <AuditLinks key="audit" kind="session" id={number.id} /> : null],
        ]}
      />
    </Card>
  );
}
