import { useTranslate } from 'react-admin';
import type { ApiError } from '../providers/client';
import { useShown } from '../providers/unread';
import { Note } from './page';

/** A refusal of the API: its sentence, code and request id. */
export function Refused({ error, title }: { error: ApiError | null; title?: string | undefined }) {
  const translate = useTranslate();
  useShown(error);
  if (!error) return null;
  return (
    <Note state="failed" title={title ?? translate('failed.refused')}>
      {error.message || translate('failed.offline')}{' '}
      <span className="mono mute">{[error.code, error.requestId].filter(Boolean).join(' · ')}</span>
    </Note>
  );
}
