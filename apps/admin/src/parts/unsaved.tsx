import { useEffect, useState } from 'react';
import { useTranslate } from 'react-admin';
import { useBlocker } from 'react-router-dom';
import { DecisionDialog } from './decision-dialog';

/** Forms in which something is typed that is not saved. */
const typed = new Set<symbol>();

/** Marks a form as typed in, so that who leaves its page is asked first. @returns a function that lets go of it, for a page that opens another one once it has saved */
export function useUnsaved(isTyped: boolean): () => void {
  const [mark] = useState(() => Symbol('form'));
  useEffect(() => {
    if (!isTyped) return;
    typed.add(mark);
    return () => void typed.delete(mark);
  }, [isTyped, mark]);
  return () => void typed.delete(mark);
}

const nothing = { isPending: false, error: null };

/** Asks who leaves what is typed. */
export function LeaveDialog({ onLeave, onStay }: { onLeave: () => void; onStay: () => void }) {
  const translate = useTranslate();
  return (
    <DecisionDialog
      title={translate('form.unsaved')}
      button={translate('form.leave_page')}
      back={translate('form.stay')}
      isDanger
      act={nothing}
      onDo={onLeave}
      onClose={onStay}
    >
      <p className="text">{translate('form.unsaved_text')}</p>
    </DecisionDialog>
  );
}

/** Keeps a page that has something unsaved: asks before another page than the sign-in page is opened, and has the browser ask before the tab is closed. */
export function LeaveGuard() {
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      typed.size > 0 && currentLocation.pathname !== nextLocation.pathname && nextLocation.pathname !== '/login',
  );
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (typed.size > 0) event.preventDefault();
    };
    addEventListener('beforeunload', warn);
    return () => removeEventListener('beforeunload', warn);
  }, []);
  if (blocker.state !== 'blocked') return null;
  return <LeaveDialog onLeave={() => blocker.proceed()} onStay={() => blocker.reset()} />;
}
