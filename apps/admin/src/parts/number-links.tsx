import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { chipOf } from '../numbers/number-state';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { allPages } from '../providers/cursor-pages';
import { useTenant } from '../providers/tenant';
import { Failed, Skeleton } from './page';
import { StateChip } from './state-chip';
import { Phone } from './values';

type WhatsAppNumber = components['schemas']['Session'];

/** Numbers of the client that these are: links with phone and state. */
export function NumberLinks({ of, empty }: { of: (number: WhatsAppNumber) => boolean; empty: string }) {
  const translate = useTranslate();
  const tenant = useTenant();
  const { data, error, refetch } = useQuery({
    queryKey: ['numbers', 'all', tenant],
    queryFn: ({ signal }) => allPages(tenant, (query, headers) => ok(api.GET('/v1/sessions', { params: { query }, headers, signal }))),
    enabled: tenant !== null,
  });
  if (error) return <Failed error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton rows={3} />;
  const found = data.filter(of);
  if (found.length === 0) return <p className="text">{empty}</p>;
  return (
    <ul className="rights" aria-label={translate('menu.numbers')}>
      {found.map((number) => (
        <li key={number.id} className="row" style={{ justifyContent: 'space-between', flexWrap: 'nowrap' }}>
          <span className="cut">
            <Link className="linked" to={`/numbers/${number.id}`}>
              <span dir="auto">{number.name}</span>
            </Link>{' '}
            <span className="mute">
              <Phone value={number.phone} />
            </span>
          </span>
          <StateChip kind="number" state={chipOf(number.status)} />
        </li>
      ))}
    </ul>
  );
}
