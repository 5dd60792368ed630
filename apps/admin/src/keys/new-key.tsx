import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { CopyBox } from '../parts/copy-box';
import { OnceDialog } from '../parts/once';
import { type ApiKey, curlFor, keyState } from './keys';

/** A key with its secret, which is shown this one time, and a command that tries it. */
export function NewKey({
  apiKey,
  previous,
  onClose,
}: {
  apiKey: ApiKey & { secret: string };
  /** The key that it replaces. */
  previous?: ApiKey;
  onClose: () => void;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const isOver = previous && keyState(previous) === 'expired';
  return (
    <OnceDialog title={translate('keys.once.title', { name: apiKey.name })} button={translate('keys.once.done')} onClose={onClose}>
      <p className="text">{translate('keys.once.text')}</p>
      <CopyBox label={translate('keys.once.secret')} value={apiKey.secret} />
      <CopyBox label={translate('keys.once.curl')} value={curlFor(window.location.origin, apiKey)} />
      <span className="small mute">{translate('keys.once.curl_text')}</span>
      {previous?.expires_at && (
        <p className="text">
          {isOver
            ? translate('keys.once.previous_over')
            : translate('keys.once.previous', { time: format.full(new Date(previous.expires_at)) })}
        </p>
      )}
    </OnceDialog>
  );
}
