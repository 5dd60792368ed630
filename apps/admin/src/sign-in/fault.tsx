import ErrorOutlined from '@mui/icons-material/ErrorOutlined';
import { useTranslate } from 'react-admin';
import type { ApiError } from '../providers/client';

/** The refusal of the api, over the form that asked. */
export function Fault({ error }: { error: ApiError }) {
  const translate = useTranslate();
  return (
    <div className="note" data-state="failed" role="alert" style={{ marginBottom: 0 }}>
      <ErrorOutlined />
      <div>{error.message || translate('failed.offline')}</div>
    </div>
  );
}
