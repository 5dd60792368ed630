import '../parts/access.css';
import { Checkbox, MenuItem, TextField } from '@mui/material';
import { useId, useState } from 'react';
import { useTranslate } from 'react-admin';
import { listOf } from '../numbers/dialogs';
import { Autocomplete } from '../parts/autocomplete';
import { FormDrawer } from '../parts/form-drawer';
import type { components } from '../providers/api-types';
import { useAct } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import { type Me, mayDo } from '../providers/me';
import { useNumberNames } from '../providers/number-names';
import { groupOf, permissionGroups, wordsOf } from '../providers/permissions';
import { useTenant } from '../providers/tenant';
import type { Scope } from './keys';
import { NewKey } from './new-key';

type Made = components['schemas']['NewApiKey'];

/** Rights of a key, the most common first. One that is missing does not compile. */
export const scopes = Object.keys({
  'messages:write': true,
  'conversations:write': true,
  'events:write': true,
  'contacts:manage': true,
  'campaigns:launch': true,
  'campaigns:manage': true,
  'sessions:manage': true,
  'callbacks:manage': true,
  'events:manage': true,
  'dead_letters:manage': true,
  'keys:manage': true,
  'tenant:manage': true,
  'messages:read': true,
  'conversations:read': true,
  'contacts:read': true,
  'campaigns:read': true,
  'sessions:read': true,
  'events:read': true,
  'callbacks:read': true,
  'callbacks:bodies': true,
  'dead_letters:read': true,
} satisfies Record<Scope, true>) as Scope[];

/** Rights of most applications. */
const usual: Scope[] = ['messages:write', 'messages:read'];
const day = 86_400_000;
const expiries = ['30', '90', '365', 'never'] as const;
type Expiry = (typeof expiries)[number];

/** Makes a key: its rights in words, the numbers it is limited to, its end, the addresses it works from. Its secret is shown once. */
export function CreateKeyDrawer({ me, onClose }: { me: Me; onClose: () => void }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const act = useAct(['keys']);
  const legend = useId();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<Scope[]>(() => usual.filter((scope) => mayDo(me, scope, tenant)));
  const [expiry, setExpiry] = useState<Expiry>('365');
  const [addresses, setAddresses] = useState('');
  const [sessionIds, setSessionIds] = useState<string[]>([]);
  const [isEmpty, setEmpty] = useState(false);
  const [made, setMade] = useState<Made | null>(null);
  const faults = useFaults(act.error);
  if (made) return <NewKey apiKey={made} onClose={onClose} />;
  const send = (): void => {
    if (chosen.length === 0) return setEmpty(true);
    const allowed = listOf(addresses);
    act.mutate(async () => {
      setMade(
        await ok(
          api.POST('/v1/api-keys', {
            body: {
              name: name.trim(),
              scopes: chosen,
              ...(expiry !== 'never' && { expires_at: new Date(Date.now() + Number(expiry) * day).toISOString() }),
              ...(allowed.length > 0 && { allowed_addresses: allowed }),
              ...(sessionIds.length > 0 && { session_ids: sessionIds }),
            },
          }),
        ),
      );
    });
  };
  const toggle = (scope: Scope): void => {
    setEmpty(false);
    setChosen((old) => (old.includes(scope) ? old.filter((other) => other !== scope) : [...old, scope]));
  };
  return (
    <FormDrawer title={translate('keys.add')} button={translate('keys.create')} act={act} onDo={send} onClose={onClose}>
      <TextField
        autoFocus
        required
        label={translate('keys.form.name')}
        helperText={faults.name ?? translate('keys.form.name_help')}
        error={'name' in faults}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 200, dir: 'auto' }, inputLabel: { required: false } }}
      />
      <fieldset className="choices" aria-describedby={`${legend}-help`}>
        <legend>{translate('keys.form.scopes')}</legend>
        <span id={`${legend}-help`} className="small mute">
          {translate('keys.form.scopes_help')}
        </span>
        {permissionGroups.map((group) => (
          <Rights
            key={group}
            title={translate(`permission_group.${group}`)}
            rights={scopes.filter((scope) => groupOf(scope) === group)}
            chosen={chosen}
            me={me}
            tenant={tenant}
            onToggle={toggle}
          />
        ))}
        {isEmpty && (
          <div className="field-error" role="alert">
            {translate('keys.form.none')}
          </div>
        )}
      </fieldset>
      <NumberChoice
        chosen={sessionIds}
        fault={Object.entries(faults).find(([path]) => path.startsWith('session_ids'))?.[1]}
        onChange={setSessionIds}
      />
      <TextField
        select
        label={translate('keys.form.expiry')}
        helperText={faults.expires_at ?? translate('keys.form.expiry_help')}
        error={'expires_at' in faults}
        value={expiry}
        onChange={(event) => setExpiry(event.target.value as Expiry)}
      >
        {expiries.map((value) => (
          <MenuItem key={value} value={value}>
            {value === 'never'
              ? translate('keys.form.never')
              : value === '365'
                ? translate('keys.form.in_year')
                : translate('keys.form.in_days', { smart_count: Number(value) })}
          </MenuItem>
        ))}
      </TextField>
      <TextField
        label={translate('keys.form.addresses')}
        helperText={faults.allowed_addresses ?? translate('keys.form.addresses_help')}
        error={Object.keys(faults).some((path) => path.startsWith('allowed_addresses'))}
        value={addresses}
        onChange={(event) => setAddresses(event.target.value)}
        slotProps={{ htmlInput: { dir: 'ltr' } }}
      />
    </FormDrawer>
  );
}

function NumberChoice({ chosen, fault, onChange }: { chosen: string[]; fault: string | undefined; onChange: (ids: string[]) => void }) {
  const translate = useTranslate();
  const numbers = useNumberNames();
  return (
    <Autocomplete
      multiple
      disableCloseOnSelect
      options={[...numbers.keys()]}
      value={chosen}
      getOptionLabel={(id) => {
        const { name, phone } = numbers.get(id) ?? { name: id, phone: null };
        // Isolated, so that the plus stays in front where the name is written from right to left.
        return phone ? `${name} · \u2066${phone}\u2069` : name;
      }}
      getOptionKey={(id) => id}
      noOptionsText={translate('keys.form.no_numbers')}
      onChange={(_event, ids) => onChange(ids)}
      renderInput={(params) => (
        <TextField
          {...params}
          label={translate('keys.form.numbers')}
          helperText={fault ?? translate('keys.form.numbers_help')}
          error={fault !== undefined}
        />
      )}
    />
  );
}

function Rights({
  title,
  rights,
  chosen,
  me,
  tenant,
  onToggle,
}: {
  title: string;
  rights: Scope[];
  chosen: Scope[];
  me: Me;
  tenant: string | null;
  onToggle: (scope: Scope) => void;
}) {
  const translate = useTranslate();
  return (
    <>
      <h3>{title}</h3>
      {rights.map((scope) => {
        const mayGive = mayDo(me, scope, tenant);
        return (
          <label key={scope} className="choice">
            <Checkbox
              checked={chosen.includes(scope)}
              disabled={!mayGive}
              onChange={() => onToggle(scope)}
              slotProps={{ input: { 'aria-describedby': `scope-${scope.replace(':', '-')}` } }}
            />
            <span>
              {translate(wordsOf(scope))}{' '}
              <span id={`scope-${scope.replace(':', '-')}`} className="small mute">
                <span className="mono">{scope}</span>
                {!mayGive && ` · ${translate('keys.form.more_than_you')}`}
              </span>
            </span>
          </label>
        );
      })}
    </>
  );
}
