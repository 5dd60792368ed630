import '../parts/access.css';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import { Button, MenuItem, TextField } from '@mui/material';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLocaleState, useTranslate } from 'react-admin';
import { languages } from '../i18n';
import { ActButton } from '../parts/act-button';
import { Card, Facts, Failed, Note, Page, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { forgetMe, type Me, useMe } from '../providers/me';
import { useGrantWords } from '../staff/grants-field';
import { SignInTable } from '../staff/sign-in-table';
import { NewCodesDialog, RemoveTotpDialog, TotpDialog } from './totp';
import { useThemeMode } from '../theme/mode';

/** Own account of the person: name, password, authenticator app, sign-ins, language and theme. */
export function OwnAccount() {
  const translate = useTranslate();
  const me = useMe();
  return (
    <Page title={translate('own.title')}>
      {me ? (
        <div className="two-one">
          <div className="stack">
            <ProfileCard me={me} />
            <PasswordCard />
            <FactorCard me={me} />
            <SignInsCard />
          </div>
          <div className="stack">
            <RolesCard me={me} />
            <LookCard />
          </div>
        </div>
      ) : (
        <Skeleton />
      )}
    </Page>
  );
}

/** Reads the person who is signed in again. */
function useForgetMe(): () => void {
  const queries = useQueryClient();
  return () => {
    forgetMe();
    void queries.invalidateQueries({ queryKey: ['auth'] });
  };
}

function Done({ children }: { children: string }) {
  return (
    <div role="status">
      <Note state="read" icon={CheckOutlined} title={children} />
    </div>
  );
}

function ProfileCard({ me }: { me: Me }) {
  const translate = useTranslate();
  const act = useAct(['staff']);
  const forget = useForgetMe();
  const [name, setName] = useState(me.name);
  const faults = useFaults(act.error);
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!act.isPending) act.mutate(() => ok(api.PATCH('/admin/v1/me', { body: { name: name.trim() } })), { onSuccess: forget });
  };
  return (
    <Card title={translate('own.profile')}>
      <form className="form" onSubmit={send}>
        {act.error && <Refused error={act.error} />}
        {act.isSuccess && <Done>{translate('own.saved')}</Done>}
        <Facts
          rows={[
            [
              translate('own.email'),
              <bdi key="email" dir="ltr">
                {me.email}
              </bdi>,
            ],
          ]}
        />
        <TextField
          required
          autoComplete="name"
          label={translate('own.name')}
          error={'name' in faults}
          helperText={faults.name ?? translate('own.name_help')}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 120, dir: 'auto' }, inputLabel: { required: false } }}
        />
        <div className="acts">
          <ActButton type="submit" variant="outlined" busy={act.isPending && translate('frame.saving')}>
            {translate('own.save_name')}
          </ActButton>
        </div>
      </form>
    </Card>
  );
}

function PasswordCard() {
  const translate = useTranslate();
  const act = useAct(['me']);
  const [typed, setTyped] = useState({ current: '', next: '' });
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (act.isPending) return;
    const body = { current_password: typed.current, new_password: typed.next };
    act.mutate(() => ok(api.POST('/admin/v1/me/password', { body })), { onSuccess: () => setTyped({ current: '', next: '' }) });
  };
  const wrong = act.error?.code === 'wrong_password' ? act.error.message : undefined;
  const weak = act.error?.code.startsWith('password_') ? act.error.message : undefined;
  return (
    <Card title={translate('own.password')}>
      <form className="form" onSubmit={send}>
        {act.error && !wrong && !weak && <Refused error={act.error} />}
        {act.isSuccess && <Done>{translate('own.password_changed')}</Done>}
        <p className="text">{translate('own.password_text')}</p>
        <TextField
          required
          type="password"
          autoComplete="current-password"
          label={translate('own.current')}
          error={!!wrong}
          helperText={wrong}
          value={typed.current}
          onChange={(event) => setTyped({ ...typed, current: event.target.value })}
          slotProps={{ htmlInput: { maxLength: 256 }, inputLabel: { required: false } }}
        />
        <TextField
          required
          type="password"
          autoComplete="new-password"
          label={translate('own.new')}
          error={!!weak}
          helperText={weak ?? translate('own.new_help')}
          value={typed.next}
          onChange={(event) => setTyped({ ...typed, next: event.target.value })}
          slotProps={{ htmlInput: { minLength: 12, maxLength: 256 }, inputLabel: { required: false } }}
        />
        <div className="acts">
          <ActButton type="submit" variant="outlined" busy={act.isPending && translate('frame.saving')}>
            {translate('own.change_password')}
          </ActButton>
        </div>
      </form>
    </Card>
  );
}

