import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { TestFrame, TestFrom, TestTo, useTestSend } from '../parts/test-frame';
import { useMay } from '../providers/acts';
import { useFaults } from '../providers/field-faults';
import type { Template } from '../templates/templates';
import { sendTest } from './api';

/** Sends the message to one number, as the chosen person would get it. */
export function TestDialog({
  template,
  version,
  campaignId,
  missing,
  contactId,
  onClose,
}: {
  template: Template;
  version: number | null;
  campaignId: string;
  /** Variables that the chosen person lacks: each gets a field. */
  missing: string[];
  contactId: string | null;
  onClose: () => void;
}) {
  const translate = useTranslate();
  const maySend = useMay('campaigns:launch');
  const [to, setTo] = useState('');
  const [from, setFrom] = useState('');
  const [values, setValues] = useState<Record<string, string>>({});
  const [asks] = useState(missing);
  const body = {
    to: to.trim(),
    wording: 0,
    campaign_id: campaignId,
    variables: Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== '')),
    ...(from && { session_id: from }),
    ...(version !== null && { version }),
    ...(contactId !== null && { contact_id: contactId }),
  };
  const { send, edit } = useTestSend((key) => sendTest(template.id, key, body));
  const faults = useFaults(send.error);
  return (
    <TestFrame
      title={translate('campaigns.test_send')}
      send={send}
      call={{ path: `/v1/templates/${template.id}/test`, body }}
      off={maySend === false ? translate('campaigns.may_not_launch') : null}
      onClose={onClose}
    >
      <TestTo value={to} onChange={edit(setTo)} />
      <TestFrom value={from} onChange={edit(setFrom)} />
      {asks.map((name) => (
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
