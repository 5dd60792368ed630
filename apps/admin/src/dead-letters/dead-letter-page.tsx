import '@fontsource-variable/jetbrains-mono';
import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useParams } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useClients } from '../layout/client-switcher';
import { MessageSteps } from '../messages/message-steps';
import { ActButton } from '../parts/act-button';
import { ChooseClient } from '../parts/needs-client';
import { Card, Facts, Note, Page, PendingPage } from '../parts/page';
import { looks, StateChip } from '../parts/state-chip';
import { ClientTag, Id, Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { hopeOf, unknownOutcome, useReasons } from '../providers/reasons';
import { useTenant } from '../providers/tenant';
import { DiscardOne, RedriveOne } from './letter-decisions';
import { LetterSubject } from './letter-subject';
import { type LetterDetail, useMayDecide } from './letters';
import '../parts/records.css';

/** One dead letter: what it means, what to do, what led to it, and the two decisions. */
export function DeadLetterPage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  const tenant = useTenant();
  const { data, error, refetch } = useQuery({
    queryKey: ['dead_letters', 'page', tenant, id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/dead-letters/{id}', { params: { path: { id } }, signal })),
    enabled: !!tenant,
  });
  const title = translate('dead_letters.title');
  const crumbs = [{ to: '/dead-letters', label: title }];
  if (!tenant)
    return (
      <Page title={title} crumbs={crumbs}>
        <ChooseClient />
      </Page>
    );
  if (!data) return <PendingPage title={title} crumbs={crumbs} error={error} retry={() => void refetch()} />;
  return <Loaded letter={data} tenant={tenant} />;
}

function Loaded({ letter, tenant }: { letter: LetterDetail; tenant: string }) {
  const translate = useTranslate();
  const reason = useReasons().get(letter.cause);
  const { cause, state, detail, trail, what_to_do, redrive_helps } = letter;
  return (
    <Page
      title={reason?.text.replace(/\.$/, '') ?? cause}
      crumbs={[{ to: '/dead-letters', label: translate('dead_letters.title') }]}
      beside={<StateChip kind="dead_letter" state={state} big />}
      acts={state === 'open' && <Acts letter={letter} tenant={tenant} />}
    >
      {state !== 'open' && <Settled letter={letter} />}
      <div className="two-one">
        <div className="stack">
          <Card
            title={translate('dead_letters.what_to_do')}
            acts={
              <StateChip
                kind="redrive"
                state={hopeOf({ redrive_helps, may_duplicate: reason?.may_duplicate ?? cause === unknownOutcome })}
                bare
              />
            }
          >
            <p className="text">{reason?.what_to_do ?? what_to_do}</p>
            {detail && (
              <>
                <p className="small mute" style={{ margin: '12px 0 0' }}>
                  {translate('dead_letters.said')}
                </p>
                <div className="code mono">{detail}</div>
              </>
            )}
          </Card>
          <LetterSubjectCard letter={letter} tenant={tenant} />
          <Card title={translate('dead_letters.trail')}>
            {trail.length > 0 ? <MessageSteps steps={trail} /> : <p className="text">{translate('dead_letters.no_trail')}</p>}
          </Card>
        </div>
        <Card title={translate('dead_letters.facts')}>
          <LetterFacts letter={letter} tenant={tenant} />
        </Card>
      </div>
    </Page>
  );
}

const shownKinds: LetterDetail['kind'][] = ['message', 'event', 'callback'];

function LetterSubjectCard({ letter, tenant }: { letter: LetterDetail; tenant: string }) {
  const translate = useTranslate();
  if (!shownKinds.includes(letter.kind)) return null;
  return (
    <Card title={translate('dead_letters.about')}>
      <LetterSubject letter={letter} tenant={tenant} />
    </Card>
  );
}

/** Page of the subject of a letter, or of what it became. */
function subjectLink(kind: LetterDetail['kind'], id: string): string | undefined {
  if (kind === 'message') return `/messages/${id}`;
  if (kind === 'event') return `/events/${id}`;
  return undefined;
}

function Settled({ letter: { kind, state, resolved_by, resolved_at, resolution, redriven_to, subject_id } }: { letter: LetterDetail }) {
  const translate = useTranslate();
  const format = useFormat();
  const [hue, icon] = looks.dead_letter[state];
  const at = resolved_at ? format.full(new Date(resolved_at)) : '';
  const to = state === 'redriven' ? subjectLink(kind, redriven_to ?? subject_id) : undefined;
  return (
    <Note
      state={hue}
      icon={icon}
      title={translate(`dead_letters.state_note.${state === 'open' ? 'resolved' : state}`)}
      acts={
        to && (
          <Link className="linked" to={to}>
            {translate('dead_letters.state_note.to')}
          </Link>
        )
      }
    >
      {translate(resolved_by ? 'dead_letters.state_note.by' : 'dead_letters.state_note.at', { name: resolved_by?.name, at })} {resolution}
    </Note>
  );
}

function Acts({ letter, tenant }: { letter: LetterDetail; tenant: string }) {
  const translate = useTranslate();
  const mayDecide = useMayDecide();
  const [shown, setShown] = useState<'redrive' | 'discard' | null>(null);
  const close = (): void => setShown(null);
  if (!mayDecide)
    return (
      <ActButton variant="outlined" startIcon={<ReplayOutlined />} off={translate('dead_letters.may_not')}>
        {translate('dead_letters.redrive')}
      </ActButton>
    );
  return (
    <>
      <ActButton variant="outlined" color="error" onClick={() => setShown('discard')}>
        {translate('dead_letters.discard')}
      </ActButton>
      <ActButton variant="contained" startIcon={<ReplayOutlined />} onClick={() => setShown('redrive')}>
        {translate('dead_letters.redrive')}
      </ActButton>
      {shown === 'redrive' && <RedriveOne letter={letter} tenant={tenant} onClose={close} />}
      {shown === 'discard' && <DiscardOne letter={letter} tenant={tenant} onClose={close} />}
    </>
  );
}

function LetterFacts({ letter, tenant }: { letter: LetterDetail; tenant: string }) {
  const translate = useTranslate();
  const { data: clients = [] } = useClients();
  const client = clients.find(({ id }) => id === tenant);
  const { id, kind, subject_id, session_id, cause, created_at, seen, last_seen_at } = letter;
  const number = useNumberNames().get(session_id ?? '');
  const say = (key: string, options?: Record<string, unknown>): string => translate(`dead_letters.${key}`, options);
  const link = subjectLink(kind, subject_id);
  const about: ReactNode = link ? (
    <Link className="linked" to={link}>
      {say(kind === 'event' ? 'the_event' : 'the_message')}
    </Link>
  ) : (
    <Id value={subject_id} />
  );
  return (
    <Facts
      rows={[
        [say('kind'), say(`kinds.${kind}`)],
        [say('about'), about],
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
          session_id && (
            <Link className="linked" to={`/numbers/${session_id}`}>
              {number?.name ?? session_id}
            </Link>
          ),
        ],
        [
          say('code'),
          <span key="code" className="mono">
            {cause}
          </span>,
        ],
        [say('died'), <Time key="died" at={created_at} />],
        [say('seen'), seen > 1 ? say('seen_times', { smart_count: seen }) : null],
        [say('last_seen'), last_seen_at && <Time at={last_seen_at} />],
        [say('id'), <Id key="id" value={id} />],
      ]}
    />
  );
}
