import '@fontsource-variable/jetbrains-mono';
import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link, useParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useEveryMs, usePollMs } from '../live/live-store';
import { ChooseClient } from '../parts/needs-client';
import { Card, Failed, Page, PendingPage } from '../parts/page';
import { Rich } from '../parts/rich';
import { looks, StateChip } from '../parts/state-chip';
import { Phone, phoneInText, Time } from '../parts/values';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useReasons } from '../providers/reasons';
import { useTenant } from '../providers/tenant';
import { MessageActs } from './message-acts';
import { MessageCallbacks } from './message-callbacks';
import { MessageContent } from './message-content';
import { MessageFacts } from './message-facts';
import { MessageHooks } from './message-hooks';
import { useLetterOf } from './message-letter';
import { MessageTimeline } from './message-timeline';
import { movingStates, verdictOf } from './message-verdict';
import '../parts/records.css';

type Message = components['schemas']['Message'];

const maxMembers = 50;

/** One message: what became of it, its timeline, its content and what is true of it. */
export function MessagePage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  const tenant = useTenant();
  const everyMs = usePollMs(true, { otherwise: 4_000 });
  const { data, error, refetch } = useQuery({
    queryKey: ['messages', 'page', tenant, id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/messages/{id}', { params: { path: { id } }, signal })),
    enabled: !!tenant,
    // A message that still moves is read anew; one that has come to its end is not.
    refetchInterval: ({ state }) => (state.data && movingStates.includes(state.data.state) ? everyMs : false),
  });
  const frame = { title: translate('menu.messages'), crumbs: [{ to: '/messages', label: translate('menu.messages') }] };
  if (!tenant)
    return (
      <Page {...frame}>
        <ChooseClient />
      </Page>
    );
  if (!data)
    return (
      <PendingPage
        {...frame}
        error={error}
        retry={() => void refetch()}
        acts={
          (error as Partial<ApiError> | null)?.status === 404 && (
            <Button
              variant="outlined"
              component={Link}
              to={`/messages?filter=${encodeURIComponent(JSON.stringify({ idempotency_key: id }))}`}
            >
              {translate('message_page.as_key')}
            </Button>
          )
        }
      />
    );
  return <Loaded message={data} tenant={tenant} />;
}

function Loaded({ message, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const { state, to } = message;
  const why = useWhy(message, tenant);
  return (
    <Page
      title={translate('message_page.title', { to: phoneInText(to) })}
      crumbs={[{ to: '/messages', label: translate('menu.messages') }]}
      beside={<StateChip kind="message" state={state} big />}
      acts={<MessageActs message={message} tenant={tenant} />}
    >
      <Verdict message={message} tenant={tenant} why={why.data} />
      {!why.data && why.error && <Failed error={why.error} retry={() => void why.refetch()} />}
      <div className="two-one">
        <div className="stack">
          <MessageTimeline message={message} tenant={tenant} waits={why.data?.waited ?? []} />
          <MessageHooks message={message} tenant={tenant} />
          <Members members={message.members} />
        </div>
        <div className="stack">
          <Card
            title={translate('message_page.content')}
            note={[message.type && translate(`type.${message.type}`), translate(`class.${message.class}`)].filter(Boolean).join(', ')}
            pad={false}
          >
            <MessageContent message={message.message} votes={message.votes} />
          </Card>
          <MessageCallbacks message={message} tenant={tenant} />
          <Card title={translate('message_page.facts')}>
            <MessageFacts message={message} tenant={tenant} />
          </Card>
        </div>
      </div>
    </Page>
  );
}

/** Reads why the message waits, and why it waited: while it waits again and again, then once for each state. */
function useWhy({ id, state }: Message, tenant: string) {
  const everyMs = useEveryMs(4_000);
  return useQuery({
    queryKey: ['messages', 'why', tenant, id, state],
    queryFn: async ({ signal }) => ok(api.GET('/v1/messages/{id}/why', { params: { path: { id } }, signal })),
    refetchInterval: isWaiting(state) ? everyMs : false,
  });
}

const isWaiting = (state: Message['state']): boolean => state === 'queued' || state === 'scheduled';

function Verdict({ message, tenant, why }: { message: Message; tenant: string; why: components['schemas']['MessageWhy'] | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  const { state } = message;
  const letter = useLetterOf(message, tenant);
  const sentences = verdictOf(message, { why: isWaiting(state) ? why : undefined, reasons, translate, format });
  const hue = (looks.message as Record<string, readonly [string, unknown]>)[state]?.[0];
  return (
    <section className="verdict" data-state={hue} aria-live="polite">
      <span className="small">{translate('message_page.became')}</span>
      <p>
        <Rich>{sentences.join(' ')}</Rich>
      </p>
      {letter && (
        <p className="verdict-link">
          <Link className="linked" to={`/dead-letters/${letter.id}`}>
            {translate('message_page.letter')}
          </Link>
        </p>
      )}
    </section>
  );
}

function Members({ members }: { members: Message['members'] }) {
  const translate = useTranslate();
  if (members.length === 0) return null;
  return (
    <Card title={translate('message_page.members')} note={String(members.length)} pad={false}>
      <div className="lines">
        {members.slice(0, maxMembers).map(({ address, state, read_at, delivered_at, played_at }) => (
          <div key={address}>
            <Phone value={address} />
            <span className="grow" />
            <StateChip kind="message" state={state} bare />
            <Time at={played_at ?? read_at ?? delivered_at} />
          </div>
        ))}
        {members.length > maxMembers && (
          <div className="mute">{translate('message_page.more_members', { count: members.length - maxMembers })}</div>
        )}
      </div>
    </Card>
  );
}
