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
import { type Campaign, campaignKey, createReportLink, type ReportLink, revokeReportLink, useReportLinks } from './api';

/** Links that show the report of a campaign to its client, without a sign-in: make one, see when it was opened, revoke it. */
export function ReportLinks({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const mayManage = useMay('campaigns:manage');
  const act = useAct(campaignKey(tenant, campaign.id, 'report-links'));
  const { data, error, refetch } = useReportLinks(campaign.id);
  const [days, setDays] = useState(30);
  const [made, setMade] = useState<string | null>(null);
  return (
    <DecisionDrawer
      title={translate('campaigns.report.open')}
      onClose={onClose}
      foot={
        <>
          <Button variant="outlined" onClick={onClose}>
            {translate('campaigns.report.close')}
          </Button>
          <ActButton
            variant="contained"
            off={mayManage === false ? translate('campaigns.may_not_edit') : null}
            busy={act.isPending}
            onClick={() => act.mutate(async () => setMade((await createReportLink(campaign.id, days)).url))}
          >
            {translate('campaigns.report.create')}
          </ActButton>
        </>
      }
    >
      <p className="text">{translate('campaigns.report.text')}</p>
      <Refused error={act.error} />
      <Amount
        label={translate('campaigns.report.days')}
        help={translate('campaigns.report.days_help')}
        value={days}
        min={1}
        max={365}
        onChange={(value) => setDays(value ?? 30)}
      />
      {made !== null && (
        <div>
          <CopyBox label={translate('campaigns.report.address')} value={made} />
          <p className="small mute" style={{ margin: '6px 0 0' }}>
            {translate('campaigns.report.once')}
          </p>
        </div>
      )}
      <div>
        <h3>{translate('campaigns.report.links')}</h3>
        {error ? (
          <Failed error={error} retry={() => void refetch()} />
        ) : !data ? (
          <Skeleton rows={2} />
        ) : data.length === 0 ? (
          <p className="text">{translate('campaigns.report.none')}</p>
        ) : (
          <ul className="log-lines">
            {data.map((link) => (
              <LinkLine
                key={link.id}
                link={link}
                onRevoke={mayManage ? () => act.mutate(() => revokeReportLink(campaign.id, link.id)) : undefined}
              />
            ))}
          </ul>
        )}
      </div>
    </DecisionDrawer>
  );
}

function LinkLine({ link, onRevoke }: { link: ReportLink; onRevoke: (() => void) | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const when = (at: string): string => format.when(new Date(at));
  const isOver = link.revoked_at !== null || Date.parse(link.expires_at) <= Date.now();
  const state = link.revoked_at
    ? translate('campaigns.report.revoked', { time: when(link.revoked_at) })
    : translate(isOver ? 'campaigns.report.expired' : 'campaigns.report.until', { time: when(link.expires_at) });
  return (
    <li style={{ gridTemplateColumns: 'minmax(0, 1fr) auto', alignItems: 'center' }}>
      <span>
        {translate('campaigns.report.made', { name: link.created_by.name, time: when(link.created_at) })}{' '}
        <span className="mute">
          {state}{' '}
          {translate(link.opened_at ? 'campaigns.report.opened' : 'campaigns.report.not_opened', {
            time: link.opened_at ? when(link.opened_at) : '',
          })}
        </span>
      </span>
      {!isOver && onRevoke && (
        <Button variant="outlined" onClick={onRevoke}>
          {translate('campaigns.report.revoke')}
        </Button>
      )}
    </li>
  );
}
