import { useTranslate } from 'react-admin';

/** An action of the audit log in words, with its stable name, by which it is filtered. A name without words stands alone. */
export function AuditAct({ action }: { action: string }) {
  const translate = useTranslate();
  const words = translate(`audit.acts.${action}`, { _: '' });
  return (
    <span className="audit-act">
      {words && <span>{words}</span>}
      <bdi dir="ltr" className={words ? 'mono small mute' : 'mono'}>
        {action}
      </bdi>
    </span>
  );
}
