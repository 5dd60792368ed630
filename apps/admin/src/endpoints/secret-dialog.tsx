import { Button, Dialog, DialogActions, DialogContent, DialogTitle } from '@mui/material';
import { useId } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { CodeBlock } from '../parts/code-block';
import { SignatureHelp } from './signature-help';

/** The secret of an endpoint, to be copied into its receiver. */
export function SecretDialog({
  secret,
  isNew,
  overlapUntil,
  onClose,
}: {
  secret: string;
  isNew?: boolean;
  /** Until then the previous secret signs too. */
  overlapUntil?: string | null;
  onClose: () => void;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const id = useId();
  return (
    <Dialog open onClose={onClose} aria-labelledby={id} maxWidth="sm" fullWidth>
      <DialogTitle id={id}>{translate('endpoints.secret.title')}</DialogTitle>
      <DialogContent>
        <div className="wide-form">
          <p className="text">{translate(isNew ? 'endpoints.secret.new' : 'endpoints.secret.text')}</p>
          <CodeBlock text={secret} name={translate('endpoints.secret.name')} />
          {overlapUntil && <p className="text">{translate('endpoints.secret.overlap', { at: format.full(new Date(overlapUntil)) })}</p>}
          <SignatureHelp />
        </div>
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          {translate('endpoints.secret.done')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
