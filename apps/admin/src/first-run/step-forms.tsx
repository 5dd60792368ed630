import AddOutlined from '@mui/icons-material/AddOutlined';
import SendOutlined from '@mui/icons-material/SendOutlined';
import { Button, TextField } from '@mui/material';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { ActButton } from '../parts/act-button';
import { Refused } from '../parts/refused';
import { useAct } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { mayDo, type Permission, useMe } from '../providers/me';
import { chooseTenant } from '../providers/tenant';
import { type FirstRun, firstRunKey } from './first-run-data';

interface StepProps {
  run: FirstRun;
  isNow: boolean;
}

/** Reason why the person may not do a step; null: they may. */
function useOff(permission: Permission, client: string | null, who: string): string | null {
  const translate = useTranslate();
  const me = useMe();
  return mayDo(me, permission, client) ? null : translate('first_run.not_allowed', { who: translate(`first_run.${who}`) });
}

/** A step that is done with a few fields in place. */
function InPlace({
  act,
  submit,
  icon,
  off,
  onSubmit,
  children,
}: {
  act: ReturnType<typeof useAct>;
  submit: string;
  icon: ReactNode;
  off: string | null;
  onSubmit: () => void;
  children: ReactNode;
}) {
  const translate = useTranslate();
  if (off) return <p className="mute">{off}</p>;
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!act.isPending) onSubmit();
  };
  return (
    <form className="try" onSubmit={send}>
      {children}
      <span className="go">
        <ActButton type="submit" variant="contained" startIcon={icon} busy={act.isPending}>
          {translate(submit)}
        </ActButton>
      </span>
      {act.error && (
        <div className="wide">
          <Refused error={act.error} title={translate('first_run.refused')} />
        </div>
      )}
    </form>
  );
}

/** Adds the first client and chooses it. */
export function ClientStep({ isNow }: { isNow: boolean }) {
  const translate = useTranslate();
  const queries = useQueryClient();
  const act = useAct(['clients']);
  const off = useOff('tenants:manage', null, 'admins');
  const [name, setName] = useState('');
  const [country, setCountry] = useState('GB');
  const errors = useFaults(act.error);
  return (
    <>
      <p>{translate('first_run.client.text')}</p>
      {isNow && (
        <InPlace
          act={act}
          submit="first_run.client.submit"
          icon={<AddOutlined />}
          off={off}
          onSubmit={() =>
            act.mutate(async () => {
              const client = await ok(
                api.POST('/admin/v1/tenants', { body: { name: name.trim(), default_country: country.trim().toUpperCase() } }),
              );
              chooseTenant(client.id);
              await queries.invalidateQueries();
            })
          }
        >
          <TextField
            required
            label={translate('first_run.client.name')}
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={'name' in errors}
            helperText={errors.name}
            slotProps={{ inputLabel: { required: false }, htmlInput: { maxLength: 200, dir: 'auto' } }}
          />
          <TextField
            required
            label={translate('first_run.client.country')}
            value={country}
            onChange={(event) => setCountry(event.target.value)}
            error={'default_country' in errors}
            helperText={errors.default_country ?? translate('first_run.client.country_help')}
            slotProps={{ inputLabel: { required: false }, htmlInput: { maxLength: 2, dir: 'ltr' } }}
          />
        </InPlace>
      )}
    </>
  );
}

/** Leads to the page where a number is added, or where the one that waits is linked. */
export function NumberStep({ run: { client, number }, isNow }: StepProps) {
  const translate = useTranslate();
  const off = useOff('sessions:manage', client?.id ?? null, 'operators');
  return (
    <>
      <p>{translate('first_run.number.text')}</p>
      {isNow &&
        (off ? (
          <p className="mute">{off}</p>
        ) : (
          <div style={{ marginTop: 12 }}>
            <Button
              variant="contained"
              startIcon={<AddOutlined />}
              component={Link}
              to={number ? `/numbers/${number.id}` : '/numbers/create'}
              onClick={() => client && chooseTenant(client.id)}
            >
              {number ? translate('first_run.number.link', { name: number.name }) : translate('first_run.number.add')}
            </Button>
          </div>
        ))}
    </>
  );
}

