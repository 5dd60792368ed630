import { TextField } from '@mui/material';
import { useTranslate } from 'react-admin';

/** Field of the reason that a discard takes. */
export function ReasonField({ value, isMissing, onChange }: { value: string; isMissing: boolean; onChange: (reason: string) => void }) {
  const translate = useTranslate();
  return (
    <TextField
      label={translate('dead_letters.discard_one.reason')}
      helperText={translate(isMissing ? 'dead_letters.discard_one.needed' : 'dead_letters.discard_one.reason_help')}
      error={isMissing}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      multiline
      minRows={3}
      autoFocus
      slotProps={{ htmlInput: { maxLength: 500, style: { padding: '6px 10px' } } }}
    />
  );
}
