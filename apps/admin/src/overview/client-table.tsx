import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { ClientTag } from '../parts/values';
import { chooseTenant } from '../providers/tenant';
import { countOf, leftOf, listOf, sixNames } from './outcomes';
import type { Overview } from './overview-queries';

/** Share of failures from which on a client stands out. */
const highShare = 0.03;

/** The six counts of each client that had messages, and their sums. Each figure opens the list of its messages. */
export function ClientTable({ overview: { clients, totals, from } }: { overview: Overview }) {
  const translate = useTranslate();
  const format = useFormat();
  const shown = clients.filter(({ accepted }) => accepted > 0).sort((a, b) => b.accepted - a.accepted);
  const rest = clients.length - shown.length;
  return (
    <div className="table-box by-client">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">{translate('overview.client')}</th>
            <th scope="col" className="end">
              {translate('overview.counts.accepted')}
            </th>
            {sixNames.map((name) => (
              <th key={name} scope="col" className="end narrow-hide">
                {translate(`overview.counts.${name}`)}
              </th>
            ))}
            <th scope="col" className="end narrow-hide">
              {translate('overview.failed_share')}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((client) => {
            const choose = (): void => chooseTenant(client.tenant_id);
            const isHigh = leftOf(client) > 0 && client.failed / leftOf(client) >= highShare;
            return (
              <tr key={client.tenant_id}>
                <td className="name">
                  <Link className="plain" to="/" onClick={choose}>
                    <span className="row" style={{ flexWrap: 'nowrap' }}>
                      <ClientTag id={client.tenant_id} name={client.name} />
                      <span className="cut" dir="auto">
                        {client.name}
                      </span>
                    </span>
                  </Link>
                </td>
                <td className="end num strong">
                  <Link className="plain" to={listOf(from)} onClick={choose}>
                    {format.number(client.accepted)}
                  </Link>
                </td>
                {sixNames.map((name) => (
                  <td key={name} className={`end num narrow-hide${name === 'failed' && isHigh ? ' high-share' : ''}`}>
                    <Link className="plain" to={listOf(from, name)} onClick={choose}>
                      {format.number(countOf(client, name))}
                    </Link>
                  </td>
                ))}
                <td className={`end num narrow-hide${isHigh ? ' high-share' : ''}`}>{format.share(client.failed, leftOf(client))}</td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <td>
              {rest > 0
                ? translate('overview.sum_with_idle', { smart_count: rest, figure: format.number(rest) })
                : translate('overview.sum')}
            </td>
            <td className="end num">
              <Link className="plain" to={listOf(from)}>
                {format.number(totals.accepted)}
              </Link>
            </td>
            {sixNames.map((name) => (
              <td key={name} className="end num narrow-hide">
                <Link className="plain" to={listOf(from, name)}>
                  {format.number(countOf(totals, name))}
                </Link>
              </td>
            ))}
            <td className="end num narrow-hide">{format.share(totals.failed, leftOf(totals))}</td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}
