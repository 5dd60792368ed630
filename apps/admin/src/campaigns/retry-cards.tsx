import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Card } from '../parts/page';
import { Refused } from '../parts/refused';
import { useAct, useMay } from '../providers/acts';
import { useTenant } from '../providers/tenant';
import { Amount } from './amount';
import { type Campaign, campaignKey, type Retry, stopRetry } from './api';
import { Tick } from './audience-step';
import { newRetry, retryReasons } from './campaign-draft';
import type { EditedDraft } from './use-draft';

/** Plan by which the campaign is sent again to people whose message failed. */
export function RetryCard({ edited: { draft, change } }: { edited: EditedDraft }) {
  const translate = useTranslate();
  const { retry } = draft;
  const put = (patch: Partial<Retry>): void => change({ retry: { ...newRetry, ...retry, ...patch } });
  const choose = (reason: string, isOn: boolean): void => {
    const reasons = (retry?.reasons ?? []).filter((one) => one !== reason);
    const next = isOn ? [...reasons, reason] : reasons;
    // Without a reason there is no plan.
    if (next.length > 0) put({ reasons: next });
    else change({ retry: null });
  };
  return (
    <Card title={translate('campaigns.again.title')} note={translate('campaigns.again.note')}>
      <div className="form">
        <Tick label={translate('campaigns.again.on')} checked={retry !== null} onChange={(on) => change({ retry: on ? newRetry : null })} />
        {retry && (
          <>
            <div role="group" aria-label={translate('campaigns.again.reasons')} style={{ display: 'grid', gap: 4 }}>
              {retryReasons.map((reason) => (
                <Tick
                  key={reason}
                  label={translate(`report.reason.${reason}`)}
                  checked={retry.reasons.includes(reason)}
                  onChange={(on) => choose(reason, on)}
                />
              ))}
            </div>
            <div className="two">
              <Amount
                label={translate('campaigns.again.times')}
                value={retry.times}
                min={1}
                max={5}
                onChange={(times) => put({ times: times ?? newRetry.times })}
              />
              <Amount
                label={translate('campaigns.again.gap')}
                value={retry.gap_min}
                min={1}
                max={10_080}
                onChange={(gap_min) => put({ gap_min: gap_min ?? newRetry.gap_min })}
              />
            </div>
            <Tick
              label={translate('campaigns.again.other')}
              checked={retry.other_session}
              onChange={(other_session) => put({ other_session })}
            />
          </>
        )}
      </div>
    </Card>
  );
}

/** Outcome of the plan of a launched campaign, and the way to turn it off. */
export function FlightRetryCard({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const mayLaunch = useMay('campaigns:launch');
  const act = useAct(campaignKey(tenant, campaign.id));
  const { retry, retries, parent_id, state } = campaign;
  if (retry === null) return null;
  const isOver = state === 'cancelled' || state === 'failed';
  const isOpen = retries.state === null && retries.round < retry.times && !isOver;
  const words = retries.due_at
    ? translate('campaigns.again.due', { time: format.when(new Date(retries.due_at)) })
    : retries.state !== null
      ? translate(`campaigns.again.state.${retries.state}`)
      : translate(isOpen ? 'campaigns.again.to_come' : isOver ? 'campaigns.again.state.stopped' : 'campaigns.again.last');
  return (
    <Card title={translate('campaigns.again.title')}>
      <div className="stack" style={{ gap: 8 }}>
        <Refused error={act.error} />
        <p className="text">
          {translate('campaigns.again.round', { round: retries.round, times: retry.times })} {words}
        </p>
        <p className="small mute" style={{ margin: 0 }}>
          {retry.reasons.map((reason) => translate(`report.reason.${reason}`, { _: reason.replaceAll('_', ' ') })).join(', ')}
        </p>
        {retries.round > 0 && parent_id && (
          <Link className="linked" to={`/campaigns/${parent_id}`}>
            {translate('campaigns.again.before')}
          </Link>
        )}
        {retries.next_id && (
          <Link className="linked" to={`/campaigns/${retries.next_id}`}>
            {translate('campaigns.again.next')}
          </Link>
        )}
        {isOpen && (
          <div>
            <ActButton
              variant="outlined"
              off={mayLaunch === false ? translate('campaigns.may_not_launch') : null}
              busy={act.isPending}
              onClick={() => act.mutate(() => stopRetry(campaign.id))}
            >
              {translate('campaigns.again.stop')}
            </ActButton>
          </div>
        )}
      </div>
    </Card>
  );
}
