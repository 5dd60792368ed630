import './numbers.css';
import { MenuItem, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { Link, useNavigate } from 'react-router-dom';
import { ChooseClient } from '../parts/needs-client';
import { Card, Empty, Failed, Note, Page, Skeleton } from '../parts/page';
import { Id } from '../parts/values';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { useTenant } from '../providers/tenant';
import { ActButton } from '../parts/act-button';
import { Refused } from '../parts/refused';
import { listOf } from './dialogs';
import { useNumberAct, useMayManage } from './queries';
import type { components } from '../providers/api-types';

type AddSession = components['schemas']['AddSession'];
type Added = components['schemas']['SessionWithHook'];
type Mode = AddSession['mode'];

/** Adds a number: made at the provider and linked by a QR code, or taken over by the API key of one that is there already. */
export function AddNumber() {
  const translate = useTranslate();
  const tenant = useTenant();
  const mayManage = useMayManage();
  const crumbs = [{ to: '/numbers', label: translate('menu.numbers') }];
  const title = translate('numbers.add');
  const frame = (content: ReactNode) => (
    <Page title={title} crumbs={crumbs}>
      {content}
    </Page>
  );
  if (!tenant) return frame(<ChooseClient />);
  if (mayManage === false) return frame(<Empty title={translate('failed.forbidden')}>{translate('numbers.may_not')}</Empty>);
  return frame(<AddForm key={tenant} tenant={tenant} />);
}

function AddForm({ tenant }: { tenant: string }) {
  const translate = useTranslate();
  const navigate = useNavigate();
  const accounts = useQuery({
    queryKey: ['accounts', tenant, 'all'],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/provider-accounts', { params: { query: { limit: 500 } }, signal }))).data,
  });
  const act = useNumberAct('new');
  const [mode, setMode] = useState<Mode>('create');
  const [added, setAdded] = useState<Added | null>(null);
  const [typed, setTyped] = useState({ account: '', name: '', phone: '+', tags: '', key: '', secret: '', providerId: '' });
  const set = (name: keyof typeof typed) => (event: { target: { value: string } }) =>
    setTyped((old) => ({ ...old, [name]: event.target.value }));
  const errors = useFaults(act.error);
  if (accounts.error) return <Failed error={accounts.error} retry={() => void accounts.refetch()} />;
  if (!accounts.data) return <Skeleton />;
  const account = typed.account || (mode === 'create' ? (accounts.data[0]?.id ?? '') : '');
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (act.isPending) return;
    const tags = listOf(typed.tags);
    const body: AddSession =
      mode === 'create'
        ? {
            mode,
            account_id: account,
            name: typed.name.trim(),
            phone: typed.phone.replace(/[\s().-]/g, ''),
            ...(tags.length > 0 && { tags }),
          }
        : {
            mode,
            api_key: typed.key.trim(),
            ...(typed.secret.trim() && { webhook_secret: typed.secret.trim() }),
            ...(account && { account_id: account }),
            ...(typed.providerId.trim() && { provider_session_id: typed.providerId.trim() }),
            ...(typed.name.trim() && { name: typed.name.trim() }),
            ...(tags.length > 0 && { tags }),
          };
    act.mutate(async () => {
      const answer = await ok(api.POST('/v1/sessions', { body }));
      // The address of the hooks is shown once, and is needed only where nobody can set it at the provider.
      if (answer.session.account_id === null) setAdded(answer);
      else void navigate(`/numbers/${answer.session.id}`);
    });
  };
  if (added)
    return (
      <Card title={translate('numbers.added', { name: added.session.name })}>
        <div className="form" style={{ maxWidth: 760 }}>
          <Note state="uncertain" title={translate('numbers.hook_once')}>
            {translate('numbers.hook_once_text')}
          </Note>
          <Id value={added.hook_url} />
          <div className="acts">
            <ActButton variant="contained" onClick={() => void navigate(`/numbers/${added.session.id}`)}>
              {translate('numbers.open')}
            </ActButton>
          </div>
        </div>
      </Card>
    );
  const text = (
    name: keyof typeof typed,
    error: string,
    { help, needed, isSecret }: { help?: string; needed?: boolean; isSecret?: boolean } = {},
  ) => (
    <TextField
      label={translate(`numbers.new.${name}`)}
      value={typed[name]}
      onChange={set(name)}
      required={needed ?? false}
      type={isSecret ? 'password' : name === 'phone' ? 'tel' : 'text'}
      autoComplete="off"
      error={error in errors}
      helperText={errors[error] ?? (help && translate(`numbers.new.${help}`))}
      slotProps={{ inputLabel: { required: false }, htmlInput: name === 'phone' ? { dir: 'ltr' } : {} }}
    />
  );
  const noAccount = mode === 'create' && accounts.data.length === 0;
  return (
    <form className="form" onSubmit={send}>
      <div className="segment" role="group" aria-label={translate('numbers.new.way')} style={{ justifySelf: 'start' }}>
        {(['create', 'register'] as const).map((name) => (
          <button key={name} type="button" aria-pressed={mode === name} onClick={() => setMode(name)}>
            {translate(`numbers.new.${name}`)}
          </button>
        ))}
      </div>
      <span className="soft">{translate(`numbers.new.${mode}_text`)}</span>
      <Refused error={act.error} title={translate('numbers.add_refused')} />
      {noAccount ? (
        <Note state="uncertain" title={translate('numbers.new.no_account')}>
          {translate('numbers.new.no_account_text')}{' '}
          <Link className="linked" to="/settings">
            {translate('menu.settings')}
          </Link>
        </Note>
      ) : (
        <>
          {mode === 'register' && text('key', 'api_key', { help: 'key_help', needed: true, isSecret: true })}
          {text('name', 'name', { help: mode === 'create' ? 'name_help' : 'name_register_help', needed: mode === 'create' })}
          {mode === 'create' && text('phone', 'phone', { help: 'phone_help', needed: true })}
          <TextField
            select
            label={translate('numbers.new.account')}
            value={account}
            onChange={set('account')}
            error={'account_id' in errors}
            helperText={errors.account_id ?? translate(`numbers.new.account_${mode}_help`)}
            slotProps={{ select: { displayEmpty: true } }}
          >
            {mode === 'register' && <MenuItem value="">{translate('numbers.new.without_account')}</MenuItem>}
            {accounts.data.map(({ id, name }) => (
              <MenuItem key={id} value={id}>
                {name}
              </MenuItem>
            ))}
          </TextField>
          {mode === 'register' && account !== '' && text('providerId', 'provider_session_id', { help: 'provider_id_help' })}
          {mode === 'register' && text('secret', 'webhook_secret', { help: 'secret_help', isSecret: true, needed: account === '' })}
          {text('tags', 'tags', { help: 'tags_help' })}
          <div className="acts">
            <ActButton type="submit" variant="contained" busy={act.isPending}>
              {translate(act.isPending ? 'numbers.adding' : 'numbers.add')}
            </ActButton>
          </div>
        </>
      )}
    </form>
  );
}
