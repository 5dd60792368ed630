import CheckOutlined from '@mui/icons-material/CheckOutlined';
import WarningAmberOutlined from '@mui/icons-material/WarningAmberOutlined';
import { useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { Card, Facts, Failed } from '../parts/page';
import { Dash, Time } from '../parts/values';
import type { WhatsAppNumber } from './number-state';
import { useHealth } from './queries';

/** Messages below which a share says nothing. */
const fewest = 20;
/** Shares that are usual: above the first, below the second. */
const usualDelivered = 0.85;
const usualFailed = 0.05;
const usualOptedOut = 0.02;
/** Losses of the link that are unusual. */
const manyLosses = 3;

/** Signs of a number's health: what became of its messages, how often it was lost, what the provider says of it, how its hooks do. */
export function HealthCard({ number }: { number: WhatsAppNumber }) {
  const translate = useTranslate();
  const format = useFormat();
  const { data: health, error, refetch } = useHealth(number.id);
  // Receipts come later: what was sent a moment ago is not yet delivered.
  const enough = health !== undefined && health.sent + health.failed >= fewest;
  return (
    <Card title={translate('numbers.health')} note={translate('numbers.health_note')}>
      {error && !health && <Failed error={error} retry={() => void refetch()} />}
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
            translate('numbers.opted_out_share'),
            health && health.people > 0 ? (
              <span className="row" style={{ gap: 10 }}>
                <span className="num">{format.share(health.opted_out, health.people)}</span>
                {health.people >= fewest && (
                  <Judged isGood={health.opted_out / health.people <= usualOptedOut} good="numbers.usual" bad="numbers.unusual" />
                )}
              </span>
            ) : (
              <Dash />
            ),
          ],
          [
            translate('numbers.times_lost'),
            health ? (
              <span className="row" style={{ gap: 10 }}>
                <span className="num">{format.number(health.losses)}</span>
                <Judged isGood={health.losses < manyLosses} good="numbers.usual" bad="numbers.unusual" />
              </span>
            ) : (
              <Dash />
            ),
          ],
          [
            translate('numbers.last_hook'),
            health?.last_hook_at ? <Time key="last_hook" at={health.last_hook_at} /> : <Dash key="last_hook" />,
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
