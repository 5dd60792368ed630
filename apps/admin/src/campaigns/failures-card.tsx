import ReplayOutlined from '@mui/icons-material/ReplayOutlined';
import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ActButton } from '../parts/act-button';
import { Card, Failed, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { RowButton } from '../parts/row-button';
import { useAct, useMay } from '../providers/acts';
import { useReasons } from '../providers/reasons';
import { type Campaign, type CampaignResults, followUp, isMoving, useFailures } from './api';
import { PeopleDrawer } from './people-drawer';
import { audienceOf } from './six-cells';

/** Why messages failed, what to do, the people behind each, and a new campaign for those where trying again may help. */
export function FailuresCard({ campaign, results }: { campaign: Campaign; results: CampaignResults | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data, error, refetch } = useFailures(campaign.id, isMoving(campaign));
  const navigate = useNavigate();
  const mayManage = useMay('campaigns:manage');
  const act = useAct(['campaigns']);
  const [reason, setReason] = useState<string | null>(null);
  const reasons = useReasons();
  // Those of the count: suppressed messages are among the skipped.
  const failed = data?.filter(({ state }) => state !== 'suppressed');
  const again = failed?.filter(({ retry_helps }) => retry_helps) ?? [];
  const people = again.reduce((sum, { count }) => sum + count, 0);
  const total = results?.counts.failed ?? 0;
  return (
    <Card
      title={translate('campaigns.tab.failures')}
      note={
        results &&
        total > 0 &&
        translate('campaigns.failures_note', { figure: format.number(total), share: format.share(total, audienceOf(results.counts)) })
      }
      acts={
        people > 0 && (
          <ActButton
            variant="outlined"
            startIcon={<ReplayOutlined />}
            off={mayManage === false ? translate('campaigns.may_not_edit') : null}
            reason="tip"
            busy={act.isPending}
            onClick={() =>
              act.mutate(async () => {
                const body = { cell: 'failed' as const, reasons: again.map((one) => one.reason) };
                void navigate(`/campaigns/${(await followUp(campaign.id, body)).id}`);
              })
            }
          >
            {translate('campaigns.retry', { smart_count: people, figure: format.number(people) })}
          </ActButton>
        )
      }
      pad={false}
    >
      {act.error && (
        <div style={{ padding: '14px 16px 0' }}>
          <Refused error={act.error} />
        </div>
      )}
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !failed ? (
        <Skeleton rows={3} />
      ) : failed.length === 0 ? (
        <p className="text" style={{ padding: '14px 16px' }}>
          {translate('campaigns.failures_none')}
        </p>
      ) : (
        <table className="table reasons">
          <thead>
            <tr>
              <th scope="col">{translate('campaigns.reason_head')}</th>
              <th scope="col" className="narrow-hide">
                {translate('campaigns.what_to_do')}
              </th>
              <th scope="col" className="end">
                {translate('campaigns.people')}
              </th>
            </tr>
          </thead>
          <tbody>
            {failed.map(({ state, reason: code, text, what_to_do, count }) => {
              const todo = reasons.get(code)?.what_to_do ?? what_to_do;
              return (
                <tr key={`${state}/${code}`}>
                  <td className="name">
                    <RowButton onClick={() => setReason(code)}>
                      <span>
                        {reasons.get(code)?.text ?? text ?? code} <span className="mono mute">{code}</span>
                      </span>
                    </RowButton>
                    <span className="meaning">{todo}</span>
                  </td>
                  <td className="narrow-hide">{todo}</td>
                  <td className="end num">{format.number(count)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {reason !== null && (
        <PeopleDrawer
          id={campaign.id}
          filter={{ outcome: 'failed', reason }}
          title={reasons.get(reason)?.text ?? failed?.find((one) => one.reason === reason)?.text ?? reason}
          isLaunched
          onClose={() => setReason(null)}
        />
      )}
    </Card>
  );
}
