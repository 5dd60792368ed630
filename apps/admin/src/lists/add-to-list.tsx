import { MenuItem, TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { FormDrawer } from '../parts/form-drawer';
import { Note } from '../parts/page';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useNames } from '../segments/segments';
import { type ListChange, listKey } from './lists';

const newList = 'new';

/** Adds ticked contacts to a list, which may be a new one. */
export function AddToList({ ids, onClose }: { ids: string[]; onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data = [] } = useNames('list');
  const act = useAct(listKey, ['list_members'], ['names']);
  const [chosen, setChosen] = useState('');
  const [name, setName] = useState('');
  const [change, setChange] = useState<ListChange | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`lists.adding.${key}`, args);
  const list = chosen || (data.length === 0 ? newList : '');
  const add = (): void => {
    if (change) return onClose();
    if (!list) return setFault(say('choose'));
    if (list === newList && !name.trim()) return setFault(say('name_needed'));
    setFault(null);
    act.mutate(async () => {
      const id = list === newList ? (await ok(api.POST('/v1/contact-lists', { body: { name: name.trim(), description: null } }))).id : list;
      setChange(await ok(api.POST('/v1/contact-lists/{id}/members', { params: { path: { id } }, body: { ids } })));
    });
  };
  return (
    <FormDrawer title={say('to_list')} button={change ? say('close') : say('do')} act={act} onDo={add} onClose={onClose}>
      {change ? (
        <Note state="sent" title={say('added', { smart_count: change.changed, figure: format.number(change.changed) })}>
          {change.matched > change.changed && say('already', { figure: format.number(change.matched - change.changed) })}
        </Note>
      ) : (
        <>
          <p className="text">{translate('contacts.bulk.ticked', { smart_count: ids.length })}</p>
          <TextField
            select
            label={say('list')}
            value={list}
            onChange={(event) => setChosen(event.target.value)}
            error={!!fault && list !== newList}
            helperText={list === newList ? undefined : fault}
          >
            <MenuItem value={newList}>{say('new_list')}</MenuItem>
            {data.map((one) => (
              <MenuItem key={one.id} value={one.id}>
                <bdi dir="auto">{one.name}</bdi>
              </MenuItem>
            ))}
          </TextField>
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
