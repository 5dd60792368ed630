import { Button, Snackbar } from '@mui/material';
import { useEffect, useState } from 'react';
import { type NotificationPayload, useNotificationContext, useTakeUndoableMutation, useTranslate } from 'react-admin';

/** One line below the page for what happened meanwhile, such as a sign-in that ended. What needs an act stands on the page instead. */
export function Notices() {
  const translate = useTranslate();
  const { notifications, takeNotification } = useNotificationContext();
  const takeUndoable = useTakeUndoableMutation();
  const [notice, setNotice] = useState<NotificationPayload | null>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (notice || notifications.length === 0) return;
    setNotice(takeNotification() ?? null);
    setOpen(true);
  }, [notice, notifications, takeNotification]);
  if (!notice) return null;
  const { message, notificationOptions: { messageArgs, undoable } = {} } = notice;
  return (
    <Snackbar
      open={isOpen}
      autoHideDuration={6_000}
      message={typeof message === 'string' ? translate(message, messageArgs) : message}
      anchorOrigin={{ vertical: 'bottom', horizontal: 'left' }}
      onClose={() => setOpen(false)}
      slotProps={{ transition: { onExited: () => setNotice(null) } }}
      action={
        undoable && (
          <Button
            size="small"
            color="inherit"
            onClick={() => {
              void takeUndoable()?.({ isUndo: true });
              setOpen(false);
            }}
          >
            {translate('ra.action.undo')}
          </Button>
        )
      }
    />
  );
}
