import { TextField } from '@mui/material';

/** Asks for the name of a subject before a decision about it, so that nobody takes the wrong one. */
export function TypedName({
  label,
  value,
  onChange,
  fault,
  autoFocus = true,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  fault: string | null;
  /** False where it stands below other content, so that the page does not scroll to it. */
  autoFocus?: boolean;
}) {
  return (
    <TextField
      autoFocus={autoFocus}
      autoComplete="off"
      label={label}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      error={fault !== null}
      helperText={fault}
      slotProps={{ htmlInput: { dir: 'auto', spellCheck: false } }}
    />
  );
}

/** True when the typed text names it: case and outer spaces do not count. */
export const isNamed = (typed: string, name: string): boolean => typed.trim().toLocaleLowerCase() === name.trim().toLocaleLowerCase();
