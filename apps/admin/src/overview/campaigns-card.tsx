import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { CampaignChip } from '../campaigns/campaign-look';
import { CampaignEnd, CampaignProgress } from '../campaigns/campaign-row';
import { usePollMs } from '../live/live-store';
import { ClientLink, ClientName } from '../parts/client-link';
import { Card, Failed } from '../parts/page';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { mayDo, mayDoAnywhere, useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';

type Row = components['schemas']['TenantCampaign'];

const mostShown = 5;

/** Campaigns that run or are paused, and those that start next, of the client that is chosen or of all. Nothing where there are none. */
export function CampaignsCard() {
  const me = useMe();
  const tenant = useTenant();
  const may = tenant ? mayDo(me, 'campaigns:read', tenant) : mayDoAnywhere(me, 'campaigns:read');
  if (!may) return null;
  return (
    <>
      <Campaigns title="overview.campaigns" state="processing,paused" />
      <Campaigns title="overview.next_campaigns" state="scheduled" />
    </>
  );
}

/** Campaigns in some states, by their starts. */
function Campaigns({ title, state }: { title: string; state: 'processing,paused' | 'scheduled' }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const everyMs = usePollMs(true, { otherwise: 15_000 });
  const { data, error, refetch } = useQuery({
    queryKey: ['campaigns', 'overview', tenant, state],
    queryFn: async ({ signal }) => {
      const query = { state, limit: mostShown, ...(tenant && { tenant_id: tenant }) };
      return (await ok(api.GET('/admin/v1/campaigns', { params: { query }, signal }))).data;
    },
    refetchInterval: everyMs,
  });
  if (!data && error)
    return (
      <Card title={translate(title)} pad={false}>
        <Failed error={error} retry={() => void refetch()} />
      </Card>
    );
  if (!data?.length) return null;
  const isNext = state === 'scheduled';
  return (
    <section className="section">
      <header>
        <h2>{translate(title)}</h2>
        <span className="grow" />
        {tenant && (
          <Button component={Link} to="/campaigns" variant="text">
            {translate('overview.all_campaigns')}
          </Button>
        )}
      </header>
      <div className="table-box">
        <table className="table rows">
          <thead>
            <tr>
              <th scope="col">{translate('campaigns.name')}</th>
              <th scope="col">{translate('campaigns.state')}</th>
              {!tenant && <th scope="col">{translate('overview.client')}</th>}
              {!isNext && (
                <th scope="col" className={tenant ? undefined : 'narrow-hide'}>
                  {translate('campaigns.progress')}
                </th>
              )}
              <th scope="col" className="end">
                {translate('campaigns.end')}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((campaign) => (
              <CampaignRow key={campaign.id} campaign={campaign} isOfAll={!tenant} isNext={isNext} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function CampaignRow({ campaign, isOfAll, isNext }: { campaign: Row; isOfAll: boolean; isNext: boolean }) {
  const { id, name, tenant_id } = campaign;
  return (
    <tr>
      <td className="name">
        <ClientLink className="plain" tenant={tenant_id} to={`/campaigns/${id}`}>
          <bdi dir="auto">{name}</bdi>
        </ClientLink>
      </td>
      <td className="narrow-end">
        <CampaignChip campaign={campaign} />
      </td>
      {isOfAll && (
        <td>
          <ClientName id={tenant_id} />
        </td>
      )}
      {!isNext && (
        <td className={isOfAll ? 'narrow-hide' : undefined}>
          <CampaignProgress campaign={campaign} of={tenant_id} />
        </td>
      )}
      <td className="end narrow-end">
        <CampaignEnd campaign={campaign} of={tenant_id} />
      </td>
    </tr>
  );
}
