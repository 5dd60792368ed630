import { TextField } from '@mui/material';
import { useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { NameField } from '../segments/name-field';
import { BulkDrawer } from './bulk-drawer';
import { AttributeInput } from './contact-drawer';
import { type ContactEdit, entriesOf, readAttribute, useAttributeTypes } from './contacts';
import type { EditSelection } from './selections';

/** An edit of tags, an attribute and lists of many contacts. */
export function BulkEditDrawer({ selection, onClose }: { selection: EditSelection; onClose: (isDone: boolean) => void }) {
  const translate = useTranslate();
  const names = useId();
  const { data: types = [] } = useAttributeTypes();
  const [addTags, setAddTags] = useState('');
  const [removeTags, setRemoveTags] = useState('');
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [toList, setToList] = useState('');
  const [fromList, setFromList] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const say = (key: string): string => translate(`contacts.bulk.${key}`);
  const type = types.find((one) => one.name === name.trim())?.type;
  const refuse = (words: string): null => {
    setFault(words);
    return null;
  };
  const changesOf = (): Partial<ContactEdit['changes']> | null => {
    const added = entriesOf(addTags);
    const removed = entriesOf(removeTags);
    const attribute = name.trim();
    if (added.length + removed.length === 0 && !attribute && !toList && !fromList) return refuse(say('nothing'));
    if (added.some((tag) => removed.includes(tag))) return refuse(say('both'));
    if (toList && toList === fromList) return refuse(say('both_lists'));
    const value = attribute && text !== '' ? readAttribute(text, type) : null;
    if (value === undefined) return refuse(translate(`contacts.type_fault.${type ?? 'text'}`));
    setFault(null);
    return {
      add_tags: added,
      remove_tags: removed,
      set: attribute && value !== null ? { [attribute]: value } : {},
      unset: attribute && value === null ? [attribute] : [],
      add_to_lists: toList ? [toList] : [],
      remove_from_lists: fromList ? [fromList] : [],
    };
  };
  return (
    <BulkDrawer title={say('title')} selection={selection} act="edit" changesOf={changesOf} onClose={onClose}>
      <h3>{say('what')}</h3>
      <TextField
        label={say('add_tags')}
        helperText={translate('contacts.tags_help')}
        value={addTags}
        onChange={(event) => setAddTags(event.target.value)}
        autoFocus
      />
      <TextField label={say('remove_tags')} value={removeTags} onChange={(event) => setRemoveTags(event.target.value)} />
      <div className="attribute">
        <TextField
          label={say('attribute')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 64, dir: 'ltr', list: names } }}
        />
        <AttributeInput type={type} label={translate('contacts.value')} value={text} fault={null} onChange={setText} />
        <datalist id={names}>
          {types.map((one) => (
            <option key={one.name} value={one.name} />
          ))}
        </datalist>
      </div>
      <p className="small mute">{say('attribute_help')}</p>
      <NameField kind="list" label={say('add_to_list')} value={toList} onChange={setToList} />
      <NameField kind="list" label={say('remove_from_list')} value={fromList} onChange={setFromList} />
      {fault && (
        <div className="field-error" role="alert">
          {fault}
        </div>
      )}
      <p className="text">{say('undo_note')}</p>
    </BulkDrawer>
  );
}
