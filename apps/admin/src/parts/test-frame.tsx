import SendOutlined from '@mui/icons-material/SendOutlined';
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, MenuItem, TextField } from '@mui/material';
import { useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import type { components } from '../providers/api-types';
import type { ApiError } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { ActButton } from './act-button';
import { CopyCurl } from './copy-curl';
import type { Call } from './curl';
import { Note } from './page';
import { Refused } from './refused';
import { groupedPhone, phoneInText } from './values';

type Accepted = components['schemas']['AcceptedMessage'];

/**
 * One message that is tried out. A second press of the button sends nothing more: both carry the same idempotency key.
 * @param act sends it with the key
 * @returns the send, and a wrapper for setters of what is sent: what was changed after a refusal is another message
 */
export function useTestSend(act: (key: string) => Promise<Accepted>): {
  send: UseMutationResult<Accepted, ApiError, void>;
  edit: <T>(set: (value: T) => void) => (value: T) => void;
} {
  const queries = useQueryClient();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const send = useMutation<Accepted, ApiError>({
    mutationFn: () => act(key),
    onSettled: () => queries.invalidateQueries({ queryKey: ['messages'] }),
  });
  return {
    send,
    edit: (set) => (value) => {
      set(value);
      setKey(crypto.randomUUID());
    },
  };
}

/** Dialog of a test: its fields, then where the message is to be followed. */
export function TestFrame({
  title,
  send,
  call,
  off,
  onClose,
  children,
}: {
  title: string;
  send: UseMutationResult<Accepted, ApiError, void>;
  /** The same over the API, for a command that is copied. */
  call: Call;
  /** Reason for which the person may not send. */
  off?: string | null;
  onClose: () => void;
  children: ReactNode;
}) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`send_test.${key}`, options);
  const id = useId();
  const sent = send.data;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!send.isPending && !off) send.mutate();
  };
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <form onSubmit={submit}>
        <DialogTitle id={id}>{title}</DialogTitle>
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
                {children}
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
              <CopyCurl variant="text" call={call} />
              <span className="grow" />
              <Button variant="outlined" onClick={onClose}>
                {say('back')}
              </Button>
              <ActButton type="submit" variant="contained" off={off} busy={send.isPending && say('busy')}>
                {say('act')}
              </ActButton>
            </>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** The phone that gets the message. */
export function TestTo({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const translate = useTranslate();
  return (
    <TextField
      autoFocus
      required
      label={translate('send_test.to')}
      helperText={translate('send_test.to_help')}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { inputMode: 'tel', dir: 'ltr', maxLength: 128 }, inputLabel: { required: false } }}
    />
  );
}

/** The number that sends it; without one, routing picks. */
export function TestFrom({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const translate = useTranslate();
  const numbers = useNumberNames();
  return (
    <TextField
      select
      label={translate('send_test.from')}
      value={numbers.has(value) ? value : ''}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
    >
      <MenuItem value="">{translate('send_test.any')}</MenuItem>
      {[...numbers].map(([id, { name, phone }]) => (
        <MenuItem key={id} value={id}>
          {name}
          {phone && (
            <bdi dir="ltr" className="mute num" style={{ marginInlineStart: 8 }}>
              {groupedPhone(phone)}
            </bdi>
          )}
        </MenuItem>
      ))}
    </TextField>
  );
}
