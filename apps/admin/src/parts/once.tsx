import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { type ReactNode, useId } from 'react';

/** A dialog for a value that is shown once: only its button closes it, no key and no click beside it. */
export function OnceDialog({
  title,
  button,
  onClose,
  children,
}: {
  title: string;
  button: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const id = useId();
  return (
    <Dialog open aria-labelledby={id} maxWidth="sm" fullWidth>
      <DialogTitle id={id}>{title}</DialogTitle>
      <DialogContent>
        <div className="form" style={{ maxWidth: 'none' }}>
          {children}
        </div>
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          {button}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
