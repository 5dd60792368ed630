import { Button, Link as MuiLink, TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useLogin, useTranslate } from 'react-admin';
import { Link, useLocation } from 'react-router-dom';
import { Note } from '../parts/note';
import { api, ApiError, ok } from '../providers/client';
import { isSignInOver } from '../providers/me';
import { SignInFrame } from './frame';
import { Fault } from './fault';
import { PasswordField } from './password-field';

/** Email and password, then the code of the authenticator app where one is set up. */
export function SignInPage() {
  const translate = useTranslate();
  const login = useLogin();
  const { hash } = useLocation();
  const [step, setStep] = useState<'password' | 'totp' | 'recovery'>('password');
  const [fault, setFault] = useState<ApiError | null>(null);
  const [isBusy, setBusy] = useState(false);
  const { data: ways } = useQuery({ queryKey: ['sign-in'], queryFn: () => ok(api.GET('/admin/v1/me')), retry: false });

  const send = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    setBusy(true);
    setFault(null);
    try {
      const answer =
        step === 'password'
          ? await ok(api.POST('/admin/v1/sign-in', { body: { email: given.email ?? '', password: given.password ?? '' } }))
          : await ok(api.POST('/admin/v1/sign-in/code', { body: { code: (given.code ?? '').trim(), kind: step } }));
      if (answer.status === 'code_required') setStep('totp');
      else await login({});
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFault(error);
      if (error.code === 'sign_in_again') setStep('password');
    } finally {
      setBusy(false);
    }
  };
  const single = async (): Promise<void> => {
    setFault(null);
    try {
      const { url } = await ok(api.POST('/admin/v1/sign-in/oidc'));
      window.location.assign(url);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFault(error);
    }
  };

  return (
    <SignInFrame
      title={translate(step === 'password' ? 'sign_in.title' : 'sign_in.code_title')}
      lead={translate(`sign_in.lead_${step}`)}
      onSubmit={(event) => void send(event)}
    >
      {isSignInOver() && !fault && <Note state="uncertain" title={translate('sign_in.over')} />}
      {fault ? <Fault error={fault} /> : hash === '#single-sign-on' && <Fault message={translate('sign_in.oidc_refused')} />}
      {step === 'password' ? (
        <>
          <TextField
            key="email"
            id="email"
            name="email"
            type="email"
            label={translate('sign_in.email')}
            autoComplete="username"
            required
            autoFocus
          />
          <PasswordField
            key="password"
            id="password"
            name="password"
            label={translate('sign_in.password')}
            autoComplete="current-password"
            required
          />
        </>
      ) : (
        <TextField
          key={step}
          id="code"
          name="code"
          label={translate(step === 'totp' ? 'sign_in.code' : 'sign_in.recovery_code')}
          autoComplete="one-time-code"
          slotProps={{ htmlInput: { inputMode: step === 'totp' ? 'numeric' : 'text' } }}
          required
          autoFocus
        />
      )}
      <Button type="submit" variant="contained" aria-disabled={isBusy}>
        {translate(isBusy ? 'sign_in.busy' : 'sign_in.submit')}
      </Button>
      {step === 'password' && ways?.oidc && (
        <Button variant="outlined" onClick={() => void single()}>
          {translate('sign_in.oidc', { name: ways.oidc })}
        </Button>
      )}
      {step === 'password' ? (
        <MuiLink component={Link} to="/forgot-password" className="small">
          {translate('sign_in.forgot')}
        </MuiLink>
      ) : (
        <MuiLink
          component="button"
          type="button"
          className="small"
          sx={{ justifySelf: 'start' }}
          onClick={() => setStep(step === 'totp' ? 'recovery' : 'totp')}
        >
          {translate(step === 'totp' ? 'sign_in.use_recovery' : 'sign_in.use_totp')}
        </MuiLink>
      )}
    </SignInFrame>
  );
}