/** Sends a text to the person's own phone. */
export function MessageStep({ run: { client, number }, isNow }: StepProps) {
  const translate = useTranslate();
  const act = useAct([firstRunKey], ['messages']);
  const off = useOff('messages:write', client?.id ?? null, 'operators');
  const [phone, setPhone] = useState('+');
  const [text, setText] = useState(() => translate('first_run.message.hello'));
  const key = useRef(crypto.randomUUID());
  const errors = useFaults(act.error);
  return (
    <>
      <p>{number ? translate('first_run.message.text', { name: number.name }) : translate('first_run.message.text_none')}</p>
      {isNow && (
        <InPlace
          act={act}
          submit="first_run.message.submit"
          icon={<SendOutlined />}
          off={off}
          onSubmit={() =>
            act.mutate(async () => {
              await ok(
                api.POST('/v1/messages', {
                  params: { header: { 'Idempotency-Key': `first-run-${key.current}` } },
                  headers: { 'heliograph-tenant': client?.id },
                  body: { to: phone.trim(), type: 'text', text: text.trim(), ...(number && { session_id: number.id }) },
                }),
              );
              key.current = crypto.randomUUID();
            })
          }
        >
          <TextField
            required
            type="tel"
            label={translate('first_run.message.phone')}
            value={phone}
            onChange={(event) => {
              setPhone(event.target.value);
              key.current = crypto.randomUUID();
            }}
            error={'to' in errors}
            helperText={errors.to}
            slotProps={{ inputLabel: { required: false }, htmlInput: { dir: 'ltr' } }}
          />
          <TextField
            required
            label={translate('first_run.message.body')}
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              key.current = crypto.randomUUID();
            }}
            error={'text' in errors}
            helperText={errors.text}
            slotProps={{ inputLabel: { required: false }, htmlInput: { dir: 'auto', maxLength: 1_000 } }}
          />
        </InPlace>
      )}
    </>
  );
}

/** Makes the first endpoint, and hands its secret up to be shown once. */
export function EndpointStep({ run: { client }, isNow, onSecret }: StepProps & { onSecret: (secret: string) => void }) {
  const translate = useTranslate();
  const act = useAct([firstRunKey], ['endpoints']);
  const off = useOff('callbacks:manage', client?.id ?? null, 'engineers');
  const [name, setName] = useState(() => translate('first_run.endpoint.default_name'));
  const [url, setUrl] = useState('https://');
  const errors = useFaults(act.error);
  return (
    <>
      <p>{translate('first_run.endpoint.text')}</p>
      {isNow && (
        <InPlace
          act={act}
          submit="first_run.endpoint.submit"
          icon={<AddOutlined />}
          off={off}
          onSubmit={() =>
            act.mutate(async () => {
              const { secret } = await ok(
                api.POST('/v1/callback-endpoints', {
                  headers: { 'heliograph-tenant': client?.id },
                  // The rest has defaults at the api.
                  body: { name: name.trim(), url: url.trim() } as components['schemas']['CreateCallbackEndpoint'],
                }),
              );
              onSecret(secret);
            })
          }
        >
          <TextField
            required
            label={translate('first_run.endpoint.name')}
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={'name' in errors}
            helperText={errors.name}
            slotProps={{ inputLabel: { required: false }, htmlInput: { maxLength: 100, dir: 'auto' } }}
          />
          <TextField
            required
            type="url"
            label={translate('first_run.endpoint.url')}
            value={url}
            onChange={(event) => setUrl(event.target.value)}
            error={'url' in errors}
            helperText={errors.url}
            slotProps={{ inputLabel: { required: false }, htmlInput: { maxLength: 2_048, dir: 'ltr' } }}
          />
        </InPlace>
      )}
    </>
  );
}