function FactorCard({ me }: { me: Me }) {
  const translate = useTranslate();
  const forget = useForgetMe();
  const [open, setOpen] = useState<'set_up' | 'codes' | 'remove' | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const begin = (what: typeof open): void => {
    setDone(null);
    setOpen(what);
  };
  const end = (words: string | null): void => {
    setOpen(null);
    setDone(words);
    forget();
  };
  return (
    <Card title={translate('own.factor')} note={<StateChip kind="second_factor" state={me.has_totp ? 'on' : 'off'} bare />}>
      <div className="form">
        {done && <Done>{done}</Done>}
        <p className="text">{translate(me.has_totp ? 'own.factor_on' : 'own.factor_off')}</p>
        <div className="acts">
          {me.has_totp ? (
            <>
              <Button variant="outlined" onClick={() => begin('codes')}>
                {translate('own.new_codes')}
              </Button>
              <Button variant="outlined" color="error" onClick={() => begin('remove')}>
                {translate('own.remove')}
              </Button>
            </>
          ) : (
            <Button variant="outlined" onClick={() => begin('set_up')}>
              {translate('own.set_up')}
            </Button>
          )}
        </div>
      </div>
      {open === 'set_up' && <TotpDialog onClose={() => setOpen(null)} onDone={() => end(translate('own.totp.on'))} />}
      {open === 'codes' && <NewCodesDialog onClose={() => setOpen(null)} />}
      {open === 'remove' && <RemoveTotpDialog onClose={() => setOpen(null)} onDone={() => end(translate('own.removed'))} />}
    </Card>
  );
}

function SignInsCard() {
  const translate = useTranslate();
  const { data, error, refetch } = useQuery({
    queryKey: ['me', 'sign-ins'],
    queryFn: async ({ signal }) => (await ok(api.GET('/admin/v1/me/sign-ins', { signal }))).data,
  });
  const act = useAct(['me']);
  const [ending, setEnding] = useState<string | null>(null);
  const end = (id: string): void => {
    setEnding(id);
    act.mutate(() => ok(api.DELETE('/admin/v1/me/sign-ins/{id}', { params: { path: { id } } })));
  };
  return (
    <Card
      title={translate('own.sign_ins')}
      pad={!data}
      acts={
        !!data &&
        data.length > 1 && (
          <Button
            variant="text"
            sx={{ my: '-4px' }}
            onClick={() => !act.isPending && act.mutate(() => ok(api.DELETE('/admin/v1/me/sign-ins')))}
          >
            {translate('staff.sign_ins.end_others')}
          </Button>
        )
      }
    >
      {act.error && <Refused error={act.error} />}
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={2} />
      ) : (
        <SignInTable
          signIns={data}
          act={({ id, current }) =>
            current ? null : (
              <ActButton
                variant="outlined"
                busy={act.isPending && ending === id && translate('staff.sign_ins.ending')}
                onClick={() => end(id)}
              >
                {translate('staff.sign_ins.end')}
              </ActButton>
            )
          }
        />
      )}
    </Card>
  );
}

function RolesCard({ me }: { me: Me }) {
  const translate = useTranslate();
  const words = useGrantWords();
  return (
    <Card title={translate('own.roles')}>
      <ul className="rights">
        {me.grants.map((grant) => (
          <li key={`${grant.role} ${grant.tenant_id}`}>
            <b className="strong">{words(grant)}</b>
            <div className="small mute">{translate(`staff.role_text.${grant.role}`)}</div>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function LookCard() {
  const translate = useTranslate();
  const [locale, setLocale] = useLocaleState();
  const [theme, setTheme] = useThemeMode();
  return (
    <Card title={translate('own.look')}>
      <div className="form">
        <TextField select label={translate('own.language')} value={locale} onChange={(event) => setLocale(event.target.value)}>
          {languages.map((language) => (
            <MenuItem key={language.locale} value={language.locale} lang={language.locale}>
              {language.name}
            </MenuItem>
          ))}
        </TextField>
        <div className="segment" role="group" aria-label={translate('own.theme')} style={{ justifySelf: 'start' }}>
          {(['light', 'dark'] as const).map((name) => (
            <button key={name} type="button" aria-pressed={theme === name} onClick={() => setTheme(name)}>
              {translate(`own.${name}`)}
            </button>
          ))}
        </div>
      </div>
    </Card>
  );
}
