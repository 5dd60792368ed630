import DownloadOutlined from '@mui/icons-material/DownloadOutlined';
import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card, Failed, Skeleton } from '../parts/page';
import { api, ok } from '../providers/client';
import type { Client } from '../providers/clients';
import { mayDo, useMe } from '../providers/me';
import { monthBefore, usageFile } from './usage';

/** Months that are shown, the present one among them. */
const shownMonths = 6;

/** Messages of a client by month. The counts of a row add up to those that were accepted. */
export function UsageCard({ client }: { client: Client }) {
  const translate = useTranslate();
  const format = useFormat();
  const me = useMe();
  const maySee = mayDo(me, 'overview:read', client.id);
  const from = monthBefore(shownMonths - 1);
  const { data, error, refetch } = useQuery({
    queryKey: ['clients', 'usage', client.id, from],
    queryFn: ({ signal }) => ok(api.GET('/admin/v1/usage', { params: { query: { tenant_id: client.id, from } }, signal })),
    enabled: maySee,
  });
  if (!maySee) return null;
  const rows = data?.data ?? [];
  const heads = [
    translate('overview.counts.accepted'),
    translate('clients.usage.sent'),
    translate('overview.counts.failed'),
    translate('overview.counts.waiting'),
    translate('overview.counts.unsent'),
  ];
  return (
    <Card
      title={translate('clients.usage.title')}
      pad={rows.length === 0}
      acts={
        <Button variant="text" sx={{ my: '-4px' }} startIcon={<DownloadOutlined />} component="a" href={usageFile(client.id)} download>
          {translate('clients.usage.download')}
        </Button>
      }
    >
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={2} />
      ) : rows.length === 0 ? (
        <p className="text">{translate('clients.usage.none')}</p>
      ) : (
        <>
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{translate('clients.usage.month')}</th>
                {heads.map((label, at) => (
                  <th key={label} scope="col" className={at > 1 ? 'end narrow-hide' : 'end'}>
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.month}>
                  <td className="name">{format.month(new Date(`${row.month}-01T00:00:00Z`))}</td>
                  {[row.accepted, row.sent + row.delivered + row.read, row.failed, row.waiting + row.uncertain, row.unsent].map(
                    (count, at) => (
                      <td key={heads[at]} className={at > 1 ? 'end num narrow-hide' : 'end num'}>
                        {format.number(count)}
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
          <p className="small mute pad">
            {translate('clients.usage.note')}{' '}
            {data.counted_from && translate('overview.counted_from', { time: format.when(new Date(data.counted_from)) })}
          </p>
        </>
      )}
    </Card>
  );
}
