import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { FormDrawer } from '../parts/form-drawer';
import { Failed, Note } from '../parts/page';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { type EditSelection, useSelectionCount } from '../contacts/selections';
import { NameField } from '../segments/name-field';
import { useNames } from '../segments/segments';
import { type ListChange, listKey } from './lists';

const newList = 'new';

/** Adds contacts that are ticked, or all that match a filter, to a list, which may be a new one. */
export function AddToList({ people, onClose }: { people: EditSelection; onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data = [] } = useNames('list');
  const act = useAct(listKey, ['list_members'], ['names']);
  const [chosen, setChosen] = useState('');
  const [name, setName] = useState('');
  const [change, setChange] = useState<ListChange | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`lists.adding.${key}`, args);
  const listed = 'listed' in people ? people.listed : null;
  const count = useSelectionCount(listed && { listed });
  const list = chosen || (data.length === 0 ? newList : '');
  const hasChanged = act.error?.code === 'count_changed';
  const add = (): void => {
    if (change) return onClose();
    if (hasChanged) return void count.refetch().then(() => act.reset());
    if (listed && count.data === undefined) return void count.refetch();
    if (!list) return setFault(say('choose'));
    if (list === newList && !name.trim()) return setFault(say('name_needed'));
    setFault(null);
    act.mutate(async () => {
      const id = list === newList ? (await ok(api.POST('/v1/contact-lists', { body: { name: name.trim(), description: null } }))).id : list;
      // A list that was made is there for the next try.
      setChosen(id);
      setChange(
        await ok(
          api.POST('/v1/contact-lists/{id}/members', {
            params: { path: { id } },
            body: listed ? { listed, expect: count.data ?? 0 } : { ids: 'ids' in people ? people.ids : [] },
          }),
        ),
      );
    });
  };
  return (
    <FormDrawer
      title={say('to_list')}
      button={change ? say('close') : hasChanged ? translate('contacts.bulk.count_again') : say('do')}
      act={act}
      onDo={add}
      onClose={onClose}
    >
      {change ? (
        <Note state="sent" title={say('added', { smart_count: change.changed, figure: format.number(change.changed) })}>
          {change.matched > change.changed && say('already', { figure: format.number(change.matched - change.changed) })}
        </Note>
      ) : (
        <>
          {count.error && <Failed error={count.error} retry={() => void count.refetch()} />}
          <p className="text">
            {'ids' in people
              ? translate('contacts.bulk.ticked', { smart_count: people.ids.length })
              : translate('contacts.bulk.matching', { figure: count.data === undefined ? '…' : format.number(count.data) })}
          </p>
          <NameField
            kind="list"
            label={say('list')}
            value={list}
            first={{ id: newList, name: say('new_list') }}
            onChange={setChosen}
            isFault={!!fault && list !== newList}
            help={list === newList ? undefined : fault}
          />
          {list === newList && (
            <TextField
              label={translate('lists.name')}
              value={name}
              onChange={(event) => setName(event.target.value)}
              error={!!fault}
              helperText={fault}
              slotProps={{ htmlInput: { maxLength: 200, dir: 'auto' } }}
            />
          )}
        </>
      )}
    </FormDrawer>
  );
}
