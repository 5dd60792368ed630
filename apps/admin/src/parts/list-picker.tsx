import { TextField } from '@mui/material';
import { type ReactNode, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNames, useNamesOf } from '../segments/segments';
import { Autocomplete } from './autocomplete';

/** A field that chooses one list of contacts, found by its name. */
export function ListPicker({
  label,
  help,
  value,
  onChange,
}: {
  label: string;
  help?: ReactNode;
  /** Id of the list; empty: none. */
  value: string;
  onChange: (id: string) => void;
}) {
  const translate = useTranslate();
  const [typed, setTyped] = useState('');
  const { data = [] } = useNames('list', typed);
  const listed = new Map(data.map(({ id, name }) => [id, name]));
  const chosen = useNamesOf(value !== '' && !listed.has(value) ? [{ kind: 'list', id: value }] : []);
  return (
    <Autocomplete
      options={[...listed.keys()]}
      value={value === '' ? null : value}
      getOptionLabel={(id) => listed.get(id) ?? chosen.get(id) ?? `${id.slice(0, 8)}…`}
      getOptionKey={(id) => id}
      filterOptions={(all) => all}
      noOptionsText={translate('segments.builder.no_options')}
      onInputChange={(_event, next, reason) => reason === 'input' && setTyped(next)}
      onChange={(_event, id) => onChange(id ?? '')}
      renderInput={(params) => <TextField {...params} label={label} helperText={help} />}
    />
  );
}
