import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNames, useNamesOf } from './segments';
import { Autocomplete } from '../parts/autocomplete';

interface Named {
  id: string;
  name: string;
}

/** Chooses a list or a segment by its name: the newest are offered, and older ones are found by what is typed. */
export function NameField({
  kind,
  label,
  value,
  first,
  except,
  help,
  isFault = false,
  startsOpen = false,
  onChange,
}: {
  kind: 'list' | 'segment';
  label: string;
  /** Id of what is chosen; '': nothing. */
  value: string;
  /** A choice before all others, such as a new one. */
  first?: Named;
  /** Id that is not offered. */
  except?: string;
  help?: string | null | undefined;
  isFault?: boolean;
  startsOpen?: boolean;
  onChange: (id: string) => void;
}) {
  const translate = useTranslate();
  const [typed, setTyped] = useState('');
  const [picked, setPicked] = useState<Named | null>(null);
  const { data = [] } = useNames(kind, typed);
  const options = [...(first ? [first] : []), ...data.filter(({ id }) => id !== except)];
  // What was chosen may be none of those that are offered now.
  const offered = [picked, ...options].find((one) => one?.id === value);
  const name = useNamesOf(value === '' || offered ? [] : [{ kind, id: value }]).get(value);
  const chosen = offered ?? (name === undefined ? null : { id: value, name });
  return (
    <Autocomplete<Named>
      size="small"
      openOnFocus={startsOpen}
      options={options}
      value={chosen}
      noOptionsText={translate('segments.builder.no_options')}
      getOptionLabel={({ name }) => name}
      getOptionKey={({ id }) => id}
      isOptionEqualToValue={(one, other) => one.id === other.id}
      // The server has searched already.
      filterOptions={(all) => all}
      onInputChange={(_event, text, reason) => setTyped(reason === 'input' ? text : '')}
      onChange={(_event, one) => {
        setPicked(one);
        onChange(one?.id ?? '');
      }}
      renderOption={({ key, ...props }, { name }) => (
        <li key={key} {...props}>
          <bdi dir="auto">{name}</bdi>
        </li>
      )}
      renderInput={(params) => <TextField {...params} label={label} helperText={help} error={isFault} autoFocus={startsOpen} />}
    />
  );
}
