import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Dash, Time } from '../parts/values';
import { type Campaign, isMoving, useResults } from './api';
import { RowProgress } from './campaign-look';

/** States in which people have got messages, or will without a person. */
const hasFlight = ({ state }: Campaign): boolean => !['draft', 'checked', 'scheduled'].includes(state);

/** Share of its people who got a campaign so far. @param of client of the campaign, where it is not the one that is chosen */
export function CampaignProgress({ campaign, of }: { campaign: Campaign; of?: string }) {
  const { data } = useResults(campaign.id, hasFlight(campaign), isMoving(campaign), of);
  return data ? <RowProgress results={data} /> : <Dash />;
}

/** Start of a campaign that waits, expected end of one that runs, end of one that is over. */
export function CampaignEnd({ campaign, of }: { campaign: Campaign; of?: string }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data } = useResults(campaign.id, campaign.state === 'processing', true, of);
  const { at, local, start } = campaign.schedule;
  if (campaign.ended_at) return <Time at={campaign.ended_at} />;
  if (campaign.state === 'processing' && data?.estimated_end_at)
    return <span className="nowrap">{translate('campaigns.about', { time: format.when(new Date(data.estimated_end_at)) })}</span>;
  if (campaign.state !== 'scheduled') return <Dash />;
  if (start === 'local' && local)
    return <span className="nowrap">{translate('campaigns.starts_local', { time: local.replace('T', ' ') })}</span>;
  return at ? <span className="nowrap">{translate('campaigns.starts', { time: format.when(new Date(at)) })}</span> : <Dash />;
}
