import { useState } from 'react';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card, Failed, Skeleton } from '../parts/page';
import { RowButton } from '../parts/row-button';
import { type Campaign, type CampaignResults, isMoving, useFailures } from './api';
import { PeopleDrawer } from './people-drawer';
import { audienceOf } from './six-cells';

/** Why messages failed, what to do, the people behind each. */
export function FailuresCard({ campaign, results }: { campaign: Campaign; results: CampaignResults | undefined }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data, error, refetch } = useFailures(campaign.id, isMoving(campaign));
  const [reason, setReason] = useState<string | null>(null);
  const failed = data?.filter(({ state }) => state === 'failed');
  const total = results?.counts.failed ?? 0;
  return (
    <Card
      title={translate('campaigns.tab.failures')}
      note={
        results &&
        total > 0 &&
        translate('campaigns.failures_note', { figure: format.number(total), share: format.share(total, audienceOf(results.counts)) })
      }
      pad={false}
    >
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !failed ? (
        <Skeleton rows={3} />
      ) : failed.length === 0 ? (
        <p className="text" style={{ padding: '14px 16px' }}>
          {translate('campaigns.failures_none')}
        </p>
      ) : (
        <table className="table">
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
            {failed.map(({ reason: code, text, what_to_do, count }) => (
              <tr key={code}>
                <td className="name">
                  <RowButton onClick={() => setReason(code)}>
                    <span>
                      {text ?? code} <span className="mono mute">{code}</span>
                    </span>
                  </RowButton>
                </td>
                <td className="narrow-hide">{what_to_do}</td>
                <td className="end num">{format.number(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {reason !== null && (
        <PeopleDrawer
          id={campaign.id}
          filter={{ outcome: 'failed', reason }}
          title={failed?.find((one) => one.reason === reason)?.text ?? reason}
          onClose={() => setReason(null)}
        />
      )}
    </Card>
  );
}
