import '../parts/access.css';
import AddOutlined from '@mui/icons-material/AddOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import { Button, IconButton, MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { useClients } from '../providers/clients';
import type { Me } from '../providers/me';
import { type Grant, type Role, roles } from './people';

const everywhere = 'all';

/** Roles of a person, each for one client or for all. Only owners give the role owner. */
export function GrantsField({
  me,
  grants,
  onChange,
  fault,
}: {
  me: Me;
  grants: Grant[];
  onChange: (grants: Grant[]) => void;
  fault?: string | undefined;
}) {
  const translate = useTranslate();
  const { data: clients = [] } = useClients();
  const isOwner = me.grants.some(({ role, tenant_id }) => role === 'owner' && tenant_id === null);
  const put = (at: number, change: Partial<Grant>): void =>
    onChange(grants.map((grant, i) => (i === at ? { ...grant, ...change } : grant)));
  return (
    <fieldset className="choices">
      <legend>{translate('staff.form.grants')}</legend>
      <span className="small mute">{translate('staff.form.grants_help')}</span>
      {grants.map(({ role, tenant_id }, at) => (
        // Rows have no identity of their own, and none moves.
        <div key={at}>
          <div className="grant-row">
            <TextField
              select
              label={translate('staff.form.role')}
              value={role}
              onChange={(event) => put(at, { role: event.target.value as Role })}
            >
              {roles.map((name) => (
                <MenuItem key={name} value={name} disabled={name === 'owner' && !isOwner}>
                  <span>
                    {translate(`staff.role.${name}`)}
                    {name === 'owner' && !isOwner && <span className="small mute"> · {translate('staff.form.only_owners')}</span>}
                  </span>
                </MenuItem>
              ))}
            </TextField>
            <TextField
              select
              label={translate('staff.form.client')}
              value={tenant_id ?? everywhere}
              onChange={(event) => put(at, { tenant_id: event.target.value === everywhere ? null : event.target.value })}
            >
              <MenuItem value={everywhere}>{translate('staff.form.all')}</MenuItem>
              {clients.map(({ id, name }) => (
                <MenuItem key={id} value={id}>
                  {name}
                </MenuItem>
              ))}
            </TextField>
            {grants.length > 1 && (
              <IconButton aria-label={translate('staff.form.remove')} onClick={() => onChange(grants.filter((_, i) => i !== at))}>
                <CloseOutlined />
              </IconButton>
            )}
          </div>
          <div className="small mute" style={{ marginTop: 4 }}>
            {translate(`staff.role_text.${role}`)}
          </div>
        </div>
      ))}
      {fault && (
        <div className="field-error" role="alert">
          {fault}
        </div>
      )}
      <div>
        <Button
          variant="text"
          startIcon={<AddOutlined />}
          onClick={() => onChange([...grants, { role: 'viewer', tenant_id: clients[0]?.id ?? null }])}
        >
          {translate('staff.form.add')}
        </Button>
      </div>
    </fieldset>
  );
}

/** Roles in words, each with its client. */
export function useGrantWords(): (grant: Grant) => string {
  const translate = useTranslate();
  const { data: clients = [] } = useClients();
  return ({ role, tenant_id }) => {
    const name = translate(`staff.role.${role}`);
    if (tenant_id === null) return translate('staff.at', { role: name, client: translate('staff.everywhere') });
    return translate('staff.at', {
      role: name,
      client: clients.find(({ id }) => id === tenant_id)?.name ?? translate('staff.hidden_client'),
    });
  };
}
