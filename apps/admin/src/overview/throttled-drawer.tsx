import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ClientLink, ClientName } from '../parts/client-link';
import { DecisionDrawer } from '../parts/decision-drawer';
import { Failed, Skeleton } from '../parts/page';
import { Time } from '../parts/values';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

/** Numbers that the provider asked to wait in the last hour, with how often. */
export function ThrottledDrawer({ onClose }: { onClose: () => void }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const { data, error, refetch } = useQuery({
    queryKey: ['overview', 'throttled', tenant],
    queryFn: ({ signal }) =>
      ok(api.GET('/admin/v1/overview/throttled', { params: { query: { ...(tenant && { tenant_id: tenant }) } }, signal })),
  });
  return (
    <DecisionDrawer
      title={translate('overview.throttled')}
      onClose={onClose}
      foot={
        <Button variant="contained" onClick={onClose}>
          {translate('numbers.close')}
        </Button>
      }
    >
      {error && !data && <Failed error={error} retry={() => void refetch()} />}
      {!error && !data && <Skeleton />}
      {data && (
        <table className="table">
          <tbody>
            {data.data.map(({ tenant_id, session_id, name, count, last_at }) => (
              <tr key={session_id}>
                <td className="name">
                  <ClientLink tenant={tenant_id} to={`/numbers/${session_id}`} className="plain">
                    <span dir="auto">{name}</span>
                  </ClientLink>
                  {!tenant && <ClientName id={tenant_id} />}
                </td>
                <td className="end">
                  <Time at={last_at} />
                </td>
                <td className="end num strong">{format.number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </DecisionDrawer>
  );
}
