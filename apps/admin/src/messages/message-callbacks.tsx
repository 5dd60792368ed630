import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { Card, Failed } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { Time } from '../parts/values';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';

type Message = components['schemas']['Message'];

const maxCallbacks = 20;

/** Callbacks that notified the core application of the message, the first one first, from every endpoint. Nothing while there is no endpoint. */
export function MessageCallbacks({
  message: { id, created_at, state },
  tenant,
}: {
  message: Pick<Message, 'id' | 'created_at' | 'state'>;
  tenant: string;
}) {
  const translate = useTranslate();
  const me = useMe();
  const { data, error, refetch } = useQuery({
    queryKey: ['endpoints', 'of-message', tenant, id, state],
    queryFn: async ({ signal }) => {
      const { data: endpoints } = await ok(api.GET('/v1/callback-endpoints', { signal }));
      const query = { about: id, from: created_at, limit: maxCallbacks };
      const pages = await Promise.all(
        endpoints.map(async (endpoint) => {
          const params = { path: { id: endpoint.id }, query };
          const { data: rows } = await ok(api.GET('/v1/callback-endpoints/{id}/callbacks', { params, signal }));
          return rows.map((row) => ({ ...row, endpoint }));
        }),
      );
      return { endpoints: endpoints.length, rows: pages.flat().sort((a, b) => a.at.localeCompare(b.at)) };
    },
    enabled: mayDo(me, 'callbacks:read', tenant),
    retry: false,
  });
  if (!data && error)
    return (
      <Card title={translate('message_page.callbacks')} pad={false}>
        <Failed error={error} retry={() => void refetch()} />
      </Card>
    );
  if (!data || data.endpoints === 0) return null;
  return (
    <Card title={translate('message_page.callbacks')} pad={data.rows.length === 0}>
      {data.rows.length === 0 ? (
        <p className="text">{translate('message_page.no_callbacks')}</p>
      ) : (
        <div className="lines">
          {data.rows.map(({ event_id, type, state: is, attempts, at, endpoint }) => (
            <div key={`${endpoint.id}.${event_id}`}>
              <Link className="linked" to={`/endpoints/${endpoint.id}/deliveries/${event_id}`} title={endpoint.name}>
                {type}
              </Link>
              <span className="grow" />
              <StateChip kind="callback" state={is} bare />
              {attempts > 1 && <span className="small mute num">{translate('message_page.tries', { smart_count: attempts })}</span>}
              <Time at={at} />
            </div>
          ))}
        </div>
      )}
    </Card>
  );
}
