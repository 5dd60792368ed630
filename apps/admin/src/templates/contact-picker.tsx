import { TextField } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { addressForm, type ListedContact } from '../contacts/contacts';
import { Autocomplete } from '../parts/autocomplete';
import { plainName } from '../parts/person-text';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

/** Finds a contact by name or phone; the newest ones are offered first. */
export function ContactPicker({ value, onChange }: { value: ListedContact | null; onChange: (contact: ListedContact | null) => void }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const [text, setText] = useState('');
  const typed = text.trim();
  const { data = [], isFetching } = useQuery({
    queryKey: ['contacts', 'picker', tenant, typed],
    queryFn: async ({ signal }) => {
      const query = typed === '' ? {} : addressForm.test(typed) ? { address: typed } : { name: typed };
      return (await ok(api.GET('/v1/contacts', { params: { query: { ...query, limit: 20 } }, signal }))).data;
    },
    enabled: tenant !== null,
    staleTime: 30_000,
    retry: false,
  });
  return (
    <Autocomplete<ListedContact>
      options={data}
      loading={isFetching}
      value={value}
      filterOptions={(all) => all}
      getOptionLabel={({ name, addresses }) => plainName(name, addresses[0])}
      getOptionKey={({ id }) => id}
      isOptionEqualToValue={(a, b) => a.id === b.id}
      onChange={(_event, contact) => onChange(contact)}
      onInputChange={(_event, next, reason) => setText(reason === 'input' ? next : '')}
      noOptionsText={translate('templates.no_contact')}
      loadingText={translate('templates.finding')}
      renderInput={(params) => (
        <TextField {...params} label={translate('templates.as_contact')} placeholder={translate('templates.as_nobody')} />
      )}
    />
  );
}
