import { MenuItem, TextField } from '@mui/material';
import { useTranslate } from 'react-admin';
import { groupedPhone } from '../parts/values';
import { ownFirst, type SimulatorNumber, useOwnNumbers } from './simulator-data';

/** Most numbers that a field offers; the table finds the others. */
const maxOffered = 100;

/** Chooses a number of the simulator, or every one where `all` names that. */
export function NumberField({
  label,
  all,
  numbers,
  value,
  onChange,
}: {
  label: string;
  all?: string;
  numbers: SimulatorNumber[];
  value: number | null;
  onChange: (id: number | null) => void;
}) {
  const translate = useTranslate();
  const own = useOwnNumbers();
  const offered = ownFirst(numbers, own).filter(({ id }, at) => at < maxOffered || id === value);
  return (
    <TextField
      select
      label={translate(label)}
      value={value === null ? '' : String(value)}
      onChange={(event) => onChange(event.target.value === '' ? null : Number(event.target.value))}
      slotProps={{ select: { displayEmpty: true } }}
    >
      {all && <MenuItem value="">{translate(all)}</MenuItem>}
      {offered.map(({ id, name, phone }) => (
        <MenuItem key={id} value={String(id)}>
          {own.get(String(id))?.name ?? name}
          <bdi dir="ltr" className="mute small" style={{ marginInlineStart: 8 }}>
            {groupedPhone(phone)}
          </bdi>
        </MenuItem>
      ))}
    </TextField>
  );
}
