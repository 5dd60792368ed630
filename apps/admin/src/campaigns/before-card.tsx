import BoltOutlined from '@mui/icons-material/BoltOutlined';
import CheckOutlined from '@mui/icons-material/CheckOutlined';
import ErrorOutlineOutlined from '@mui/icons-material/ErrorOutlineOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { Button } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Card } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct, useMay } from '../providers/acts';
import { useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';
import { approveCampaign, type Campaign, type CampaignCheck, campaignKey, type CampaignPlan, useCampaignLinks } from './api';
import { CampaignLinks } from './campaign-links';
import { Decision } from './decision';
import { OverlapLines } from './overlap-lines';
import { unsentKey } from './plan-words';
import { useMoment } from './use-moment';

/** Problems that the check found, the approval of a second person, and what holds the plan. */
export function BeforeCard({ campaign, check, plan }: { campaign: Campaign; check: CampaignCheck; plan: CampaignPlan | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  return (
    <Card title={translate('campaigns.before')}>
      <ul className="ready">
        {check.problems.length === 0 && check.overlaps.length === 0 && !check.needs_approval && (
          <li data-state="read">
            <CheckOutlined />
            <span>{translate('campaigns.before_none')}</span>
          </li>
        )}
        {check.problems.map(({ code, detail, blocks, people }) => (
          <li key={`${code}${detail}`} data-state={blocks ? 'failed' : 'uncertain'}>
            {blocks ? <ErrorOutlineOutlined /> : <WarningAmberOutlined />}
            <span>
              {blocks && <b>{translate('campaigns.blocks')} </b>}
              {detail} {people !== undefined && translate('campaigns.people_count', { smart_count: people, figure: format.number(people) })}{' '}
              <span className="mono mute">{code}</span>
            </span>
          </li>
        ))}
        <OverlapLines overlaps={check.overlaps} />
        {check.needs_approval &&
          (check.approval === 'client' ? (
            <ClientApproval campaign={campaign} hash={check.hash} />
          ) : (
            <Approval campaign={campaign} hash={check.hash} />
          ))}
        {campaign.approved_at && !check.needs_approval && (
          <li data-state="read">
            <CheckOutlined />
            <span>
              {translate('campaigns.approved', {
                name: campaign.approved_by?.name ?? '',
                time: format.when(new Date(campaign.approved_at)),
              })}
            </span>
          </li>
        )}
        {plan && plan.unsent > 0 && (
          <li data-state="uncertain">
            <WarningAmberOutlined />
            <span>{translate(unsentKey(plan), { smart_count: plan.unsent, figure: format.number(plan.unsent) })}</span>
          </li>
        )}
        {plan && plan.missed > 0 && (
          <li data-state="uncertain">
            <WarningAmberOutlined />
            <span>{translate('campaigns.missed', { smart_count: plan.missed, figure: format.number(plan.missed) })}</span>
          </li>
        )}
        {plan?.numbers
          .filter(({ is_down }) => is_down)
          .map(({ session_id, name }) => (
            <li key={session_id} data-state="uncertain">
              <WarningAmberOutlined />
              <span>{translate('campaigns.number_down', { name })}</span>
            </li>
          ))}
      </ul>
    </Card>
  );
}

/** Causes and ways that have words under `campaigns.limit` and `campaigns.faster`. */
const knownLimits = [
  'rate',
  'hourly_cap',
  'daily_cap',
  'warm_up',
  'pool',
  'number_window',
  'number_closed',
  'numbers_down',
  'windows',
  'quiet_hours',
  'own_pace',
  'own_daily_cap',
  'other_campaigns',
  'ends_at',
  'too_long',
] as const;
const knownWays = ['add_number', 'even_shares', 'windows', 'own_pace', 'own_daily_cap', 'other_campaigns'] as const;

/** Causes for which messages wait, and what would make it end earlier. */
export function FasterCard({ plan }: { plan: CampaignPlan }) {
  const translate = useTranslate();
  const format = useFormat();
  const moment = useMoment();
  const limits = knownLimits.filter((limit) => plan.limits.includes(limit));
  const ways = plan.faster.flatMap((way) => {
    const code = knownWays.find((known) => known === way.code);
    return code ? [{ ...way, code }] : [];
  });
  if (limits.length === 0 && ways.length === 0) return null;
  return (
    <Card title={translate('campaigns.faster_title')}>
      <div className="stack" style={{ gap: 12 }}>
        {limits.length > 0 && (
          <p className="text">
            {translate('campaigns.held_by')} {limits.map((limit) => translate(`campaigns.limit.${limit}`)).join(', ')}.
          </p>
        )}
        {ways.length > 0 && (
          <ul className="ready">
            {ways.map(({ code, last_send_at, saves_s, unsent }) => (
              <li key={code} data-state="sent">
                <BoltOutlined />
                <span>
                  <b>{translate(`campaigns.faster.${code}`)}</b>{' '}
                  {last_send_at && translate('campaigns.faster_ends', { time: moment(new Date(last_send_at)) })}{' '}
                  {saves_s !== null
                    ? translate('campaigns.faster_saves', { time: format.duration(saves_s * 1_000) })
                    : translate('campaigns.faster_reaches', { figure: format.number(plan.unsent - unsent) })}
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Card>
  );
}

/** Asks for the approval of a second person. */
function Approval({ campaign, hash }: { campaign: Campaign; hash: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const me = useMe();
  const mayLaunch = useMay('campaigns:launch');
  const act = useAct(campaignKey(tenant, campaign.id));
  const isOwn = campaign.created_by.kind === 'person' && campaign.created_by.id === me?.id;
  const off = mayLaunch === false ? translate('campaigns.may_not_launch') : isOwn ? translate('campaigns.approve_own') : null;
  return (
    <li data-state="uncertain">
      <WarningAmberOutlined />
      <div style={{ display: 'grid', gap: 8, justifyItems: 'start' }}>
        <span>
          <b>{translate('campaigns.approve_first')}</b> {translate('campaigns.approve_text')}
        </span>
        <ActButton variant="outlined" off={off} busy={act.isPending} onClick={() => act.mutate(() => approveCampaign(campaign.id, hash))}>
          {translate('campaigns.approve')}
        </ActButton>
        <Refused error={act.error} />
      </div>
    </li>
  );
}

/** Asks for the approval of the client, by a link. */
function ClientApproval({ campaign, hash }: { campaign: Campaign; hash: string }) {
  const translate = useTranslate();
  const [isOpen, setOpen] = useState(false);
  const { data: links = [] } = useCampaignLinks(campaign.id, 'approval', true);
  const asked = links.find(({ decision }) => decision?.verdict === 'changes_asked')?.decision;
  return (
    <li data-state="uncertain">
      <WarningAmberOutlined />
      <div style={{ display: 'grid', gap: 8, justifyItems: 'start' }}>
        <span>
          <b>{translate('campaigns.approve_client')}</b> {translate('campaigns.approve_text')}
        </span>
        {asked && <Decision decision={asked} />}
        <Button variant="outlined" onClick={() => setOpen(true)}>
          {translate('campaigns.link.approval.open')}
        </Button>
      </div>
      {isOpen && <CampaignLinks campaign={campaign} kind="approval" hash={hash} onClose={() => setOpen(false)} />}
    </li>
  );
}
