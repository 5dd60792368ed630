import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { Card } from '../parts/page';
import { StateChip } from '../parts/state-chip';
import { useMay } from '../providers/acts';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { useEndpoints } from './endpoints';

const hour = 3_600_000;
const mostShown = 10;

/** Callbacks about a message, by endpoint. They are looked for between its acceptance and its last step. */
export function MessageCallbacks({ id, from, last, isMoving }: { id: string; from: string; last: string; isMoving: boolean }) {
  const mayRead = useMay('callbacks:read');
  return mayRead ? <Read id={id} from={from} last={last} isMoving={isMoving} /> : null;
}

function Read({ id, from, last, isMoving }: { id: string; from: string; last: string; isMoving: boolean }) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const { data: endpoints } = useEndpoints();
  const to = new Date(Date.parse(last) + hour).toISOString();
  const ids = endpoints?.map((endpoint) => endpoint.id).join() ?? '';
  const { data } = useQuery({
    queryKey: ['deliveries', 'of-message', tenant, id, last, ids],
    queryFn: ({ signal }) =>
      Promise.all(
        (endpoints ?? []).map(async (endpoint) => ({
          endpoint,
          found: (
            await ok(
              api.GET('/v1/callback-endpoints/{id}/callbacks', {
                params: { path: { id: endpoint.id }, query: { about: id, from, to, limit: mostShown } },
                signal,
              }),
            )
          ).data,
        })),
      ),
    enabled: ids !== '',
    refetchInterval: isMoving ? 4_000 : false,
  });
  const told = data?.filter(({ found }) => found.length > 0) ?? [];
  if (told.length === 0) return null;
  return (
    <Card title={translate('deliveries.callbacks')} pad={false}>
      <div className="lines">
        {told.flatMap(({ endpoint, found }) =>
          found.toReversed().map(({ event_id, type, state, attempts, at, settled_at }) => (
            <div key={`${endpoint.id}.${event_id}`} style={{ flexWrap: 'wrap', columnGap: 10, rowGap: 2 }}>
              <Link className="plain mono strong" to={`/endpoints/${endpoint.id}/deliveries/${event_id}`}>
                {type}
              </Link>
              <span className="small mute cut" style={{ maxWidth: 110 }}>
                {endpoint.name}
              </span>
              <span className="grow" />
              <StateChip kind="callback" state={state} bare />
              <span className="num mute small nowrap">
                {[
                  attempts > 1 && translate('deliveries.attempt', { number: attempts }),
                  settled_at && format.duration(Math.max(0, Date.parse(settled_at) - Date.parse(at))),
                ]
                  .filter(Boolean)
                  .join(', ')}
              </span>
            </div>
          )),
        )}
      </div>
    </Card>
  );
}
