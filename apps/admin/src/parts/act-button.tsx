import { Button, type ButtonProps, CircularProgress, Tooltip } from '@mui/material';
import { type MouseEvent, useId } from 'react';

/** A button that says why when it is off, and stays where the keyboard finds it; while it works, its word may change. */
export function ActButton({
  off,
  busy,
  reason = 'beside',
  children,
  onClick,
  ...props
}: Omit<ButtonProps, 'disabled'> & {
  /** Reason why it cannot be done. */
  off?: string | null | undefined;
  /** Set while it works; a string replaces its words. */
  busy?: string | boolean | undefined;
  /** Place of the reason: beside the button, or as a tip in a row of a table. */
  reason?: 'beside' | 'tip';
}) {
  const id = useId();
  const isOff = !!off || !!busy;
  const button = (
    <Button
      {...props}
      aria-disabled={isOff || undefined}
      aria-describedby={off ? id : undefined}
      aria-busy={!!busy}
      className={off ? 'off' : undefined}
      onClick={(event: MouseEvent<HTMLButtonElement>) => (isOff ? event.preventDefault() : onClick?.(event))}
      startIcon={busy ? <CircularProgress aria-hidden size={14} color="inherit" /> : props.startIcon}
    >
      {typeof busy === 'string' ? busy : children}
    </Button>
  );
  if (!off) return button;
  if (reason === 'tip')
    return (
      <>
        {/* The reason describes the button; its words stay its name. */}
        <Tooltip describeChild title={off}>
          {button}
        </Tooltip>
        <span id={id} className="hidden">
          {off}
        </span>
      </>
    );
  return (
    <span className="act-button">
      <span id={id} className="small mute">
        {off}
      </span>
      {button}
    </span>
  );
}
