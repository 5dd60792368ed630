import CheckOutlined from '@mui/icons-material/CheckOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card, Facts, Failed } from '../parts/page';
import { Dash, Time } from '../parts/values';
import type { WhatsAppNumber } from './number-state';
import { useHealth, useHistory } from './queries';

const weekMs = 7 * 24 * 3_600_000;
/** Messages below which a share says nothing. */
const fewest = 20;
/** Shares that are usual: above the first, below the second. */
const usualDelivered = 0.85;
const usualFailed = 0.05;
const losses: readonly string[] = ['logged_out', 'expired', 'disconnected'];

/** Signs of a number's health: what the provider says of it, how often it was lost, how hooks are proved to be genuine. */
export function HealthCard({ number }: { number: WhatsAppNumber }) {
  const translate = useTranslate();
  const format = useFormat();
  const history = useHistory(number.id);
  const { data: health, error, refetch } = useHealth(number.id);
  const failure = health ? (history.data ? null : history.error) : error;
  // Receipts come later: what was sent a moment ago is not yet delivered.
  const enough = health !== undefined && health.sent + health.failed >= fewest;
  const events = history.data?.pages.flatMap((page) => page.data) ?? [];
  const since = Date.now() - weekMs;
  const recent = events.filter((event) => Date.parse(event.at) >= since);
  // Not all of the week has been read when older changes of it may follow.
  const isWhole = !history.hasNextPage || recent.length < events.length;
  const times = recent.filter((event) => event.from !== event.to && losses.includes(event.to)).length;
  return (
    <Card title={translate('numbers.health')} note={translate('numbers.health_note')}>
      {failure && <Failed error={failure} retry={() => void (health ? history.refetch() : refetch())} />}
      <Facts
        rows={[
          [
            translate('numbers.delivered_share'),
            health && health.sent > 0 ? (
              <span className="row" style={{ gap: 10 }}>
                <span className="num">{format.share(health.delivered, health.sent)}</span>
                {enough && <Judged isGood={health.delivered / health.sent >= usualDelivered} good="numbers.usual" bad="numbers.less" />}
              </span>
            ) : (
              <Dash />
            ),
          ],
          [
            translate('numbers.failed_share'),
            health && health.sent + health.failed > 0 ? (
              <span className="row" style={{ gap: 10 }}>
                <span className="num">{format.share(health.failed, health.sent + health.failed)}</span>
                {enough && (
                  <Judged
                    isGood={health.failed / (health.sent + health.failed) <= usualFailed}
                    good="numbers.usual"
                    bad="numbers.unusual"
                  />
                )}
              </span>
            ) : (
              <Dash />
            ),
          ],
          [
            translate('numbers.replied_share'),
            health && health.people > 0 ? (
              <span className="row" style={{ gap: 10 }}>
                <span className="num">{format.share(health.replied, health.people)}</span>
                <span className="small mute">
                  {translate('numbers.replied_of', { count: format.number(health.replied), of: format.number(health.people) })}
                </span>
              </span>
            ) : (
              <Dash />
            ),
          ],
          [
            translate('numbers.times_lost'),
            history.data ? (
              <span className="row" style={{ gap: 10 }}>
                <span className="num">
                  {translate(isWhole ? 'numbers.count' : 'numbers.count_or_more', { count: format.number(times) })}
                </span>
                <Judged isGood={times < 3} good="numbers.usual" bad="numbers.unusual" />
              </span>
            ) : (
              <Dash />
            ),
          ],
          [translate('numbers.checked'), <Time key="checked" at={number.status_checked_at} />],
          [translate('numbers.provider_says'), number.raw_status && <span className="mono">{number.raw_status}</span>],
          [
            translate('numbers.hooks'),
            <Judged key="hooks" isGood={number.has_webhook_secret} good="numbers.hooks_signed" bad="numbers.hooks_unsigned" />,
          ],
          [translate('numbers.old_secret'), number.previous_secret_until && <Time key="old" at={number.previous_secret_until} />],
          [translate('numbers.protection'), translate(number.account_protection ? 'numbers.protection_on' : 'numbers.protection_off')],
        ]}
      />
    </Card>
  );
}

function Judged({ isGood, good, bad }: { isGood: boolean; good: string; bad: string }) {
  const translate = useTranslate();
  return (
    <span className="chip bare" data-state={isGood ? 'read' : 'uncertain'}>
      {isGood ? <CheckOutlined /> : <WarningAmberOutlined />}
      {translate(isGood ? good : bad)}
    </span>
  );
}
