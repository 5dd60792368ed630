import { useTranslate } from 'react-admin';
import { Card, Empty, Failed, Skeleton } from '../parts/page';
import { Refused } from '../parts/refused';
import { StateChip } from '../parts/state-chip';
import { Dash, Phone, Time } from '../parts/values';
import { ActButton } from '../parts/act-button';
import { api, ok } from '../providers/client';
import { type SimulatorNumber, type SimulatorSend, useOwnNumbers, useSends, useSimulatorAct } from './simulator-data';

/** The last sends, as they reached WhatsApp or not. */
export function LedgerCard({ numbers }: { numbers: SimulatorNumber[] }) {
  const translate = useTranslate();
  const own = useOwnNumbers();
  const { data, error, refetch } = useSends();
  const act = useSimulatorAct();
  const nameOf = (id: number): string => own.get(String(id))?.name ?? numbers.find((one) => one.id === id)?.name ?? String(id);
  return (
    <Card
      title={translate('simulator.ledger')}
      note={translate('simulator.ledger_note')}
      acts={
        data && data.length > 0 ? (
          <ActButton
            variant="text"
            sx={{ my: '-4px' }}
            busy={act.isPending}
            onClick={() => act.mutate(() => ok(api.DELETE('/admin/v1/simulator/sends')))}
          >
            {translate('simulator.clear')}
          </ActButton>
        ) : null
      }
      pad={false}
    >
      {act.error && (
        <div className="pad">
          <Refused error={act.error} title={translate('simulator.do_failed')} />
        </div>
      )}
      {!data && (error ? <Failed error={error} retry={() => void refetch()} /> : <Skeleton rows={4} />)}
      {data?.length === 0 && <Empty title={translate('simulator.ledger_empty')}>{translate('simulator.ledger_empty_text')}</Empty>}
      {data && data.length > 0 && (
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{translate('simulator.at')}</th>
              <th scope="col" className="narrow-hide">
                {translate('simulator.number')}
              </th>
              <th scope="col">{translate('simulator.recipient')}</th>
              <th scope="col" className="narrow-hide">
                {translate('simulator.content')}
              </th>
              <th scope="col">{translate('simulator.outcome')}</th>
            </tr>
          </thead>
          <tbody>
            {data.map((line) => (
              <tr key={line.seq}>
                <td>
                  <Time at={line.at} />
                </td>
                <td className="narrow-hide">
                  <span dir="auto">{nameOf(line.session_id)}</span>
                </td>
                <td>
                  <Phone value={line.to} />
                </td>
                <td className="narrow-hide">
                  {line.text === null ? (
                    line.kind ? (
                      <span className="mono">{line.kind}</span>
                    ) : (
                      <Dash />
                    )
                  ) : (
                    <span dir="auto" className="sim-text cut">
                      {line.text}
                    </span>
                  )}
                </td>
                <td>
                  <Outcome line={line} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

const words = ['failed', 'sent', 'sent', 'delivered', 'read', 'played'] as const;

function Outcome({ line: { decision, answer, status } }: { line: SimulatorSend }) {
  const translate = useTranslate();
  if (decision !== 'accepted')
    return (
      <span className="soft">
        {decision === '499' ? translate('simulator.no_answer') : translate('simulator.refused_with', { status: decision })}
      </span>
    );
  return (
    <span className="row">
      <StateChip kind="message" state={words[status] ?? 'sent'} bare />
      {answer !== 'full' && <span className="mute small">{translate(`simulator.answer.${answer}`)}</span>}
    </span>
  );
}
