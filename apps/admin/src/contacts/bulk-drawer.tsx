import { Button } from '@mui/material';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { Failed } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useRefusalText } from '../providers/refusals';
import type { ContactEdit } from './contacts';
import { EditProgress } from './edit-progress';
import { bodyOf, type EditSelection, useSelectionCount } from './selections';

/** Acts, and the words of their buttons once it is known how many they are for. */
const buttons = { edit: 'do', opt_out: 'do_opt_out' } as const;

/** A change of many contacts: which, what changes, then its progress and the way back. */
export function BulkDrawer({
  title,
  selection,
  act: what,
  changesOf,
  onClose,
  children,
}: {
  title: string;
  selection: EditSelection;
  act: keyof typeof buttons;
  /** Returns the changes to make; null: what was given is not complete, and the fields say so. */
  changesOf: () => Partial<ContactEdit['changes']> | null;
  /** @param isDone the edit was started; false: the drawer was left without one */
  onClose: (isDone: boolean) => void;
  /** Fields of the change. */
  children: ReactNode;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const form = useId();
  const [edit, setEdit] = useState<ContactEdit | null>(null);
  const close = (): void => onClose(edit !== null);
  const act = useAct(['contact_edits'], ['contacts']);
  const textOf = useRefusalText();
  const say = (key: string, args?: Record<string, unknown>): string => translate(`contacts.bulk.${key}`, args);
  const isNamed = 'ids' in selection;
  const count = useSelectionCount(isNamed ? null : selection);
  const matched = isNamed ? selection.ids.length : count.data;
  const hasChanged = act.error?.code === 'count_changed';
  const figure = matched === undefined ? '…' : format.number(matched);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!matched || act.isPending) return;
    if (hasChanged) return void count.refetch().then(() => act.reset());
    const changes = changesOf();
    if (!changes) return;
    act.mutate(async () => {
      // What is named one by one cannot have become more.
      const asked = { selection: bodyOf(selection), changes, ...(!isNamed && { expect: matched }) };
      setEdit((await ok(api.POST('/v1/contacts/bulk-edit', { body: asked as never }))) as ContactEdit);
    });
  };
  return (
    <DecisionDrawer
      title={title}
      onClose={close}
      foot={
        edit ? (
          <>
            <Button variant="outlined" component={Link} to="/contacts/edits">
              {translate('contacts.edits.title')}
            </Button>
            <Button variant="contained" onClick={close}>
              {say('close')}
            </Button>
          </>
        ) : (
          <>
            <Button variant="outlined" onClick={close}>
              {translate('contacts.cancel')}
            </Button>
            <ActButton
              variant="contained"
              type="submit"
              form={form}
              busy={(act.isPending && translate('frame.saving')) || (!isNamed && count.isFetching && say('counting'))}
              off={matched === 0 ? say('none') : count.error ? textOf(count.error) : undefined}
            >
              {hasChanged
                ? say('count_again')
                : matched === undefined
                  ? say(what)
                  : say(buttons[what], { smart_count: matched, figure: format.number(matched) })}
            </ActButton>
          </>
        )
      }
    >
      {edit ? (
        <EditProgress id={edit.id} start={edit} />
      ) : (
        <form id={form} className="stack" onSubmit={submit} noValidate>
          <Refused error={act.error} />
          {count.error && <Failed error={count.error} retry={() => void count.refetch()} />}
          <div>
            <h3>{say('which')}</h3>
            <p className="text">
              {'ids' in selection
                ? say('ticked', { smart_count: selection.ids.length })
                : 'tag' in selection
                  ? say('with_tag', { tag: selection.tag, figure })
                  : 'listed' in selection
                    ? say('matching', { figure })
                    : say('list_id' in selection ? 'on_list' : 'in_segment', { name: selection.name, figure })}
            </p>
          </div>
          {children}
        </form>
      )}
    </DecisionDrawer>
  );
}
