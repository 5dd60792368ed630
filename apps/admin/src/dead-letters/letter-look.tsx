import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { MessageSteps } from '../messages/message-steps';
import { ActButton } from '../parts/act-button';
import { ClientLink, ClientName } from '../parts/client-link';
import { DecisionDrawer } from '../parts/decision-drawer';
import { Facts, Failed, Skeleton } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Id, Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { hopeOf, unknownOutcome, useReasons } from '../providers/reasons';
import { DiscardOne, RedriveOne } from './letter-decisions';
import { LetterSubject } from './letter-subject';
import { useMayDecideFor } from './letters';

/** A quick look at one letter, at the side of the list: what to do, its payload, what was tried, and the two decisions. */
export function LetterLook({ tenant, id, onClose, onDone }: { tenant: string; id: string; onClose: () => void; onDone: () => void }) {
  const translate = useTranslate();
  const reasons = useReasons();
  const mayDecide = useMayDecideFor()(tenant);
  const [shown, setShown] = useState<'redrive' | 'discard' | null>(null);
  const headers = { 'heliograph-tenant': tenant };
  const {
    data: letter,
    error,
    refetch,
  } = useQuery({
    queryKey: ['dead_letters', 'page', tenant, id],
    queryFn: async ({ signal }) => ok(api.GET('/v1/dead-letters/{id}', { params: { path: { id } }, headers, signal })),
  });
  const reason = reasons.get(letter?.cause ?? '');
  const isOpen = letter?.state === 'open';
  if (letter && shown) {
    const close = (): void => {
      setShown(null);
      onDone();
    };
    return shown === 'redrive' ? (
      <RedriveOne letter={letter} tenant={tenant} onClose={close} />
    ) : (
      <DiscardOne letter={letter} tenant={tenant} onClose={close} />
    );
  }
  return (
    <DecisionDrawer
      title={reason?.text.replace(/\.$/, '') ?? letter?.cause ?? translate('dead_letters.letter')}
      onClose={onClose}
      foot={
        <>
          <ClientLink tenant={tenant} to={`/dead-letters/${id}`}>
            {translate('dead_letters.open_page')}
          </ClientLink>
          <span className="grow" />
          {isOpen && (
            <>
              <ActButton
                variant="outlined"
                color="error"
                reason="tip"
                off={mayDecide ? undefined : translate('dead_letters.may_not')}
                onClick={() => setShown('discard')}
              >
                {translate('dead_letters.discard')}
              </ActButton>
              <ActButton
                variant="contained"
                startIcon={<ReplayOutlined />}
                reason="tip"
                off={mayDecide ? undefined : translate('dead_letters.may_not')}
                onClick={() => setShown('redrive')}
              >
                {translate('dead_letters.redrive')}
              </ActButton>
            </>
          )}
        </>
      }
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!letter && !error && <Skeleton />}
      {letter && (
        <>
          <div className="row">
            <StateChip kind="dead_letter" state={letter.state} />
            <StateChip
              kind="redrive"
              state={hopeOf({
                redrive_helps: letter.redrive_helps,
                may_duplicate: reason?.may_duplicate ?? letter.cause === unknownOutcome,
              })}
              bare
            />
          </div>
          <div>
            <h3>{translate('dead_letters.what_to_do')}</h3>
            <p className="text">{reason?.what_to_do ?? letter.what_to_do}</p>
            {letter.detail && <div className="code mono">{letter.detail}</div>}
          </div>
          <LetterSubject letter={letter} tenant={tenant} />
          {letter.trail.length > 0 && (
            <div>
              <h3>{translate('dead_letters.trail')}</h3>
              <MessageSteps steps={letter.trail} />
            </div>
          )}
          <Facts
            rows={[
              [translate('dead_letters.client'), <ClientName key="client" id={tenant} />],
              [translate('dead_letters.died'), <Time key="died" at={letter.created_at} />],
              [translate('dead_letters.seen'), letter.seen > 1 ? translate('dead_letters.seen_times', { smart_count: letter.seen }) : null],
              [translate('dead_letters.id'), <Id key="id" value={id} />],
            ]}
          />
        </>
      )}
    </DecisionDrawer>
  );
}
