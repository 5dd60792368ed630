import { Button, Link as MuiLink, TextField } from '@mui/material';
import { type FormEvent, useState } from 'react';
import { useLogin, useTranslate } from 'react-admin';
import { Link, useLocation, useNavigate } from 'react-router-dom';
import { api, ApiError, ok } from '../providers/client';
import { Fault } from './fault';
import { SignInFrame } from './frame';
import { PasswordField } from './password-field';

function textOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value : '';
}

/** Asks for a mail with a link. The answer is the same whoever is asked for. */
export function ForgotPasswordPage() {
  const translate = useTranslate();
  const [isSent, setSent] = useState(false);
  const [fault, setFault] = useState<ApiError | null>(null);
  const send = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const email = textOf(event.currentTarget, 'email');
    try {
      await ok(api.POST('/admin/v1/password-resets', { body: { email } }));
      setSent(true);
    } catch (error) {
      setFault(error as ApiError);
    }
  };
  return (
    <SignInFrame
      title={translate('reset.title')}
      lead={translate(isSent ? 'reset.sent' : 'reset.lead')}
      onSubmit={(event) => void send(event)}
    >
      {fault && <Fault error={fault} />}
      {!isSent && (
        <>
          <TextField id="email" name="email" type="email" label={translate('sign_in.email')} autoComplete="username" required autoFocus />
          <Button type="submit" variant="contained">
            {translate('reset.submit')}
          </Button>
        </>
      )}
      <MuiLink component={Link} to="/login" className="small">
        {translate('reset.back')}
      </MuiLink>
    </SignInFrame>
  );
}

/** Sets a password with the link of an invitation or a reset, then signs in with it. */
export function SetPasswordPage() {
  const translate = useTranslate();
  const navigate = useNavigate();
  const login = useLogin();
  const token = useLocation().hash.slice(1);
  const [fault, setFault] = useState<ApiError | null>(null);
  const send = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const password = textOf(event.currentTarget, 'password');
    setFault(null);
    try {
      const answer = await ok(api.POST('/admin/v1/password', { body: { token, password } }));
      if (answer.status === 'signed_in') await login({});
      else void navigate('/login');
    } catch (error) {
      setFault(error as ApiError);
    }
  };
  return (
    <SignInFrame title={translate('set_password.title')} lead={translate('set_password.lead')} onSubmit={(event) => void send(event)}>
      {fault && <Fault error={fault} />}
      <PasswordField
        id="password"
        name="password"
        label={translate('set_password.password')}
        helperText={translate('set_password.help')}
        autoComplete="new-password"
        required
        autoFocus
      />
      <Button type="submit" variant="contained">
        {translate('set_password.submit')}
      </Button>
    </SignInFrame>
  );
}

/** Signs in with a link that works once, such as the demo's. */
export function LinkPage() {
  const translate = useTranslate();
  const login = useLogin();
  const token = useLocation().hash.slice(1);
  const [fault, setFault] = useState<ApiError | null>(null);
  const enter = async (): Promise<void> => {
    setFault(null);
    try {
      await ok(api.POST('/admin/v1/sign-in/link', { body: { token } }));
      await login({});
    } catch (error) {
      setFault(error as ApiError);
    }
  };
  return (
    <SignInFrame title={translate('link.title')} lead={translate('link.lead')}>
      {fault && <Fault error={fault} />}
      <Button variant="contained" onClick={() => void enter()} autoFocus>
        {translate('link.submit')}
      </Button>
      <MuiLink component={Link} to="/login" className="small">
        {translate('reset.back')}
      </MuiLink>
    </SignInFrame>
  );
}
