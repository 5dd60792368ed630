import { Button, MenuItem, TextField } from '@mui/material';
import { useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { attributeForm } from '../parts/attribute-form';
import { DrawerForm } from '../parts/drawer-form';
import { useOpened } from '../parts/opened';
import { Note } from '../parts/page';
import { PersonName } from '../parts/person-text';
import { Refused } from '../parts/refused';
import { api, ok } from '../providers/client';
import {
  type AttributeType,
  type AttributeValue,
  attributeText,
  type Contact,
  entriesOf,
  readAttribute,
  useAttributeTypes,
  useContactAct,
} from './contacts';

interface Row {
  key: number;
  name: string;
  text: string;
  before?: unknown;
}

/** Adds a person. A phone that a contact has already leads to that contact; nothing is changed then. */
export function AddContact({ onClose, onDone }: { onClose: () => void; onDone: (id: string) => void }) {
  const translate = useTranslate();
  const act = useContactAct('new');
  const [address, setAddress] = useState('');
  const [name, setName] = useState('');
  const [tags, setTags] = useState('');
  const [externalId, setExternalId] = useState('');
  const [known, setKnown] = useState<Contact | null>(null);
  const [isMissing, setMissing] = useState(false);
  const submit = (): void => {
    if (!address.trim()) return setMissing(true);
    setKnown(null);
    act.mutate(async () => {
      const { data } = await ok(api.GET('/v1/contacts', { params: { query: { address: address.trim(), limit: 1 } } }));
      if (data[0]) return setKnown(data[0]);
      const made = await ok(
        api.PUT('/v1/contacts', {
          body: {
            addresses: [address.trim()],
            tags: entriesOf(tags),
            ...(name.trim() && { name: name.trim() }),
            ...(externalId.trim() && { external_id: externalId.trim() }),
          },
        }),
      );
      onDone(made.id);
    });
  };
  return (
    <DrawerForm
      title={translate('contacts.add_title')}
      button={translate('contacts.add')}
      back={translate('contacts.cancel')}
      busy={act.isPending && translate('frame.saving')}
      noValidate
      onDo={submit}
      onClose={onClose}
    >
      <Refused error={act.error} />
      {known && (
        <Note
          state="uncertain"
          title={translate('contacts.known')}
          acts={
            <Button variant="outlined" component={Link} to={`/contacts/${known.id}`}>
              {translate('contacts.open')}
            </Button>
          }
        >
          <PersonName name={known.name} address={known.addresses[0]} />
        </Note>
      )}
      <TextField
        autoFocus
        label={translate('contacts.phone')}
        helperText={translate(isMissing ? 'contacts.phone_needed' : 'contacts.phone_help')}
        error={isMissing}
        value={address}
        onChange={(event) => {
          setAddress(event.target.value);
          setMissing(false);
        }}
        slotProps={{ htmlInput: { inputMode: 'tel', dir: 'ltr', maxLength: 128 } }}
      />
      <TextField
        label={translate('contacts.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 255, dir: 'auto' } }}
      />
      <TextField
        label={translate('contacts.tags')}
        helperText={translate('contacts.tags_help')}
        value={tags}
        onChange={(event) => setTags(event.target.value)}
      />
      <TextField
        label={translate('contacts.external_id')}
        helperText={translate('contacts.external_id_help')}
        value={externalId}
        onChange={(event) => setExternalId(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 255, dir: 'ltr' } }}
      />
    </DrawerForm>
  );
}

/** Name, tags, own id and attributes of a person. What somebody else changed meanwhile is not written over. */
export function EditContact({ contact: newest, tag, onClose }: { contact: Contact; tag: string | null; onClose: () => void }) {
  const translate = useTranslate();
  const form = useId();
  const { value: contact, header } = useOpened(newest, tag);
  const act = useContactAct(contact.id);
  const { data: types = [] } = useAttributeTypes();
  const [name, setName] = useState(contact.name ?? '');
  const [tags, setTags] = useState(contact.tags.join(', '));
  const [externalId, setExternalId] = useState(contact.external_id ?? '');
  const [rows, setRows] = useState<Row[]>(() =>
    Object.entries(contact.attributes).map(([attribute, value], key) => ({
      key,
      name: attribute,
      text: attributeText(value),
      before: value,
    })),
  );
  const [isChecked, setChecked] = useState(false);
  const typeOf = (attribute: string) => types.find((one) => one.name === attribute)?.type;
  const faultOf = (row: Row): string | null => {
    if (!attributeForm.test(row.name)) return translate('contacts.attribute_name_fault');
    if (rows.some((other) => other !== row && other.name === row.name)) return translate('contacts.attribute_twice');
    if (readAttribute(row.text, typeOf(row.name), row.before) === undefined)
      return translate(`contacts.type_fault.${typeOf(row.name) ?? (typeof row.before === 'number' ? 'number' : 'boolean')}`);
    return null;
  };
  const submit = (): void => {
    setChecked(true);
    if (rows.some((row) => faultOf(row) !== null)) return;
    const attributes: Record<string, AttributeValue | null> = {};
    for (const before of Object.keys(contact.attributes)) if (!rows.some((row) => row.name === before)) attributes[before] = null;
    for (const row of rows) {
      const value = readAttribute(row.text, typeOf(row.name), row.before);
      if (value !== undefined && value !== contact.attributes[row.name]) attributes[row.name] = value;
    }
    act.mutate(
      () =>
        ok(
          api.PATCH('/v1/contacts/{id}', {
            params: { path: { id: contact.id }, header },
            body: {
              name: name.trim() || null,
              external_id: externalId.trim() || null,
              tags: entriesOf(tags),
              ...(Object.keys(attributes).length > 0 && { attributes }),
            },
          }),
        ),
      { onSuccess: onClose },
    );
  };
  const change = (key: number, part: Partial<Row>): void => setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <DrawerForm
      title={translate('contacts.edit_title')}
      button={translate('contacts.save')}
      back={translate('contacts.cancel')}
      busy={act.isPending && translate('frame.saving')}
      noValidate
      onDo={submit}
      onClose={onClose}
    >
      <Refused error={act.error} {...(act.error?.status === 412 && { title: translate('contacts.changed_meanwhile') })} />
      <TextField
        autoFocus
        label={translate('contacts.name')}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 255, dir: 'auto' } }}
      />
      <TextField
        label={translate('contacts.tags')}
        helperText={translate('contacts.tags_help')}
        value={tags}
        onChange={(event) => setTags(event.target.value)}
        slotProps={{ htmlInput: { dir: 'auto' } }}
      />
      <TextField
        label={translate('contacts.external_id')}
        helperText={translate('contacts.external_id_help')}
        value={externalId}
        onChange={(event) => setExternalId(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 255, dir: 'ltr' } }}
      />
      <fieldset className="attributes">
        <legend>{translate('contacts.attributes')}</legend>
        {rows.map((row) => {
          const fault = isChecked ? faultOf(row) : null;
          return (
            <div key={row.key} className="attribute">
              <TextField
                label={translate('contacts.attribute_name')}
                value={row.name}
                onChange={(event) => change(row.key, { name: event.target.value })}
                slotProps={{ htmlInput: { maxLength: 64, dir: 'ltr', list: `${form}-names` } }}
              />
              <AttributeInput
                type={typeOf(row.name)}
                label={types.find((one) => one.name === row.name)?.label ?? translate('contacts.value')}
                value={row.text}
                fault={fault}
                onChange={(text) => change(row.key, { text })}
              />
              <Button
                onClick={() => setRows(rows.filter((other) => other !== row))}
                aria-label={translate('contacts.remove_attribute', { name: row.name })}
              >
                {translate('contacts.remove')}
              </Button>
            </div>
          );
        })}
        <datalist id={`${form}-names`}>
          {types.map((type) => (
            <option key={type.name} value={type.name} />
          ))}
        </datalist>
        <Button
          variant="outlined"
          onClick={() => setRows([...rows, { key: Math.max(-1, ...rows.map(({ key }) => key)) + 1, name: '', text: '' }])}
        >
          {translate('contacts.add_attribute')}
        </Button>
      </fieldset>
    </DrawerForm>
  );
}

/** A value of an attribute: a choice, a date, a number or a text, as it is declared. */
export function AttributeInput({
  type,
  label,
  value,
  fault,
  onChange,
}: {
  type: AttributeType['type'] | undefined;
  label: string;
  value: string;
  fault: string | null;
  onChange: (text: string) => void;
}) {
  const translate = useTranslate();
  const shared = {
    label,
    value,
    error: fault !== null,
    helperText: fault,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  };
  if (type === 'boolean')
    return (
      <TextField {...shared} select>
        <MenuItem value="true">{translate('contacts.yes')}</MenuItem>
        <MenuItem value="false">{translate('contacts.no')}</MenuItem>
      </TextField>
    );
  return (
    <TextField
      {...shared}
      type={type === 'date' ? 'date' : 'text'}
      slotProps={{
        htmlInput: { maxLength: 1_024, ...(type === 'number' ? { inputMode: 'decimal', dir: 'ltr' } : { dir: 'auto' }) },
        ...(type === 'date' && { inputLabel: { shrink: true } }),
      }}
    />
  );
}
