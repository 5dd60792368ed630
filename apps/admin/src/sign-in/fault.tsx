import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import { useTranslate } from 'react-admin';
import type { ApiError } from '../providers/client';
import { useRefusalText } from '../providers/refusals';

/** The refusal of the api, over the form that asked; or words of our own for one that came another way. */
export function Fault({ error, message }: { error?: ApiError; message?: string | undefined }) {
  const translate = useTranslate();
  const textOf = useRefusalText();
  return (
    <div className="note" data-state="failed" role="alert" style={{ marginBottom: 0 }}>
      <ErrorOutlineOutlined />
      <div>{message ?? ((error && textOf(error)) || translate('failed.offline'))}</div>
    </div>
  );
}
