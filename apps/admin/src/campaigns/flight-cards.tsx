import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Card } from '../parts/page';
import type { Campaign, CampaignNumber, CampaignResults } from './api';

const leftOf = ({ sent, delivered, read, failed }: CampaignNumber): number => sent + delivered + read + failed;

/** Numbers of a campaign with their shares of what left. */
export function FlightNumbersCard({ results }: { results: CampaignResults }) {
  const translate = useTranslate();
  const format = useFormat();
  const { numbers } = results;
  const rate = numbers.reduce((sum, { rate_per_minute }) => sum + rate_per_minute, 0);
  const most = Math.max(1, ...numbers.map(leftOf));
  return (
    <Card
      title={translate('menu.numbers')}
      note={rate > 0 ? translate('campaigns.rate_together', { figure: format.number(rate) }) : undefined}
      pad={numbers.length === 0}
    >
      {numbers.length === 0 ? (
        <p className="text">{translate('campaigns.no_number_sent')}</p>
      ) : (
        <div className="lines">
          {numbers.map((number) => (
            <div key={number.session_id} className="number-line">
              <Link className="plain strong cut" to={`/numbers/${number.session_id}`} dir="auto">
                {number.name}
              </Link>
              <span className="meter" style={{ width: 72 }} aria-hidden="true">
                <i style={{ width: `${(leftOf(number) / most) * 100}%` }} />
              </span>
              <span className="end num">
                <span className="strong">{format.number(leftOf(number))}</span>
                <span className="small mute" style={{ display: 'block' }}>
                  {format.share(number.share, 1)} · {translate('campaigns.rate_value', { figure: format.number(number.rate_per_minute) })}
                </span>
              </span>
            </div>
          ))}
        </div>
      )}
    </Card>
  );
}

/** Rules by which the campaign stops by itself. */
export function FlightRulesCard({ campaign }: { campaign: Campaign }) {
  const translate = useTranslate();
  const format = useFormat();
  const rules = campaign.stop_rules;
  return (
    <Card title={translate('campaigns.rules')}>
      {rules.length === 0 ? (
        <p className="text">{translate('campaigns.rules_none')}</p>
      ) : (
        <ul className="ready">
          {rules.map((rule) => (
            <li key={rule.signal} style={{ gridTemplateColumns: 'minmax(0, 1fr)' }}>
              {translate(`campaigns.rule.${rule.signal}`, {
                percent: format.share(rule.percent, 100),
                time: format.duration(rule.window_min * 60_000),
              })}
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
