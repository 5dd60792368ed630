import '@fontsource-variable/jetbrains-mono';
import EditOutlined from '@mui/icons-material/EditOutlined';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { CodeBlock } from '../parts/code-block';
import { pretty } from '../parts/json-text';
import { NeedsClient } from '../parts/needs-client';
import { Card, Facts, Page, PendingPage } from '../parts/page';
import { Refused } from '../parts/refused';
import { Rich } from '../parts/rich';
import { looks, StateChip } from '../parts/state-chip';
import { groupedPhone, Id, Time } from '../parts/values';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { CorrectDrawer } from './correct-drawer';
import { type CoreEvent, eventReasons, subjectOf, useEvent, useEventAct, useEventTypes, useRules } from './events';
import '../parts/records.css';

/** One event: what each rule made of it, its data, and what can be done. */
export function EventPage() {
  const translate = useTranslate();
  return (
    <NeedsClient title={translate('events.title')}>
      <Read />
    </NeedsClient>
  );
}

function Read() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  const { data, error, refetch } = useEvent(id);
  if (data) return <Loaded event={data} />;
  return (
    <PendingPage
      title={translate('events.one')}
      crumbs={[{ to: '/events', label: translate('events.title') }]}
      error={error}
      retry={() => void refetch()}
    />
  );
}

function Loaded({ event }: { event: CoreEvent }) {
  const translate = useTranslate();
  const mayManage = useMay('events:manage');
  const act = useEventAct();
  const [isCorrecting, setCorrecting] = useState(false);
  const { id, name, state, results, original } = event;
  const off = mayManage === false ? translate('events.may_not') : undefined;
  return (
    <Page
      title={name}
      crumbs={[{ to: '/events', label: translate('events.title') }]}
      beside={<StateChip kind="event" state={state} big />}
      acts={
        <>
          {state !== 'received' && (
            <ActButton
              variant={state === 'rejected' ? 'outlined' : 'contained'}
              startIcon={<ReplayOutlined />}
              off={off}
              reason="tip"
              busy={act.isPending && translate('events.replay_many.busy')}
              onClick={() => act.mutate(() => ok(api.POST('/v1/events/replay', { body: { event_ids: [id], dry_run: false } })))}
            >
              {translate('events.replay')}
            </ActButton>
          )}
          {state === 'rejected' && (
            <ActButton variant="contained" startIcon={<EditOutlined />} off={off} reason="tip" onClick={() => setCorrecting(true)}>
              {translate('events.correct.open')}
            </ActButton>
          )}
        </>
      }
    >
      <Refused error={act.error} />
      <Verdict event={event} />
      <div className="two-one">
        <div className="stack">
          <Card title={translate('events.rules')} pad={false}>
            {results.length > 0 ? (
              <ol className="lines" style={{ listStyle: 'none', margin: 0, padding: 0 }}>
                {results.map((result) => (
                  <Result key={result.rule_id} result={result} />
                ))}
              </ol>
            ) : (
              <p className="text" style={{ padding: '14px 16px' }}>
                {translate(
                  state === 'received' ? 'events.not_read_text' : state === 'rejected' ? 'events.not_asked' : 'events.no_rule_text',
                )}{' '}
                {state === 'done' && (
                  <Link className="linked" to={`/rules/new?event=${encodeURIComponent(name)}`}>
                    {translate('events.make_rule')}
                  </Link>
                )}
              </p>
            )}
          </Card>
          <Card title={translate('events.payload')}>
            <CodeBlock text={pretty(event.payload)} name={translate('events.payload')} />
          </Card>
          {original && (
            <Card title={translate('events.original')} note={translate('events.original_note')}>
              <CodeBlock text={pretty(original)} name={translate('events.original')} />
            </Card>
          )}
        </div>
        <Card title={translate('events.facts')}>
          <EventFacts event={event} />
        </Card>
      </div>
      {isCorrecting && <CorrectDrawer event={event} onClose={() => setCorrecting(false)} />}
    </Page>
  );
}

