import GroupsOutlined from '@mui/icons-material/GroupsOutlined';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import type { CampaignCheck } from './api';

/** Other campaigns under way that reach people of the audience too, as lines of a list. */
export function OverlapLines({ overlaps }: { overlaps: CampaignCheck['overlaps'] }) {
  const translate = useTranslate();
  const format = useFormat();
  return overlaps.map(({ campaign_id, name, people }) => (
    <li key={campaign_id} data-state="uncertain">
      <GroupsOutlined />
      <span>
        <Link className="linked" to={`/campaigns/${campaign_id}`} dir="auto">
          {name}
        </Link>{' '}
        {translate('campaigns.reached_too', { smart_count: people, figure: format.number(people) })}
      </span>
    </li>
  ));
}
