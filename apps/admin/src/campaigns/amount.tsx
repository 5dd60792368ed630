import { TextField } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';

/** A field for a number within bounds. What is typed stays; only a number within the bounds is handed on. Empty is null where that is allowed. */
export function Amount({
  label,
  help,
  value,
  min,
  max,
  isOptional = false,
  isWhole = true,
  isLabelHidden = false,
  onChange,
}: {
  label: string;
  help?: string;
  value: number | null;
  min: number;
  max: number;
  isOptional?: boolean;
  isWhole?: boolean;
  /** The label is said, and not shown. */
  isLabelHidden?: boolean;
  onChange: (value: number | null) => void;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const [text, setText] = useState(value === null ? '' : String(value));
  const read = readAmount(text, { min, max, isOptional, isWhole });
  const fault = read === undefined ? translate('campaigns.amount', { min: format.number(min), max: format.number(max) }) : null;
  return (
    <TextField
      type="number"
      {...(!isLabelHidden && { label })}
      value={text}
      error={fault !== null}
      helperText={fault ?? help}
      onChange={(event) => {
        setText(event.target.value);
        const now = readAmount(event.target.value, { min, max, isOptional, isWhole });
        if (now !== undefined) onChange(now);
      }}
      slotProps={{ htmlInput: { min, max, step: isWhole ? 1 : 'any', ...(isLabelHidden && { 'aria-label': label }) } }}
    />
  );
}

/** Returns the number that a text is; null: empty, where that is allowed; undefined: none within the bounds. */
export function readAmount(
  text: string,
  { min, max, isOptional, isWhole }: { min: number; max: number; isOptional: boolean; isWhole: boolean },
): number | null | undefined {
  if (text.trim() === '') return isOptional ? null : undefined;
  const value = Number(text);
  return Number.isFinite(value) && value >= min && value <= max && (!isWhole || Number.isInteger(value)) ? value : undefined;
}
