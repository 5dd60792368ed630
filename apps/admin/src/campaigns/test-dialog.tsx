import SendOutlined from '@mui/icons-material/SendOutlined';
import { TextField } from '@mui/material';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { DecisionDialog } from '../parts/decision-dialog';
import { Note } from '../parts/page';
import { groupedPhone } from '../parts/values';
import { useMay } from '../providers/acts';
import type { ApiError } from '../providers/client';
import { type CampaignTemplate, sendTest } from './api';

/** Sends the message to one number, as the chosen person would get it. */
export function TestDialog({
  template,
  version,
  variables,
  contactId,
  onClose,
}: {
  template: CampaignTemplate;
  version: number | null;
  variables: Record<string, string>;
  contactId: string | null;
  onClose: () => void;
}) {
  const translate = useTranslate();
  const maySend = useMay('campaigns:launch');
  const [to, setTo] = useState('');
  const send = useMutation<{ id: string; to: string }, ApiError>({
    mutationFn: () =>
      sendTest(template.id, {
        to: to.trim(),
        variables,
        ...(version !== null && { version }),
        ...(contactId !== null && { contact_id: contactId }),
      }),
  });
  return (
    <DecisionDialog
      title={translate('campaigns.test.title')}
      button={translate('campaigns.test.act')}
      back={translate('campaigns.test.close')}
      act={send}
      onClose={onClose}
      onDo={() => maySend !== false && send.mutate()}
    >
      {maySend === false && <Note title={translate('campaigns.may_not_launch')} />}
      {send.data && (
        <Note
          state="sent"
          icon={SendOutlined}
          title={translate('campaigns.test.done', { to: groupedPhone(send.data.to) })}
          acts={
            <Link className="linked" to={`/messages/${send.data.id}`}>
              {translate('campaigns.test.see')}
            </Link>
          }
        />
      )}
      <TextField
        autoFocus
        required
        label={translate('campaigns.test.to')}
        helperText={translate('campaigns.test.to_help')}
        value={to}
        onChange={(event) => setTo(event.target.value)}
        slotProps={{ htmlInput: { inputMode: 'tel', dir: 'ltr', maxLength: 128 }, inputLabel: { required: false } }}
      />
    </DecisionDialog>
  );
}
