import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { TestFrame, TestFrom, TestTo, useTestSend } from '../parts/test-frame';
import { useMay } from '../providers/acts';
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
  const [from, setFrom] = useState('');
  const body = {
    to: to.trim(),
    wording: 0,
    variables,
    ...(from && { session_id: from }),
    ...(version !== null && { version }),
    ...(contactId !== null && { contact_id: contactId }),
  };
  const { send, edit } = useTestSend((key) => sendTest(template.id, key, body));
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
    </TestFrame>
  );
}
