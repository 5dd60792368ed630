import { Button } from '@mui/material';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { CopyBox } from '../parts/copy-box';
import { DecisionDrawer } from '../parts/decision-drawer';
import { Failed, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct, useMay } from '../providers/acts';
import { useTenant } from '../providers/tenant';
import { Amount } from './amount';
import {
  type Campaign,
  type CampaignLink,
  campaignKey,
  createApprovalLink,
  createReportLink,
  type LinkKind,
  revokeCampaignLink,
  useCampaignLinks,
} from './api';
import { Decision } from './decision';

/** Links that show a page of a campaign to its client, without a sign-in: make one, see when it was opened and what was decided by it, revoke it. */
export function CampaignLinks({
  campaign,
  kind,
  hash = '',
  onClose,
}: {
  campaign: Campaign;
  kind: LinkKind;
  /** Hash of the check that was looked at, for an approval. */
  hash?: string;
  onClose: () => void;
}) {
  const translate = useTranslate();
  const tenant = useTenant();
  const mayManage = useMay('campaigns:manage');
  const act = useAct(campaignKey(tenant, campaign.id, 'links', kind));
  const { data, error, refetch } = useCampaignLinks(campaign.id, kind);
  const [days, setDays] = useState(30);
  const [made, setMade] = useState<string | null>(null);
  const create = async (): Promise<void> => {
    const link = kind === 'report' ? createReportLink(campaign.id, days) : createApprovalLink(campaign.id, days, hash);
    setMade((await link).url);
  };
  return (
    <DecisionDrawer
      title={translate(`campaigns.link.${kind}.open`)}
      onClose={onClose}
      foot={
        <>
          <Button variant="outlined" onClick={onClose}>
            {translate('campaigns.link.close')}
          </Button>
          <ActButton
            variant="contained"
            off={mayManage === false ? translate('campaigns.may_not_edit') : null}
            busy={act.isPending}
            onClick={() => act.mutate(create)}
          >
            {translate('campaigns.link.create')}
          </ActButton>
        </>
      }
    >
      <p className="text">{translate(`campaigns.link.${kind}.text`)}</p>
      <Refused error={act.error} />
      <Amount
        label={translate('campaigns.link.days')}
        help={translate('campaigns.link.days_help')}
        value={days}
        min={1}
        max={365}
        onChange={(value) => setDays(value ?? 30)}
      />
      {made !== null && (
        <div>
          <CopyBox label={translate(`campaigns.link.${kind}.address`)} value={made} />
          <p className="small mute" style={{ margin: '6px 0 0' }}>
            {translate('campaigns.link.once')}
          </p>
        </div>
      )}
      <div>
        <h3>{translate('campaigns.link.links')}</h3>
        {error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Skeleton rows={2} />
        ) : data.length === 0 ? (
          <p className="text">{translate('campaigns.link.none')}</p>
        ) : (
          <ul className="log-lines">
            {data.map((link) => (
              <LinkLine
                key={link.id}
                link={link}
                onRevoke={mayManage ? () => act.mutate(() => revokeCampaignLink(campaign.id, kind, link.id)) : undefined}
              />
            ))}
          </ul>
        )}
      </div>
    </DecisionDrawer>
  );
}

function LinkLine({ link, onRevoke }: { link: CampaignLink; onRevoke: (() => void) | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const when = (at: string): string => format.when(new Date(at));
  const isOver = link.revoked_at !== null || Date.parse(link.expires_at) <= Date.now();
  const state = link.revoked_at
    ? translate('campaigns.link.revoked', { time: when(link.revoked_at) })
    : translate(isOver ? 'campaigns.link.expired' : 'campaigns.link.until', { time: when(link.expires_at) });
  return (
    <li style={{ gridTemplateColumns: 'minmax(0, 1fr) auto', alignItems: 'center' }}>
      <span>
        {translate('campaigns.link.made', { name: link.created_by.name, time: when(link.created_at) })}{' '}
        <span className="mute">
          {state}{' '}
          {translate(link.opened_at ? 'campaigns.link.opened' : 'campaigns.link.not_opened', {
            time: link.opened_at ? when(link.opened_at) : '',
          })}
        </span>
        {link.decision && <Decision decision={link.decision} />}
      </span>
      {!isOver && onRevoke && (
        <Button variant="outlined" onClick={onRevoke}>
          {translate('campaigns.link.revoke')}
        </Button>
      )}
    </li>
  );
}
