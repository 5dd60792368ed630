import '../parts/access.css';
import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import { Button, TextField } from '@mui/material';
import { QRCodeSVG } from 'qrcode.react';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { DecisionDialog } from '../parts/decision-dialog';
import { CopyBox } from '../parts/copy-box';
import { FormDrawer } from '../parts/form-drawer';
import { OnceDialog } from '../parts/once';
import type { components } from '../providers/api-types';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';

type Setup = components['schemas']['TotpSetup'];

function PasswordField({ value, onChange, fault }: { value: string; onChange: (value: string) => void; fault: string | undefined }) {
  const translate = useTranslate();
  return (
    <TextField
      autoFocus
      required
      type="password"
      autoComplete="current-password"
      label={translate('own.confirm_password')}
      error={!!fault}
      helperText={fault ?? translate('own.confirm_help')}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { maxLength: 256 }, inputLabel: { required: false } }}
    />
  );
}

/** Refusals that a field says itself. */
function ownFault(act: ReturnType<typeof useAct>, code: string): { fault: string | undefined; rest: ReturnType<typeof useAct>['error'] } {
  const isOwn = act.error?.code === code;
  return { fault: isOwn ? act.error?.message : undefined, rest: isOwn ? null : act.error };
}

/** Sets up an authenticator app: the password, then the code to scan and the recovery codes, then a code of the app. */
export function TotpDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const translate = useTranslate();
  const start = useAct();
  const confirm = useAct(['me'], ['staff']);
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [setup, setSetup] = useState<Setup | null>(null);
  const say = (key: string): string => translate(`own.totp.${key}`);
  if (!setup) {
    const { fault, rest } = ownFault(start, 'wrong_password');
    return (
      <FormDrawer
        key="password"
        title={say('title')}
        button={translate('own.go_on')}
        act={{ isPending: start.isPending, error: rest }}
        onClose={onClose}
        onDo={() => start.mutate(async () => setSetup(await ok(api.POST('/admin/v1/me/totp', { body: { password } }))))}
      >
        <p className="text">{say('password_text')}</p>
        <PasswordField value={password} onChange={setPassword} fault={fault} />
      </FormDrawer>
    );
  }
  const { fault, rest } = ownFault(confirm, 'wrong_code');
  return (
    <FormDrawer
      key="code"
      title={say('title')}
      button={say('do')}
      act={{ isPending: confirm.isPending, error: rest }}
      onClose={onClose}
      onDo={() =>
        confirm.mutate(() => ok(api.POST('/admin/v1/me/totp/confirm', { body: { code: code.replace(/\s/g, '') } })), { onSuccess: onDone })
      }
    >
      <div>
        <h3>{say('scan')}</h3>
        <div className="totp-code">
          <QRCodeSVG value={setup.uri} size={184} marginSize={0} title={say('qr_label')} />
        </div>
      </div>
      <CopyBox label={say('key')} value={new URL(setup.uri).searchParams.get('secret') ?? ''} />
      <div>
        <h3>{say('codes')}</h3>
        <p className="text">{say('codes_text')}</p>
        <Codes codes={setup.recovery_codes} />
      </div>
      <div>
        <h3>{say('confirm')}</h3>
        <TextField
          required
          label={say('code')}
          autoComplete="one-time-code"
          error={!!fault}
          helperText={fault ?? say('unfinished')}
          value={code}
          onChange={(event) => setCode(event.target.value)}
          sx={{ maxWidth: 260 }}
          slotProps={{ htmlInput: { inputMode: 'numeric', maxLength: 8, dir: 'ltr' }, inputLabel: { required: false } }}
        />
      </div>
    </FormDrawer>
  );
}

/** Recovery codes with ways to keep them. */
function Codes({ codes }: { codes: string[] }) {
  const translate = useTranslate();
  const text = `${codes.join('\n')}\n`;
  return (
    <>
      <CopyBox label={translate('own.codes_label')} value={codes.join('\n')} />
      <Button
        variant="outlined"
        startIcon={<DownloadOutlined />}
        component="a"
        href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
        download={translate('own.file')}
        sx={{ marginTop: 1 }}
      >
        {translate('own.download')}
      </Button>
    </>
  );
}

/** Makes new recovery codes, which end the old ones. */
export function NewCodesDialog({ onClose }: { onClose: () => void }) {
  const translate = useTranslate();
  const act = useAct();
  const [password, setPassword] = useState('');
  const [codes, setCodes] = useState<string[] | null>(null);
  if (codes)
    return (
      <OnceDialog title={translate('own.codes_title')} button={translate('own.kept')} onClose={onClose}>
        <p className="text">{translate('own.codes_text')}</p>
        <Codes codes={codes} />
      </OnceDialog>
    );
  const { fault, rest } = ownFault(act, 'wrong_password');
  return (
    <DecisionDialog
      title={translate('own.codes_form_title')}
      button={translate('own.codes_do')}
      back={translate('own.cancel')}
      act={{ isPending: act.isPending, error: rest }}
      onClose={onClose}
      onDo={() =>
        act.mutate(async () => setCodes((await ok(api.POST('/admin/v1/me/recovery-codes', { body: { password } }))).recovery_codes))
      }
    >
      <p className="text">{translate('own.codes_form_text')}</p>
      <PasswordField value={password} onChange={setPassword} fault={fault} />
    </DecisionDialog>
  );
}

/** Removes the authenticator app. */
export function RemoveTotpDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const translate = useTranslate();
  const act = useAct(['staff']);
  const [password, setPassword] = useState('');
  const { fault, rest } = ownFault(act, 'wrong_password');
  return (
    <DecisionDialog
      title={translate('own.remove_title')}
      button={translate('own.remove_do')}
      back={translate('own.cancel')}
      isDanger
      act={{ isPending: act.isPending, error: rest }}
      onClose={onClose}
      onDo={() => act.mutate(() => ok(api.POST('/admin/v1/me/totp/remove', { body: { password } })), { onSuccess: onDone })}
    >
      <p className="text">{translate('own.remove_text')}</p>
      <PasswordField value={password} onChange={setPassword} fault={fault} />
    </DecisionDialog>
  );
}
