import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { CampaignChip } from '../campaigns/campaign-look';
import { CampaignEnd, CampaignProgress } from '../campaigns/campaign-row';
import { usePollMs } from '../live/live-store';
import { Card, Failed } from '../parts/page';
import { api, ok } from '../providers/client';

const mostShown = 5;

/** Campaigns of a client that run, wait or are paused, the newest first. Nothing where there are none. */
export function CampaignsCard({ tenant }: { tenant: string }) {
  const translate = useTranslate();
  const everyMs = usePollMs(true, { otherwise: 15_000 });
  const { data, error, refetch } = useQuery({
    queryKey: ['campaigns', 'overview', tenant],
    queryFn: async ({ signal }) =>
      (await ok(api.GET('/v1/campaigns', { params: { query: { state: 'processing,paused,scheduled', limit: mostShown } }, signal }))).data,
    refetchInterval: everyMs,
  });
  if (!data && error)
    return (
      <Card title={translate('overview.campaigns')} pad={false}>
        <Failed error={error} retry={() => void refetch()} />
      </Card>
    );
  if (!data?.length) return null;
  return (
    <section className="section">
      <header>
        <h2>{translate('overview.campaigns')}</h2>
        <span className="grow" />
        <Button component={Link} to="/campaigns" variant="text">
          {translate('overview.all_campaigns')}
        </Button>
      </header>
      <div className="table-box">
        <table className="table rows">
          <thead>
            <tr>
              <th scope="col">{translate('campaigns.name')}</th>
              <th scope="col">{translate('campaigns.state')}</th>
              <th scope="col">{translate('campaigns.progress')}</th>
              <th scope="col" className="end">
                {translate('campaigns.end')}
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((campaign) => (
              <tr key={campaign.id}>
                <td className="name">
                  <Link className="plain" to={`/campaigns/${campaign.id}`} dir="auto">
                    {campaign.name}
                  </Link>
                </td>
                <td className="narrow-end">
                  <CampaignChip campaign={campaign} />
                </td>
                <td>
                  <CampaignProgress campaign={campaign} />
                </td>
                <td className="end narrow-end">
                  <CampaignEnd campaign={campaign} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
