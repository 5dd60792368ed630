import { TextField } from '@mui/material';
import { useTranslate } from 'react-admin';

/** Field that says where a consent was given. */
export function SourceField({ value, isMissing, onChange }: { value: string; isMissing: boolean; onChange: (source: string) => void }) {
  const translate = useTranslate();
  return (
    <TextField
      autoFocus
      label={translate('contacts.source')}
      helperText={translate(isMissing ? 'contacts.source_needed' : 'contacts.source_help')}
      error={isMissing}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { maxLength: 64, dir: 'auto' } }}
    />
  );
}
