import '../parts/access.css';
import { TextField } from '@mui/material';
import { useId, useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { useCountryNames } from '../i18n/country-names';
import { Autocomplete } from '../parts/autocomplete';
import { FormDrawer } from '../parts/form-drawer';
import { useOpened } from '../parts/opened';
import { ClientTag } from '../parts/values';
import { api, ok } from '../providers/client';
import { useFaults } from '../providers/field-faults';
import type { Client } from '../providers/clients';
import { clientColours } from '../theme/tokens';
import { countries } from './countries';
import { useClientAct } from './client-queries';

/** Adds a client, or changes name, country and looks of one. */
export function ClientForm({
  client: newest,
  tag,
  onClose,
  onMade,
}: {
  client?: Client;
  tag?: string | null;
  onClose: () => void;
  onMade?: (id: string) => void;
}) {
  const translate = useTranslate();
  const { value: client, header } = useOpened(newest, tag);
  const locale = useLocale();
  const label = useId();
  const act = useClientAct();
  const [name, setName] = useState(client?.name ?? '');
  const [country, setCountry] = useState(client?.default_country ?? homeCountry(locale));
  const [colour, setColour] = useState(client?.colour ?? null);
  const [initials, setInitials] = useState(client?.initials ?? '');
  const faults = useFaults(act.error);
  const countryName = useCountryNames();
  const say = (key: string): string => translate(`clients.form.${key}`);
  const send = (): void =>
    act.mutate(async () => {
      const looks = { colour, initials: initials.trim() || null };
      const body = { name: name.trim(), default_country: country };
      const id = client?.id ?? (await ok(api.POST('/admin/v1/tenants', { body }))).id;
      if (client || looks.colour || looks.initials)
        await ok(api.PATCH('/admin/v1/tenants/{id}', { params: { path: { id }, header }, body: { ...(client && body), ...looks } }));
      onClose();
      onMade?.(id);
    });
  return (
    <FormDrawer
      title={client ? client.name : translate('clients.add')}
      button={translate(client ? 'clients.save' : 'clients.create')}
      act={act}
      onClose={onClose}
      onDo={send}
    >
      {act.error?.status === 412 && <p className="text">{translate('form.changed')}</p>}
      <TextField
        autoFocus
        required
        label={say('name')}
        helperText={faults.name ?? say('name_help')}
        error={'name' in faults}
        value={name}
        onChange={(event) => setName(event.target.value)}
        slotProps={{ htmlInput: { maxLength: 200, dir: 'auto' }, inputLabel: { required: false } }}
      />
      <Autocomplete
        size="small"
        disableClearable
        options={countries}
        value={country}
        getOptionLabel={countryName}
        onChange={(_, code) => setCountry(code)}
        renderInput={(params) => (
          <TextField
            {...params}
            label={say('country')}
            error={'default_country' in faults}
            helperText={faults.default_country ?? say('country_help')}
          />
        )}
      />
      <div role="group" aria-labelledby={label}>
        <div id={label} className="strong" style={{ fontSize: 13, marginBottom: 5, fontWeight: 500 }}>
          {say('colour')}
        </div>
        <div className="swatches">
          {[null, ...clientColours].map((value) => {
            const words = value ? translate(`clients.colour.${value}`) : say('made');
            return (
              <button
                key={value ?? 'made'}
                type="button"
                className={value ? undefined : 'made'}
                aria-pressed={colour === value}
                title={words}
                onClick={() => setColour(value)}
              >
                <ClientTag id={client?.id ?? 'new'} name={name || '··'} given={{ colour: value, initials: initials.trim() || null }} />
                <span className="hidden">{words}</span>
              </button>
            );
          })}
        </div>
      </div>
      <TextField
        label={say('initials')}
        helperText={faults.initials ?? say('initials_help')}
        error={'initials' in faults}
        value={initials}
        onChange={(event) => setInitials(event.target.value)}
        sx={{ maxWidth: 200 }}
        slotProps={{ htmlInput: { maxLength: 2, dir: 'auto' } }}
      />
    </FormDrawer>
  );
}

/** Country of the language as the browser writes it, such as GB in en-GB. */
function homeCountry(locale: string): string {
  const found = [navigator.language, locale]
    .map((tag) => new Intl.Locale(tag).maximize().region)
    .find((code) => code && countries.includes(code));
  return found ?? 'GB';
}
