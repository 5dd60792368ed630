import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { FormDrawer } from '../parts/form-drawer';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { type ContactList, listKey } from './lists';

/** Name and description of a list, old or new. */
export function ListForm({
  list,
  tag,
  onClose,
  onDone,
}: {
  list?: ContactList;
  tag?: string | null;
  onClose: () => void;
  onDone: (list: ContactList) => void;
}) {
  const translate = useTranslate();
  const act = useAct(listKey, ['names']);
  const [name, setName] = useState(list?.name ?? '');
  const [description, setDescription] = useState(list?.description ?? '');
  const save = (): void => {
    const body = { name: name.trim(), description: description.trim() || null };
    act.mutate(async () => {
      const saved = list
        ? await ok(api.PATCH('/v1/contact-lists/{id}', { params: { path: { id: list.id }, header: tag ? { 'If-Match': tag } : {} }, body }))
        : await ok(api.POST('/v1/contact-lists', { body }));
      onDone(saved);
    });
  };
  return (
    <FormDrawer
      title={translate(list ? 'lists.edit' : 'lists.add')}
      button={translate(list ? 'lists.save' : 'lists.create')}
      act={act}
      onDo={save}
      onClose={onClose}
    >
      <TextField
        autoFocus
        required
        label={translate('lists.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 200, dir: 'auto', pattern: '.*\\S.*' }, inputLabel: { required: false } }}
      />
      <TextField
        multiline
        label={translate('lists.description')}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 1_000, dir: 'auto' } }}
      />
    </FormDrawer>
  );
}
