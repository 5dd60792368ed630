import { useTranslate } from 'react-admin';
import type { ApiError } from '../providers/client';
import { useRefusalText } from '../providers/refusals';
import { useShown } from '../providers/unread';
import { Note } from './page';

/** A refusal of the API: what it means, its code and request id. */
export function Refused({ error, title }: { error: ApiError | null; title?: string | undefined }) {
  const translate = useTranslate();
  useShown(error);
  if (!error) return null;
  return (
    <Note state="failed" title={title ?? translate('failed.refused')}>
      <RefusalText error={error} /> <span className="mono mute">{[error.code, error.requestId].filter(Boolean).join(' · ')}</span>
    </Note>
  );
}

/** Says what a refusal means, where its code stands elsewhere or nowhere. */
export function RefusalText({ error }: { error: ApiError }) {
  const translate = useTranslate();
  const textOf = useRefusalText();
  return textOf(error) || translate('failed.offline');
}
