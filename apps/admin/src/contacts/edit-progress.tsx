import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Facts } from '../parts/page';
import { Words } from '../parts/person-text';
import { ProgressBar } from '../parts/progress-bar';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Time } from '../parts/values';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { type ContactEdit, useMayManageContacts } from './contacts';

const isMoving = (edit: ContactEdit | undefined): boolean => edit?.state === 'running' || edit?.state === 'undoing';

/** True when an edit ended, by itself or not, and nobody undid it. */
const hasEnded = ({ state }: ContactEdit): boolean => state === 'done' || state === 'cancelled' || state === 'failed';

/** An edit of many contacts while it runs, what became of it, and its undo. */
export function EditProgress({ id, start }: { id: string; start: ContactEdit }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const { data: edit = start } = useQuery({
    queryKey: ['contact_edits', 'one', tenant, id],
    queryFn: ({ signal }) => ok(api.GET('/v1/contact-edits/{id}', { params: { path: { id } }, signal })),
    initialData: start,
    staleTime: 0,
    refetchInterval: ({ state }) => (isMoving(state.data) ? 1_000 : false),
  });
  const say = (key: string, args?: Record<string, unknown>): string => translate(`contacts.edits.${key}`, args);
  const isUndo = edit.state === 'undoing';
  const passed = isUndo ? (edit.undo?.restored ?? 0) + (edit.undo?.kept ?? 0) : edit.matched;
  const total = isUndo ? edit.changed : edit.total;
  return (
    <div className="stack" aria-live="polite">
      <StateChip kind="contact_edit" state={edit.state} big />
      {isMoving(edit) && (
        <div>
          <ProgressBar label={translate(`state.contact_edit.${edit.state}`)} done={passed} total={total} />
          {total !== null && (
            <p className="small mute num">{translate('jobs.of', { done: format.number(passed), total: format.number(total) })}</p>
          )}
        </div>
      )}
      <Facts
        rows={[
          [say('error'), edit.error && <Words key="error">{edit.error}</Words>],
          [
            say('matched'),
            <span key="matched" className="num">
              {format.number(edit.matched)}
            </span>,
          ],
          [
            say('changed'),
            <span key="changed" className="num">
              {format.number(edit.changed)}
            </span>,
          ],
          [
            say('skipped'),
            edit.skipped > 0 && (
              <span key="skipped">{say('skipped_text', { smart_count: edit.skipped, figure: format.number(edit.skipped) })}</span>
            ),
          ],
          [
            say('opted_out'),
            edit.changes.opt_out && (
              <span key="opted_out">{say('opted_out_text', { smart_count: edit.opted_out, figure: format.number(edit.opted_out) })}</span>
            ),
          ],
          [
            say('restored'),
            edit.undo && (
              <span key="restored" className="num">
                {format.number(edit.undo.restored)}
              </span>
            ),
          ],
          [
            say('kept'),
            edit.undo && edit.undo.kept > 0 && (
              <span key="kept">{say('kept_text', { smart_count: edit.undo.kept, figure: format.number(edit.undo.kept) })}</span>
            ),
          ],
          [say('undo_until'), hasEnded(edit) && <Time key="until" at={edit.undo_until} />],
        ].map(([label, value]) => [label as string, value || null])}
      />
      {edit.state === 'running' ? <StopButton edit={edit} /> : <UndoButton edit={edit} />}
    </div>
  );
}

/** Stops an edit; what it did until then stays, and can be undone. */
function StopButton({ edit }: { edit: ContactEdit }) {
  const translate = useTranslate();
  const may = useMayManageContacts();
  const act = useAct(['contact_edits'], ['contacts']);
  return (
    <div>
      <Refused error={act.error} />
      <ActButton
        variant="outlined"
        off={may === false ? translate('contacts.may_not') : undefined}
        busy={act.isPending && translate('jobs.stopping')}
        onClick={() => act.mutate(() => ok(api.POST('/v1/contact-edits/{id}/cancel', { params: { path: { id: edit.id } } })))}
      >
        {translate('jobs.stop')}
      </ActButton>
      <p className="small mute">{translate('contacts.edits.stop_text')}</p>
    </div>
  );
}

/** Undoes an edit; says why when it cannot. */
export function UndoButton({ edit, reason = 'beside' }: { edit: ContactEdit; reason?: 'beside' | 'tip' }) {
  const translate = useTranslate();
  const may = useMayManageContacts();
  const act = useAct(['contact_edits'], ['contacts']);
  // Opt-outs alone leave nothing to undo.
  const isFinal = !!edit.changes.opt_out && edit.changed === 0 && edit.state !== 'running';
  if (edit.state === 'undone' || edit.state === 'undoing' || isFinal) return null;
  const isOver = edit.undo_until !== null && new Date(edit.undo_until) < new Date();
  const off =
    may === false
      ? translate('contacts.may_not')
      : edit.state === 'running'
        ? translate('contacts.edits.still_running')
        : isOver
          ? translate('contacts.edits.too_old')
          : undefined;
  return (
    <div>
      <Refused error={act.error} />
      <ActButton
        variant="outlined"
        off={off}
        reason={reason}
        busy={act.isPending}
        onClick={() => act.mutate(() => ok(api.POST('/v1/contact-edits/{id}/undo', { params: { path: { id: edit.id } } })))}
      >
        {translate('contacts.edits.undo')}
      </ActButton>
    </div>
  );
}
