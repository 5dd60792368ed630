import SendOutlined from '@mui/icons-material/SendOutlined';
import { Button, Dialog, DialogActions, DialogContent, DialogTitle, MenuItem, TextField } from '@mui/material';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import type { ListedContact } from '../contacts/contacts';
import { ActButton } from '../parts/act-button';
import { faultsOf } from '../parts/form-drawer';
import { Note } from '../parts/page';
import { Refused } from '../parts/refused';
import { groupedPhone, phoneInText } from '../parts/values';
import { useMay } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { useNumberNames } from '../providers/number-names';
import { ContactPicker } from './contact-picker';
import type { Template } from './templates';

type Accepted = components['schemas']['AcceptedMessage'];

/** Sends the saved version to any number. A second press of the button sends nothing more: both carry the same idempotency key. */
export function TestSendDialog({ template, onClose }: { template: Template; onClose: () => void }) {
  const translate = useTranslate();
  const say = (key: string, options?: Record<string, unknown>): string => translate(`templates.test.${key}`, options);
  const id = useId();
  const queries = useQueryClient();
  const numbers = useNumberNames();
  const mayRead = useMay('contacts:read');
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [to, setTo] = useState('');
  const [from, setFrom] = useState('');
  const [contact, setContact] = useState<ListedContact | null>(null);
  const [values, setValues] = useState<Record<string, string>>({});
  const send = useMutation<Accepted, ApiError>({
    mutationFn: () =>
      ok(
        api.POST('/v1/templates/{id}/test', {
          params: { path: { id: template.id }, header: { 'Idempotency-Key': key } },
          body: {
            to: to.trim(),
            wording: 0,
            variables: Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim() !== '')),
            ...(from && { session_id: from }),
            ...(contact && { contact_id: contact.id }),
          },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['messages'] }),
  });
  // What was changed after a refusal is another message.
  const edit = <T,>(set: (value: T) => void): ((value: T) => void) => {
    return (value) => {
      set(value);
      setKey(crypto.randomUUID());
    };
  };
  const faults = faultsOf(send.error);
  const asks = template.variables.filter(({ name, is_required }) => is_required && (!name.startsWith('contact.') || !contact));
  const sent = send.data;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!send.isPending) send.mutate();
  };
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <form onSubmit={submit}>
        <DialogTitle id={id}>{say('title', { version: template.version })}</DialogTitle>
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
                  autoFocus
                  required
                  label={say('to')}
                  helperText={say('to_help')}
                  value={to}
                  onChange={({ target }) => edit(setTo)(target.value)}
                  slotProps={{ htmlInput: { inputMode: 'tel', dir: 'ltr', maxLength: 128 }, inputLabel: { required: false } }}
                />
                <TextField
                  select
                  label={say('from')}
                  value={numbers.has(from) ? from : ''}
                  onChange={({ target }) => edit(setFrom)(target.value)}
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
