import { Button, type ButtonProps, CircularProgress } from '@mui/material';
import { type MouseEvent, useId } from 'react';

/** A button that says why when it is off, beside itself, and stays where the keyboard finds it; while it works, its word changes. */
export function ActButton({
  off,
  busy,
  children,
  onClick,
  ...props
}: ButtonProps & {
  /** Reason why it cannot be done. */
  off?: string | undefined;
  /** Word while it works. */
  busy?: string | false | undefined;
}) {
  const id = useId();
  const isOff = !!off || !!busy;
  return (
    <span className="act-button">
      {off && (
        <span id={id} className="small mute">
          {off}
        </span>
      )}
      <Button
        {...props}
        aria-disabled={isOff || undefined}
        aria-describedby={off ? id : undefined}
        className={off ? 'off' : undefined}
        onClick={(event: MouseEvent<HTMLButtonElement>) => (isOff ? event.preventDefault() : onClick?.(event))}
        startIcon={busy ? <CircularProgress size={14} color="inherit" /> : props.startIcon}
      >
        {busy || children}
      </Button>
    </span>
  );
}
