import { Button, type ButtonProps, Tooltip } from '@mui/material';
import { useId } from 'react';
import { useTranslate } from 'react-admin';
import { Note } from '../parts/page';
import type { ApiError } from '../providers/client';

/** A button that stays in reach when it is off, and says why. */
export function ActButton({
  off,
  isBusy,
  onClick,
  children,
  ...props
}: Omit<ButtonProps, 'disabled'> & { off?: string | null | undefined; isBusy?: boolean }) {
  const id = useId();
  const isOff = !!off || isBusy;
  const button = (
    <Button
      variant="outlined"
      {...props}
      className={off ? 'off' : ''}
      aria-disabled={isOff || undefined}
      aria-describedby={off ? id : undefined}
      aria-busy={isBusy}
      {...(props.type === 'submit' ? {} : { onClick: isOff ? undefined : onClick })}
    >
      {children}
    </Button>
  );
  if (!off) return button;
  return (
    <>
      <Tooltip title={off}>{button}</Tooltip>
      <span id={id} className="hidden">
        {off}
      </span>
    </>
  );
}

/** A refusal of the API: its sentence, code and request id. */
export function Refused({ error, title }: { error: ApiError | null; title?: string }) {
  const translate = useTranslate();
  if (!error) return null;
  return (
    <Note state="failed" title={title ?? translate('numbers.refused')}>
      {error.message || translate('failed.offline')}{' '}
      <span className="mono mute">{[error.code, error.requestId].filter(Boolean).join(' · ')}</span>
    </Note>
  );
}
