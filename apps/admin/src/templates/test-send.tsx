import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import type { ListedContact } from '../contacts/contacts';
import { TestFrame, TestFrom, TestTo, useTestSend } from '../parts/test-frame';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { ContactPicker } from './contact-picker';
import type { Template } from './templates';

/** Sends the saved version to any number. */
export function TestSendDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const translate = useTranslate();
  const mayRead = useMay('contacts:read');
  const [to, setTo] = useState('');
  const [from, setFrom] = useState('');
  const [contact, setContact] = useState<ListedContact | null>(null);
  const [values, setValues] = useState<Record<string, string>>({});
  const body = {
    to: to.trim(),
    wording: 0,
    variables: Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== '')),
    ...(from && { session_id: from }),
    ...(contact && { contact_id: contact.id }),
  };
  const { send, edit } = useTestSend((key) =>
    ok(api.POST('/v1/templates/{id}/test', { params: { path: { id: template.id }, header: { 'Idempotency-Key': key } }, body })),
  );
  const faults = useFaults(send.error);
  const asks = template.variables.filter(({ name, is_required }) => is_required && (!name.startsWith('contact.') || !contact));
  return (
    <TestFrame
      title={translate('templates.test.title', { version: template.version })}
      send={send}
      call={{ path: `/v1/templates/${template.id}/test`, body }}
      onClose={onClose}
    >
      <TestTo value={to} onChange={edit(setTo)} />
      <TestFrom value={from} onChange={edit(setFrom)} />
      {mayRead && <ContactPicker value={contact} onChange={edit(setContact)} />}
      {asks.map(({ name }) => (
        <TextField
          key={name}
          label={translate('templates.sample', { name })}
          value={values[name] ?? ''}
          error={!!faults[`variables.${name}`]}
          helperText={faults[`variables.${name}`]}
          onChange={({ target }) => edit(setValues)({ ...values, [name]: target.value })}
          slotProps={{ htmlInput: { dir: 'auto', maxLength: 1_024 } }}
        />
      ))}
    </TestFrame>
  );
}
