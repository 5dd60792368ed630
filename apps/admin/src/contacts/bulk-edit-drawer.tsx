import { Button, TextField } from '@mui/material';
import { type FormEvent, useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { DecisionDrawer } from '../parts/decision-drawer';
import { Failed } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { AttributeInput } from './contact-drawer';
import { type ContactEdit, entriesOf, readAttribute, useAttributeTypes } from './contacts';
import { EditProgress } from './edit-progress';
import { bodyOf, type EditSelection, useSelectionCount } from './selections';

/** An edit of many contacts: how many, what changes, its progress, and the way back. */
export function BulkEditDrawer({ selection, onClose }: { selection: EditSelection; onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const form = useId();
  const { data: types = [] } = useAttributeTypes();
  const [addTags, setAddTags] = useState('');
  const [removeTags, setRemoveTags] = useState('');
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [edit, setEdit] = useState<ContactEdit | null>(null);
  const act = useAct(['contact_edits'], ['contacts']);
  const say = (key: string, args?: Record<string, unknown>): string => translate(`contacts.bulk.${key}`, args);
  const isNamed = 'ids' in selection;
  const count = useSelectionCount(isNamed ? null : selection);
  const matched = isNamed ? selection.ids.length : count.data;
  const hasChanged = act.error?.code === 'count_changed';
  const figure = matched === undefined ? '…' : format.number(matched);
  const type = types.find((one) => one.name === name.trim())?.type;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!matched || act.isPending) return;
    if (hasChanged) return void count.refetch().then(() => act.reset());
    const added = entriesOf(addTags);
    const removed = entriesOf(removeTags);
    const attribute = name.trim();
    if (added.length + removed.length === 0 && !attribute) return setFault(say('nothing'));
    if (added.some((tag) => removed.includes(tag))) return setFault(say('both'));
    const value = attribute && text !== '' ? readAttribute(text, type) : null;
    if (value === undefined) return setFault(translate(`contacts.type_fault.${type ?? 'text'}`));
    setFault(null);
    act.mutate(async () => {
      const changes = {
        add_tags: added,
        remove_tags: removed,
        set: attribute && value !== null ? { [attribute]: value } : {},
        unset: attribute && value === null ? [attribute] : [],
      };
      // What is named one by one cannot have become more.
      const asked = { selection: bodyOf(selection), changes, ...(!isNamed && { expect: matched }) };
      setEdit((await ok(api.POST('/v1/contacts/bulk-edit', { body: asked as never }))) as ContactEdit);
    });
  };
  return (
    <DecisionDrawer
      title={say('title')}
      onClose={onClose}
      foot={
        edit ? (
          <>
            <Button variant="outlined" component={Link} to="/contacts/edits">
              {translate('contacts.edits.title')}
            </Button>
            <Button variant="contained" onClick={onClose}>
              {say('close')}
            </Button>
          </>
        ) : (
          <>
            <Button variant="outlined" onClick={onClose}>
              {translate('contacts.cancel')}
            </Button>
            <ActButton
              variant="contained"
              type="submit"
              form={form}
              busy={(act.isPending && translate('frame.saving')) || (!isNamed && count.isFetching && say('counting'))}
              off={matched === 0 ? say('none') : count.error?.message}
            >
              {hasChanged
                ? say('count_again')
                : matched === undefined
                  ? say('edit')
                  : say('do', { smart_count: matched, figure: format.number(matched) })}
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
              slotProps={{ htmlInput: { maxLength: 64, dir: 'ltr', list: `${form}-names` } }}
            />
            <AttributeInput type={type} label={translate('contacts.value')} value={text} fault={null} onChange={setText} />
            <datalist id={`${form}-names`}>
              {types.map((one) => (
                <option key={one.name} value={one.name} />
              ))}
            </datalist>
          </div>
          <p className="small mute">{say('attribute_help')}</p>
          {fault && (
            <div className="field-error" role="alert">
              {fault}
            </div>
          )}
          <p className="text">{say('undo_note')}</p>
        </form>
      )}
    </DecisionDrawer>
  );
}
