import { Button } from '@mui/material';
import { useTranslate } from 'react-admin';
import { Note } from '../parts/page';
import { ApiError } from '../providers/client';
import { useRefusalText } from '../providers/refusals';
import { useUnread } from '../providers/unread';

/** Says that names, choices or figures of the page are missing because they could not be read. Whatever fails to load shows here, unless its part says so itself. */
export function UnreadNote() {
  const translate = useTranslate();
  const textOf = useRefusalText();
  const { error, retry } = useUnread();
  if (!error) return null;
  const { message, code, requestId } =
    error instanceof ApiError ? error : { message: error instanceof Error ? error.message : '', code: 'unknown', requestId: undefined };
  return (
    <Note
      state="uncertain"
      title={translate('failed.part')}
      acts={
        <Button variant="outlined" onClick={retry}>
          {translate('failed.retry')}
        </Button>
      }
    >
      {textOf({ code, message }) || translate('failed.offline')}{' '}
      <span className="mono mute">{[code, requestId].filter(Boolean).join(' · ')}</span>
    </Note>
  );
}
