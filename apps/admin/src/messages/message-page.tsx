import '@fontsource-variable/jetbrains-mono';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { Link, useParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { intlOf } from '../i18n/languages';
import { useClients } from '../layout/client-switcher';
import { RedriveOne } from '../dead-letters/letter-decisions';
import { usePollMs } from '../live/live-store';
import { ActButton } from '../parts/act-button';
import { CopyCurl } from '../parts/copy-curl';
import { ChooseClient } from '../parts/needs-client';
import { Card, Facts, Failed, Page, Skeleton } from '../parts/page';
import { Rich } from '../parts/rich';
import { looks, StateChip } from '../parts/state-chip';
import { ClientTag, Dash, groupedPhone, Id, Phone, phoneInText, Time } from '../parts/values';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { useNumberNames } from '../providers/number-names';
import { useReasons } from '../providers/reasons';
import { useTenant } from '../providers/tenant';
import { Fault } from '../sign-in/fault';
import { MessageCallbacks } from './message-callbacks';
import { MessageContent } from './message-content';
import { MessageSteps } from './message-steps';
import { movingStates, verdictOf } from './message-verdict';
import '../parts/records.css';

type Message = components['schemas']['Message'];

const mostMembers = 50;

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
  if (error && !data)
    return (
      <Page {...frame}>
        <div className="table-box">
          <Failed
            error={error}
            retry={() => void refetch()}
            acts={
              (error as Partial<ApiError>).status === 404 && (
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
        </div>
      </Page>
    );
  if (!data)
    return (
      <Page {...frame}>
        <Skeleton />
      </Page>
    );
  return <Loaded message={data} tenant={tenant} />;
}

function Loaded({ message, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const { state, to } = message;
  return (
    <Page
      title={translate('message_page.title', { to: phoneInText(to) })}
      crumbs={[{ to: '/messages', label: translate('menu.messages') }]}
      beside={<StateChip kind="message" state={state} big />}
      acts={<Acts message={message} tenant={tenant} />}
    >
      <Verdict message={message} tenant={tenant} />
      <div className="two-one">
        <div className="stack">
          <Timeline message={message} />
          <Members members={message.members} />
        </div>
        <div className="stack">
          <Card title={translate('message_page.content')} note={[message.type, message.class].filter(Boolean).join(', ')} pad={false}>
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

function Verdict({ message, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const format = useFormat();
  const reasons = useReasons();
  const { id, state } = message;
  const waits = state === 'queued' || state === 'scheduled';
  const { data: why } = useQuery({
    queryKey: ['messages', 'why', tenant, id, state],
    queryFn: async ({ signal }) => ok(api.GET('/v1/messages/{id}/why', { params: { path: { id } }, signal })),
    enabled: waits,
    refetchInterval: waits ? 4_000 : false,
  });
  const letter = useLetterOf(message, tenant);
  const sentences = verdictOf(message, { why: waits ? why : undefined, reasons, translate, format });
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

/** Returns the newest dead letter about a message, an open one first; null: there is none. */
async function letterOf({ id }: Message): Promise<components['schemas']['DeadLetter'] | null> {
  for (const state of ['open', 'redriven', 'discarded', 'resolved'] as const) {
    const { data } = await ok(api.GET('/v1/dead-letters', { params: { query: { kind: 'message', subject_id: id, state, limit: 1 } } }));
    if (data[0]) return data[0];
  }
  return null;
}

const deadStates = ['failed', 'uncertain'];

function useLetterOf(message: Message, tenant: string) {
  const { id, state, cause } = message;
  const me = useMe();
  return useQuery({
    queryKey: ['dead_letters', 'of-message', tenant, id, state, cause],
    queryFn: () => letterOf(message),
    enabled: deadStates.includes(state) && !!cause && mayDo(me, 'dead_letters:read', tenant),
  }).data;
}

function Acts({ message, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const me = useMe();
  const [isAsking, setAsking] = useState(false);
  const [isSending, setSending] = useState(false);
  const letter = useLetterOf(message, tenant);
  const { data: whole } = useQuery({
    queryKey: ['dead_letters', 'page', tenant, letter?.id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/dead-letters/{id}', { params: { path: { id: letter?.id ?? '' } }, signal })),
    enabled: isSending && !!letter,
  });
  const isWaiting = message.state === 'scheduled' || message.state === 'queued';
  return (
    <>
      <CopyCurl call={{ path: `/v1/messages/${message.id}` }} />
      {isWaiting && (
        <ActButton
          variant="outlined"
          color="error"
          off={mayDo(me, 'messages:write', tenant) ? undefined : translate('message_page.may_not_cancel')}
          onClick={() => setAsking(true)}
        >
          {translate('message_page.cancel')}
        </ActButton>
      )}
      {letter?.state === 'open' && (
        <ActButton
          variant="outlined"
          startIcon={<ReplayOutlined />}
          off={mayDo(me, 'dead_letters:manage', tenant) ? undefined : translate('dead_letters.may_not')}
          onClick={() => setSending(true)}
        >
          {translate('message_page.send_again')}
        </ActButton>
      )}
      {isSending && whole && <RedriveOne letter={whole} tenant={tenant} onClose={() => setSending(false)} />}
      {isAsking && <CancelDialog message={message} tenant={tenant} onClose={() => setAsking(false)} />}
    </>
  );
}

function CancelDialog({ message: { id, to }, tenant, onClose }: { message: Message; tenant: string; onClose: () => void }) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const cancel = useMutation<Message, ApiError>({
    mutationFn: () => ok(api.POST('/v1/messages/{id}/cancel', { params: { path: { id } } })),
    onSuccess: (message) => {
      queries.setQueryData(['messages', 'page', tenant, id], message);
      onClose();
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['messages'] }),
  });
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="cancel-title">
      <DialogTitle id="cancel-title">{translate('message_page.cancel_title')}</DialogTitle>
      <DialogContent className="stack">
        <p className="text">{translate('message_page.cancel_text', { to: phoneInText(to) })}</p>
        {cancel.error && <Fault error={cancel.error} />}
      </DialogContent>
      <DialogActions>
        <Button variant="outlined" onClick={onClose}>
          {translate('message_page.keep')}
        </Button>
        <ActButton
          variant="contained"
          color="error"
          busy={cancel.isPending && translate('message_page.cancelling')}
          onClick={() => cancel.mutate()}
        >
          {translate('message_page.cancel')}
        </ActButton>
      </DialogActions>
    </Dialog>
  );
}

function Timeline({ message }: { message: Message }) {
  const translate = useTranslate();
  const format = useFormat();
  const locale = useLocale();
  const [statesOnly, setStatesOnly] = useState(false);
  const at = new Date(message.created_at);
  const zone = new Intl.DateTimeFormat(intlOf(locale), { timeZoneName: 'short' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName');
  return (
    <Card
      title={translate('message_page.timeline')}
      note={translate('message_page.zone', { date: format.date(at), zone: zone?.value ?? '' })}
      acts={
        <span className="segment" role="group" aria-label={translate('message_page.timeline')}>
          <button type="button" aria-pressed={!statesOnly} onClick={() => setStatesOnly(false)}>
            {translate('message_page.all')}
          </button>
          <button type="button" aria-pressed={statesOnly} onClick={() => setStatesOnly(true)}>
            {translate('message_page.states')}
          </button>
        </span>
      }
    >
      <MessageSteps
        steps={message.timeline}
        accepted={{ at: message.created_at, text: !statesOnly && <AcceptedBy message={message} /> }}
        notBefore={message.send_at}
        messageClass={message.class}
        statesOnly={statesOnly}
        request={requestOf(message)}
        providerId={message.provider_message_id}
      />
    </Card>
  );
}

/** Members of the request to the provider that are stored: kind and length of the content, never a secret. */
function requestOf({ to, type, message }: Message): { to: string; type: string | null; characters: number | null } {
  const text = (message as { content?: { text?: string; caption?: string } } | null)?.content;
  return { to, type, characters: (text?.text ?? text?.caption)?.length ?? null };
}

function Members({ members }: { members: Message['members'] }) {
  const translate = useTranslate();
  if (members.length === 0) return null;
  return (
    <Card title={translate('message_page.members')} note={String(members.length)} pad={false}>
      <div className="lines">
        {members.slice(0, mostMembers).map(({ address, state, read_at, delivered_at, played_at }) => (
          <div key={address}>
            <Phone value={address} />
            <span className="grow" />
            <StateChip kind="message" state={state} bare />
            <Time at={played_at ?? read_at ?? delivered_at} />
          </div>
        ))}
        {members.length > mostMembers && (
          <div className="mute">{translate('message_page.more_members', { count: members.length - mostMembers })}</div>
        )}
      </div>
    </Card>
  );
}

function AcceptedBy({ message }: { message: Message }) {
  const translate = useTranslate();
  return (
    <>
      {translate('message_page.made_by')} <Origin message={message} />
      {message.idempotency_key && (
        <>
          {translate('message_page.under_key')} <bdi className="mono">{message.idempotency_key}</bdi>
        </>
      )}
    </>
  );
}

/** The maker of the message, with a link to it. */
function Origin({ message: { origin } }: { message: Message }) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`message_page.origin.${key}`, options);
  switch (origin.kind) {
    case 'rule':
      return (
        <>
          <Link className="linked" to={`/rules/${origin.rule_id}`}>
            {say('rule', { version: origin.rule_version })}
          </Link>
          {', '}
          <Link className="linked" to={`/events/${origin.event_id}`}>
            {say('event')}
          </Link>
        </>
      );
    case 'reply':
      return origin.conversation_id ? (
        <Link className="linked" to={`/conversations/${origin.conversation_id}`}>
          {say('reply')}
        </Link>
      ) : (
        say('reply_opt')
      );
    case 'drip':
      return say('drip', { step: origin.step });
    default:
      return say(origin.kind);
  }
}

/** The person that the message is for, and the conversation with them; a dash where nobody is known. */
function ContactOf({ message: { to, session_id }, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const me = useMe();
  const { data } = useQuery({
    queryKey: ['contacts', 'of-message', tenant, to, session_id],
    queryFn: async ({ signal }) => {
      const contact = (await ok(api.GET('/v1/contacts', { params: { query: { address: to, limit: 1 } }, signal }))).data[0];
      if (!contact || !mayDo(me, 'conversations:read', tenant)) return { contact, conversation: undefined };
      const query = { contact_id: contact.id, session_id, limit: 1 };
      const conversation = (await ok(api.GET('/v1/conversations', { params: { query }, signal }))).data[0];
      return { contact, conversation };
    },
    enabled: mayDo(me, 'contacts:read', tenant) && !to.includes('@g.us') && !to.includes('@newsletter'),
    retry: false,
  });
  if (!data?.contact) return <Dash />;
  return (
    <>
      <Link className="linked" to={`/contacts/${data.contact.id}`} dir="auto">
        {data.contact.name ?? groupedPhone(to)}
      </Link>
      {data.conversation && (
        <>
          {', '}
          <Link className="linked" to={`/conversations/${data.conversation.id}`}>
            {translate('message_page.conversation')}
          </Link>
        </>
      )}
    </>
  );
}

function MessageFacts({ message, tenant }: { message: Message; tenant: string }) {
  const translate = useTranslate();
  const { data: clients = [] } = useClients();
  const client = clients.find(({ id }) => id === tenant);
  const number = useNumberNames().get(message.session_id);
  const say = (key: string): string => translate(`message_page.${key}`);
  const another = (id: string | null): ReactNode =>
    id && (
      <Link className="linked" to={`/messages/${id}`}>
        {say('other_message')}
      </Link>
    );
  return (
    <Facts
      rows={[
        [
          say('client'),
          client && (
            <span className="row">
              <ClientTag id={client.id} name={client.name} /> {client.name}
            </span>
          ),
        ],
        [
          say('number'),
          number ? (
            <>
              <Link className="linked" to={`/numbers/${message.session_id}`}>
                {number.name}
              </Link>{' '}
              <span className="mute">{number.phone && <Phone value={number.phone} />}</span>
            </>
          ) : (
            <Id value={message.session_id} short />
          ),
        ],
        [say('contact'), <ContactOf key="contact" message={message} tenant={tenant} />],
        [say('made_by'), <Origin key="origin" message={message} />],
        [say('class'), message.class],
        [say('client_ref'), message.client_ref && <Id value={message.client_ref} />],
        [say('idempotency_key'), message.idempotency_key && <Id value={message.idempotency_key} />],
        [say('tags'), message.tags.join(', ')],
        [say('group'), message.group_id && <Id value={message.group_id} short />],
        [say('send_at'), message.send_at && <Time at={message.send_at} />],
        [say('expires_at'), <Time key="expires" at={message.expires_at} />],
        [say('attempts'), message.attempts],
        [say('reply_to'), another(message.reply_to)],
        [say('redrive_of'), another(message.redrive_of)],
        [say('provider_id'), message.provider_message_id && <Id value={message.provider_message_id} />],
        [
          say('whatsapp_id'),
          message.whatsapp_ids.length > 0 ? (
            <>
              {message.whatsapp_ids.map(({ id, evidence }) => (
                <div key={id}>
                  <Id value={id} />
                  <span className="small mute">{translate('message_page.known_by', { evidence })}</span>
                </div>
              ))}
            </>
          ) : null,
        ],
        [say('id'), <Id key="id" value={message.id} />],
      ]}
    />
  );
}
