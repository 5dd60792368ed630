import { MenuItem, TextField } from '@mui/material';
import { useState } from 'react';
import { useLocale, useTranslate } from 'react-admin';
import { useCountryNames } from '../i18n/country-names';
import { Autocomplete } from '../parts/autocomplete';
import { firstValueOf, type SegmentField, useNames, useNamesOf, type Value, type ValueKind } from './segments';

interface Props {
  kind: ValueKind;
  field: SegmentField;
  value: Value;
  isOff: boolean;
  onChange: (value: Value) => void;
}

/** The value of a rule, as its operator takes it. A value of another kind counts as none. */
export function ValueInput(props: Props) {
  const { kind, value, isOff, onChange } = props;
  const translate = useTranslate();
  const label = translate('segments.builder.value');
  switch (kind) {
    case 'none':
      return null;
    case 'yes_no':
      return (
        <TextField
          select
          size="small"
          value={value === false ? 'no' : 'yes'}
          disabled={isOff}
          onChange={(event) => onChange(event.target.value === 'yes')}
          slotProps={{ select: { SelectDisplayProps: { 'aria-label': label } } }}
        >
          <MenuItem value="yes">{translate('contacts.yes')}</MenuItem>
          <MenuItem value="no">{translate('contacts.no')}</MenuItem>
        </TextField>
      );
    case 'days':
      return (
        <span className="with-unit">
          <NumberInput label={label} value={value} isOff={isOff} onChange={onChange} min={1} />
          <span className="small mute">{translate('segments.builder.days')}</span>
        </span>
      );
    case 'number':
      return <NumberInput label={label} value={value} isOff={isOff} onChange={onChange} />;
    case 'text':
    case 'day':
      return (
        <TextField
          size="small"
          {...(kind === 'day' && { type: 'date' })}
          value={typeof value === 'string' ? value.slice(0, kind === 'day' ? 10 : undefined) : ''}
          disabled={isOff}
          onChange={(event) => onChange(event.target.value)}
          slotProps={{ htmlInput: { 'aria-label': label, maxLength: 1_024 } }}
        />
      );
    case 'numbers':
    case 'two_days':
      return <Pair {...props} />;
    default:
      return <Several {...props} />;
  }
}

function NumberInput({
  label,
  value,
  isOff,
  min,
  onChange,
}: {
  label: string;
  value: Value;
  isOff: boolean;
  min?: number;
  onChange: (value: Value) => void;
}) {
  return (
    <TextField
      size="small"
      type="number"
      className="number"
      value={typeof value === 'number' ? value : ''}
      disabled={isOff}
      onChange={(event) => onChange(event.target.value === '' ? '' : Number(event.target.value))}
      slotProps={{ htmlInput: { 'aria-label': label, step: 'any', ...(min !== undefined && { min }) } }}
    />
  );
}

/** A lower and an upper value. */
function Pair({ kind, value, isOff, onChange }: Props) {
  const translate = useTranslate();
  const both = Array.isArray(value) ? value : [];
  const set = (at: 0 | 1, one: string | number): void => onChange(at === 0 ? [one, both[1] ?? ''] : [both[0] ?? '', one]);
  return (
    <span className="with-unit">
      {([0, 1] as const).map((at) => (
        <TextField
          key={at}
          size="small"
          type={kind === 'numbers' ? 'number' : 'date'}
          className="number"
          value={both[at] ?? ''}
          disabled={isOff}
          onChange={({ target }) => set(at, kind === 'numbers' && target.value !== '' ? Number(target.value) : target.value)}
          slotProps={{ htmlInput: { 'aria-label': translate(at === 0 ? 'segments.builder.from' : 'segments.builder.to'), step: 'any' } }}
        />
      ))}
    </span>
  );
}

/** Several texts, choices or things by name. */
function Several({ kind, field, value, isOff, onChange }: Props) {
  const translate = useTranslate();
  const locale = useLocale();
  const [typed, setTyped] = useState('');
  const refers = field.refers_to === 'campaign' ? 'campaign' : 'list';
  const names = useNames(refers, kind === 'ids' ? typed : '');
  const given = Array.isArray(value) ? value.map(String) : (firstValueOf(kind) as string[]);
  const listed = new Map(names.data?.map(({ id, name }) => [id, name]));
  // What was chosen may be none of those that are offered.
  const chosenNames = useNamesOf(kind === 'ids' ? given.filter((id) => !listed.has(id)).map((id) => ({ kind: refers, id })) : []);
  const countryName = useCountryNames();
  const labelOf = (one: string): string => {
    if (kind === 'ids') return listed.get(one) ?? chosenNames.get(one) ?? `${one.slice(0, 8)}…`;
    if (kind !== 'choices') return one;
    if (field.name === 'country') return countryName(one);
    return translate(`segments.choice.${field.name}.${one}`, { _: one });
  };
  const options = kind === 'ids' ? [...listed.keys()] : kind === 'choices' ? [...(field.choices ?? [])] : [];
  return (
    <Autocomplete
      multiple
      size="small"
      freeSolo={kind === 'texts'}
      autoSelect={kind === 'texts'}
      disabled={isOff}
      options={options.toSorted((a, b) => labelOf(a).localeCompare(labelOf(b), locale))}
      value={given}
      getOptionLabel={labelOf}
      getOptionKey={(one) => one}
      noOptionsText={translate('segments.builder.no_options')}
      limitTags={4}
      {...(kind === 'ids' && {
        filterOptions: (all: string[]) => all,
        onInputChange: (_event: unknown, next: string, reason: string) => reason !== 'reset' && setTyped(next),
      })}
      onChange={(_event, chosen) => onChange([...new Set(chosen.map((one) => one.trim()).filter(Boolean))].slice(0, 500))}
      renderInput={(params) => (
        <TextField
          {...params}
          placeholder={
            given.length === 0 ? translate(kind === 'texts' ? 'segments.builder.type_values' : 'segments.builder.choose') : undefined
          }
          slotProps={{ htmlInput: { ...params.inputProps, 'aria-label': translate('segments.builder.value') } }}
        />
      )}
    />
  );
}
