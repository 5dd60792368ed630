import { Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { type FormEvent, type ReactNode, useId } from 'react';
import { useTranslate } from 'react-admin';
import type { ApiError } from '../providers/client';
import { ActButton } from './act-button';
import { Refused } from './refused';

/** A decision: what will happen, the button that does it, and the way back. */
export function DecisionDialog({
  title,
  button,
  back,
  isDanger,
  act,
  onDo,
  onClose,
  children,
}: {
  title: string;
  button: string;
  back: string;
  isDanger?: boolean;
  act: { isPending: boolean; error: ApiError | null };
  onDo: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const translate = useTranslate();
  const id = useId();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!act.isPending) onDo();
  };
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="xs" fullWidth>
      <form onSubmit={submit}>
        <DialogTitle id={id}>{title}</DialogTitle>
        <DialogContent>
          <div className="form">
            {act.error && <Refused error={act.error} />}
            {children}
          </div>
        </DialogContent>
        <DialogActions>
          <ActButton variant="outlined" onClick={onClose}>
            {back}
          </ActButton>
          <ActButton type="submit" variant="contained" {...(isDanger && { color: 'error' as const })} busy={act.isPending}>
            {act.isPending ? translate('frame.saving') : button}
          </ActButton>
        </DialogActions>
      </form>
    </Dialog>
  );
}
