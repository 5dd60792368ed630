import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { FormDrawer } from '../parts/form-drawer';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import type { Me } from '../providers/me';
import { GrantsField } from './grants-field';
import { PasswordLinkDialog } from './password-link';
import { type Grant, type PasswordLink, usePeopleAct } from './people';

/** Invites a person with roles. Without a mail server the link is shown. */
export function InviteDrawer({ me, onClose }: { me: Me; onClose: () => void }) {
  const translate = useTranslate();
  const act = usePeopleAct();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [grants, setGrants] = useState<Grant[]>([{ role: 'operator', tenant_id: null }]);
  const [link, setLink] = useState<PasswordLink | null>(null);
  const faults = useFaults(act.error);
  if (link) return <PasswordLinkDialog link={link} onClose={onClose} />;
  return (
    <FormDrawer
      title={translate('staff.invite')}
      button={translate('staff.invite_do')}
      act={act}
      onClose={onClose}
      onDo={() =>
        act.mutate(async () => setLink(await ok(api.POST('/admin/v1/staff', { body: { name: name.trim(), email: email.trim(), grants } }))))
      }
    >
      <TextField
        autoFocus
        required
        label={translate('staff.form.name')}
        error={'name' in faults}
        helperText={faults.name}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 120, dir: 'auto' }, inputLabel: { required: false } }}
      />
      <TextField
        required
        type="email"
        autoComplete="off"
        label={translate('staff.form.email')}
        error={'email' in faults}
        helperText={faults.email ?? translate('staff.form.email_help')}
        value={email}
        onChange={(event) => setEmail(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 254, dir: 'ltr' }, inputLabel: { required: false } }}
      />
      <GrantsField me={me} grants={grants} onChange={setGrants} fault={faults.grants} />
    </FormDrawer>
  );
}
