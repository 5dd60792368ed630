import SendOutlined from '@mui/icons-material/SendOutlined';
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, MenuItem, TextField } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import type { components } from '../providers/api-types';
import { useMay } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { ActButton } from './act-button';
import { Note } from './page';
import { Refused } from './refused';
import { groupedPhone, phoneInText } from './values';

type Accepted = components['schemas']['AcceptedMessage'];

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

/** Sends one text through a number. A second press of the button sends nothing more: both carry the same idempotency key. */
export function SendTestDialog({ sessionId, onClose }: { sessionId?: string; onClose: () => void }) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`send_test.${key}`, options);
  const id = useId();
  const queries = useQueryClient();
  const numbers = useNumberNames();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [from, setFrom] = useState(sessionId ?? '');
  const [to, setTo] = useState('');
  const [text, setText] = useState(say('example'));
  const send = useMutation<Accepted, ApiError>({
    mutationFn: () =>
      ok(
        api.POST('/v1/messages', {
          params: { header: { 'Idempotency-Key': key } },
          body: { type: 'text', to: to.trim(), text, tags: ['test'], ...(from && { session_id: from }) },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['messages'] }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!send.isPending) send.mutate();
  };
  // What was changed after a refusal is another message.
  const edit = (set: (value: string) => void) => (value: string) => {
    set(value);
    setKey(crypto.randomUUID());
  };
  const sent = send.data;
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <form onSubmit={submit}>
        <DialogTitle id={id}>{say('title')}</DialogTitle>
        <DialogContent>
          <div className="form">
            {sent ? (
              <Note
                state="sent"
                icon={SendOutlined}
                title={say('done', { to: phoneInText(sent.to) })}
                acts={
                  <Link className="linked" to={`/messages/${sent.id}`} onClick={onClose}>
                    {say('see')}
                  </Link>
                }
              >
                {say('done_text')}
              </Note>
            ) : (
              <>
                {send.error && <Refused error={send.error} />}
                <TextField
                  select
                  label={say('from')}
                  value={numbers.has(from) ? from : ''}
                  onChange={(event) => edit(setFrom)(event.target.value)}
                >
                  <MenuItem value="">{say('any')}</MenuItem>
                  {[...numbers].map(([value, { name, phone }]) => (
                    <MenuItem key={value} value={value}>
                      {name}
                      {phone && (
                        <bdi dir="ltr" className="mute num" style={{ marginInlineStart: 8 }}>
                          {groupedPhone(phone)}
                        </bdi>
                      )}
                    </MenuItem>
                  ))}
                </TextField>
                <TextField
                  autoFocus
                  required
                  label={say('to')}
                  helperText={say('to_help')}
                  value={to}
                  onChange={(event) => edit(setTo)(event.target.value)}
                  slotProps={{ htmlInput: { inputMode: 'tel', dir: 'ltr', maxLength: 128 }, inputLabel: { required: false } }}
                />
                <TextField
                  required
                  multiline
                  minRows={3}
                  label={say('text')}
                  value={text}
                  onChange={(event) => edit(setText)(event.target.value)}
                  slotProps={{ htmlInput: { maxLength: 4_096, dir: 'auto' }, inputLabel: { required: false } }}
                />
              </>
            )}
          </div>
        </DialogContent>
        <DialogActions>
          {sent ? (
            <Button variant="contained" onClick={onClose}>
              {say('close')}
            </Button>
          ) : (
            <>
              <Button variant="outlined" onClick={onClose}>
                {say('back')}
              </Button>
              <ActButton type="submit" variant="contained" busy={send.isPending && say('busy')}>
                {say('act')}
              </ActButton>
            </>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}
