import { Button } from '@mui/material';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { ActButton } from './act-button';
import { DecisionDrawer } from './decision-drawer';
import { LeaveDialog, useUnsaved } from './unsaved';

/** Fields in which text is lost when the form is left. */
const textFields = 'textarea, input:not([type=checkbox], [type=radio], [type=search])';

/** A decision at the side that is one form: its fields, and the buttons that leave or send it in the foot. Refusals are shown by its fields. */
export function DrawerForm({
  title,
  button,
  back,
  busy,
  off,
  icon,
  isDanger = false,
  beside,
  layout = 'stack',
  noValidate,
  onDo,
  onClose,
  children,
}: {
  title: string;
  button: string;
  /** Words of the button that leaves the form. */
  back: string;
  /** Words of the button that sends it while it is being sent; false: it is not. */
  busy: string | false;
  /** Reason why it cannot be sent. */
  off?: string | undefined;
  icon?: ReactNode;
  isDanger?: boolean;
  /** Stands before the buttons in the foot. */
  beside?: ReactNode;
  layout?: 'stack' | 'form' | 'wide-form';
  /** Set where the form checks its fields itself. */
  noValidate?: boolean;
  onDo: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const form = useId();
  const [isTyped, setTyped] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const letGo = useUnsaved(isTyped);
  return (
    <DecisionDrawer
      title={title}
      onClose={() => (isTyped ? setLeaving(true) : onClose())}
      foot={
        <>
          {beside}
          <Button variant="outlined" onClick={onClose}>
            {back}
          </Button>
          <ActButton
            type="submit"
            form={form}
            variant="contained"
            color={isDanger ? 'error' : 'primary'}
            startIcon={icon}
            off={off}
            busy={busy}
          >
            {button}
          </ActButton>
        </>
      }
    >
      <form
        id={form}
        className={layout}
        noValidate={noValidate}
        onInput={(event) => (event.target as HTMLElement).matches(textFields) && setTyped(true)}
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (busy !== false || off) return;
          letGo();
          setTyped(false);
          onDo();
        }}
      >
        {children}
      </form>
      {isLeaving && <LeaveDialog onLeave={onClose} onStay={() => setLeaving(false)} />}
    </DecisionDrawer>
  );
}
