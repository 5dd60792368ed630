import { useTranslate } from 'react-admin';
import { CopyBox } from '../parts/copy-box';
import { OnceDialog } from '../parts/once';
import type { PasswordLink } from './people';

/** A link that sets a password: shown this one time, or sent by mail. */
export function PasswordLinkDialog({ link, onClose }: { link: PasswordLink; onClose: () => void }) {
  const translate = useTranslate();
  const { person, url } = link;
  const kind = person.is_ready ? 'reset' : 'invited';
  return (
    <OnceDialog
      title={translate(`staff.link.${kind}`, { name: person.name })}
      button={translate(url ? 'staff.link.done' : 'staff.link.close')}
      onClose={onClose}
    >
      {url ? (
        <>
          <p className="text">{translate(`staff.link.${kind}_text`)}</p>
          <CopyBox label={translate('staff.link.label')} value={url} />
        </>
      ) : (
        <p className="text">{translate('staff.link.mailed', { email: person.email })}</p>
      )}
    </OnceDialog>
  );
}
