import SendOutlined from '@mui/icons-material/SendOutlined';
import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { ActButton } from './act-button';
import { TestFrame, TestFrom, TestTo, useTestSend } from './test-frame';

/** A button that opens the dialog. `sessionId` presets the number; without it the person picks one. */
export function SendTest({ sessionId, main = false }: { sessionId?: string; main?: boolean }) {
  const translate = useTranslate();
  const maySend = useMay('messages:write');
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <ActButton
        variant={main ? 'contained' : 'outlined'}
        startIcon={<SendOutlined />}
        off={maySend === false ? translate('send_test.may_not') : undefined}
        onClick={() => setOpen(true)}
      >
        {translate('send_test.open')}
      </ActButton>
      {isOpen && <SendTestDialog {...(sessionId && { sessionId })} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Sends one text through a number. */
function SendTestDialog({ sessionId, onClose }: { sessionId?: string; onClose: () => void }) {
  const translate = useTranslate();
  const [from, setFrom] = useState(sessionId ?? '');
  const [to, setTo] = useState('');
  const [text, setText] = useState(translate('send_test.example'));
  const body = { type: 'text' as const, to: to.trim(), text, tags: ['test'], ...(from && { session_id: from }) };
  const { send, edit } = useTestSend((key) => ok(api.POST('/v1/messages', { params: { header: { 'Idempotency-Key': key } }, body })));
  return (
    <TestFrame title={translate('send_test.title')} send={send} call={{ path: '/v1/messages', body }} onClose={onClose}>
      <TestFrom value={from} onChange={edit(setFrom)} />
      <TestTo value={to} onChange={edit(setTo)} />
      <TextField
        required
        multiline
        minRows={3}
        label={translate('send_test.text')}
        value={text}
        onChange={(event) => edit(setText)(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 4_096, dir: 'auto' }, inputLabel: { required: false } }}
      />
    </TestFrame>
  );
}
