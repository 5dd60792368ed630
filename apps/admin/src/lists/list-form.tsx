import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { FormDrawer } from '../parts/form-drawer';
import { useOpened } from '../parts/opened';
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
  const { value: opened, header } = useOpened(list, tag);
  const [name, setName] = useState(opened?.name ?? '');
  const [description, setDescription] = useState(opened?.description ?? '');
  const save = (): void => {
    const body = { name: name.trim(), description: description.trim() || null };
    act.mutate(async () => {
      const saved = opened
        ? await ok(api.PATCH('/v1/contact-lists/{id}', { params: { path: { id: opened.id }, header }, body }))
        : await ok(api.POST('/v1/contact-lists', { body }));
      onDone(saved);
    });
  };
  return (
    <FormDrawer
      title={translate(opened ? 'lists.edit' : 'lists.add')}
      button={translate(opened ? 'lists.save' : 'lists.create')}
      act={act}
      onDo={save}
      onClose={onClose}
    >
      {act.error?.status === 412 && <p className="text">{translate('form.changed')}</p>}
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