/** Says in a sentence what became of an event, and names the next step where one helps. */
function Verdict({ event: { state, reason, detail, results, name, received_at, processed_at } }: { event: CoreEvent }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data: types } = useEventTypes();
  const after = processed_at ? format.duration(Math.max(0, Date.parse(processed_at) - Date.parse(received_at))) : '';
  const acted = results.filter(({ outcome }) => outcome === 'acted').length;
  const messages = results.reduce((sum, { message_ids }) => sum + message_ids.length, 0);
  const isKnown = reason !== null && eventReasons.includes(reason);
  const sentences =
    state === 'done'
      ? [
          translate(results.length === 0 ? 'events.verdict.no_rule' : acted === 0 ? 'events.verdict.none' : 'events.verdict.acted', {
            after,
            count: acted,
          }),
          ...(messages > 0 ? [translate('events.verdict.messages', { smart_count: messages })] : []),
        ]
      : state === 'received'
        ? [translate('events.verdict.received')]
        : [
            translate(`events.verdict.${state}`),
            ...(isKnown ? [translate(`events.reasons.${reason}.text`), translate(`events.reasons.${reason}.do`)] : []),
          ];
  return (
    <section className="verdict" data-state={looks.event[state][0]} aria-live="polite">
      <span className="small">{translate('events.became')}</span>
      <p>
        <Rich>{sentences.join(' ')}</Rich> {reason && <span className="mono mute">{reason}</span>}
      </p>
      {detail && (state === 'rejected' || state === 'failed') && (
        <div className="code mono" dir="auto">
          {detail}
        </div>
      )}
      {reason === 'unknown_event' && types && (
        <p className="verdict-link">
          <Link className="linked" to={`/event-types?edit=${encodeURIComponent(name)}`}>
            {translate(types.some((type) => type.name === name) ? 'events.see_type' : 'events.add_type')}
          </Link>
        </p>
      )}
      {reason === 'invalid_payload' && (
        <p className="verdict-link">
          <Link className="linked" to={`/event-types?edit=${encodeURIComponent(name)}`}>
            {translate('events.see_type')}
          </Link>
        </p>
      )}
    </section>
  );
}

function Result({ result: { rule_id, rule_version, outcome, detail, message_ids } }: { result: CoreEvent['results'][number] }) {
  const translate = useTranslate();
  const { data: rules } = useRules();
  const rule = rules?.find(({ id }) => id === rule_id);
  return (
    <li style={{ flexWrap: 'wrap' }}>
      <StateChip kind="rule_result" state={outcome} />
      <Link className="linked" to={`/rules/${rule_id}`}>
        {rule?.name ?? translate('events.a_rule')}
      </Link>
      <span className="mute small">{translate('events.version', { version: rule_version })}</span>
      <span className="grow" />
      <span className="row" style={{ gap: 10 }}>
        {message_ids.map((id) => (
          <MessageLink key={id} id={id} />
        ))}
      </span>
      {detail && (
        <span className="small soft" dir="auto" style={{ flexBasis: '100%' }}>
          {detail}
        </span>
      )}
    </li>
  );
}

/** A message that a rule made, with its state. */
function MessageLink({ id }: { id: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const mayRead = useMay('messages:read');
  const { data } = useQuery({
    queryKey: ['messages', 'page', tenant, id],
    queryFn: ({ signal }) => ok(api.GET('/v1/messages/{id}', { params: { path: { id } }, signal })),
    enabled: mayRead === true,
  });
  return (
    <span className="row" style={{ gap: 6 }}>
      <Link className="linked" to={`/messages/${id}`}>
        {translate('events.message')}
      </Link>
      {data && <StateChip kind="message" state={data.state} bare />}
    </span>
  );
}

function EventFacts({ event }: { event: CoreEvent }) {
  const translate = useTranslate();
  const say = (key: string): string => translate(`events.${key}`);
  return (
    <Facts
      rows={[
        [say('key'), <Id key="key" value={event.event_key} />],
        [
          say('subject'),
          <bdi key="subject" dir="ltr">
            {groupedPhone(subjectOf(event))}
          </bdi>,
        ],
        [
          say('contact'),
          event.contact_id && (
            <Link className="linked" to={`/contacts/${event.contact_id}`}>
              {say('the_contact')}
            </Link>
          ),
        ],
        [say('source'), event.source],
        [say('occurred'), <Time key="occurred" at={event.occurred_at} />],
        [say('received'), <Time key="received" at={event.received_at} />],
        [say('processed'), event.processed_at && <Time at={event.processed_at} />],
        [
          say('sent_again'),
          event.repeats > 0 && (
            <span className="row" style={{ gap: 6 }}>
              {translate('events.repeats_fact', { smart_count: event.repeats })} <Time at={event.last_repeat_at} />
            </span>
          ),
        ],
        [
          say('corrected'),
          event.corrected_at && (
            <span className="row" style={{ gap: 6 }}>
              <Time at={event.corrected_at} /> <span className="mute">{event.corrected_by?.name}</span>
            </span>
          ),
        ],
        [translate('outside.id'), <Id key="id" value={event.id} />],
      ]}
    />
  );
}
