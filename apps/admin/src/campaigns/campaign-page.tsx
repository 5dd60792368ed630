import { useTranslate } from 'react-admin';
import { useParams } from 'react-router-dom';
import { NeedsClient } from '../parts/needs-client';
import { PendingPage } from '../parts/page';
import { useCampaign } from './api';
import { Flight } from './flight';
import { Wizard } from './wizard';

/** One campaign: the wizard until it is launched, then how it goes. */
export function CampaignPage() {
  const translate = useTranslate();
  const { id = '' } = useParams();
  return (
    <NeedsClient title={translate('menu.campaigns')}>
      <Read key={id} id={id} />
    </NeedsClient>
  );
}

function Read({ id }: { id: string }) {
  const translate = useTranslate();
  const { data, error, refetch } = useCampaign(id);
  if (data && ['draft', 'checked'].includes(data.value.state)) return <Wizard campaign={data.value} tag={data.tag} />;
  if (data) return <Flight campaign={data.value} tag={data.tag} />;
  return (
    <PendingPage
      title={translate('menu.campaigns')}
      crumbs={[{ to: '/campaigns', label: translate('menu.campaigns') }]}
      error={error}
      retry={() => void refetch()}
    />
  );
}
