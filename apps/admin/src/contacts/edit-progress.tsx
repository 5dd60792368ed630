import { LinearProgress } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Facts } from '../parts/page';
import { Words } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Time } from '../parts/values';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { type ContactEdit, useMayManageContacts } from './contacts';

const isMoving = (edit: ContactEdit | undefined): boolean => edit?.state === 'running' || edit?.state === 'undoing';

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
  return (
    <div className="stack" aria-live="polite">
      <StateChip kind="contact_edit" state={edit.state} big />
      {isMoving(edit) && <LinearProgress aria-label={translate(`state.contact_edit.${edit.state}`)} />}
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
          [say('undo_until'), (edit.state === 'done' || edit.state === 'failed') && <Time key="until" at={edit.undo_until} />],
        ].map(([label, value]) => [label as string, value || null])}
      />
      <UndoButton edit={edit} />
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
