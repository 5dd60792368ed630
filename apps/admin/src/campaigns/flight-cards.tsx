import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Card, Facts } from '../parts/page';
import type { CampaignNumber, CampaignResults } from './api';

const leftOf = ({ sent, delivered, read, failed }: CampaignNumber): number => sent + delivered + read + failed;

/** Numbers of a campaign with their shares of what left. */
export function FlightNumbersCard({ results }: { results: CampaignResults }) {
  const translate = useTranslate();
  const format = useFormat();
  const { numbers } = results;
  const rate = numbers.reduce((sum, { rate_per_minute }) => sum + rate_per_minute, 0);
  const maxLeft = Math.max(1, ...numbers.map(leftOf));
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
                <i style={{ width: `${(leftOf(number) / maxLeft) * 100}%` }} />
              </span>
              <span className="end num">
                <span className="strong">{format.number(leftOf(number))}</span>
                <span className="small mute" style={{ display: 'block' }}>
                  {format.share(number.share, 1)}
                  {number.rate_per_minute > 0 &&
                    ` · ${translate('campaigns.rate_value', { figure: format.number(number.rate_per_minute) })}`}
                </span>
              </span>
            </div>
          ))}
        </div>
      )}
    </Card>
  );
}

/** Rules by which the campaign stops by itself, with their distance to it. */
export function FlightRulesCard({ results }: { results: CampaignResults }) {
  const translate = useTranslate();
  const format = useFormat();
  const { stop_rules: rules } = results;
  return (
    <Card title={translate('campaigns.rules')} pad={rules.length === 0}>
      {rules.length === 0 ? (
        <p className="text">{translate('campaigns.rules_none')}</p>
      ) : (
        <div className="lines">
          {rules.map(({ signal, percent, window_min, messages, affected, share }) => {
            const used = Math.min(100, (share * 10_000) / percent);
            return (
              <div key={`${signal}${percent}${window_min}`} className="rule-line">
                <span className="row" style={{ justifyContent: 'space-between' }}>
                  <span>
                    {translate(`campaigns.rule.${signal}`, {
                      percent: format.share(percent, 100),
                      time: format.duration(window_min * 60_000),
                    })}
                  </span>
                  <span className="strong num">{messages === 0 ? '–' : format.share(affected, messages)}</span>
                </span>
                <span className={`meter${used >= 100 ? ' full' : used >= 90 ? ' high' : ''}`} aria-hidden="true">
                  <i style={{ width: `${used}%` }} />
                </span>
              </div>
            );
          })}
        </div>
      )}
    </Card>
  );
}

/** Answers of people. */
export function AnswersCard({ results }: { results: CampaignResults }) {
  const translate = useTranslate();
  const format = useFormat();
  const { replies, opt_outs } = results.answers;
  return (
    <Card title={translate('campaigns.answers')}>
      <Facts
        rows={[
          [translate('campaigns.replies'), <Answered kind="reply" count={replies} />],
          [translate('campaigns.opt_outs'), <Answered kind="opt_out" count={opt_outs} />],
          [translate('campaigns.since_suppressed'), format.number(results.left_out.suppressed)],
        ]}
      />
    </Card>
  );
}

/** Number of answers of a kind, which opens them. */
function Answered({ kind, count }: { kind: 'reply' | 'opt_out'; count: number }) {
  const format = useFormat();
  if (count === 0) return format.number(count);
  return (
    <Link className="linked" to={`?tab=replies&kind=${kind}`}>
      {format.number(count)}
    </Link>
  );
}
