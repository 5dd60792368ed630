import { useQuery } from '@tanstack/react-query';
import { useTranslate } from 'react-admin';
import { Card, Facts, Failed, Skeleton } from '../parts/page';
import { api, ok } from '../providers/client';
import type { Client } from '../providers/clients';
import { mayDo, useMe } from '../providers/me';

/** Kinds of data, each with the key of the configuration that says for how many days it is kept. */
const keys = {
  message: 'MESSAGE_RETENTION_DAYS',
  entry: 'ENTRY_RETENTION_DAYS',
  event: 'EVENT_RETENTION_DAYS',
  callback: 'CALLBACK_RETENTION_DAYS',
  hook: 'HOOK_RETENTION_DAYS',
  import: 'IMPORT_RETENTION_DAYS',
  session_history: 'SESSION_HISTORY_RETENTION_DAYS',
  route: 'ROUTE_RETENTION_DAYS',
  audit: 'AUDIT_RETENTION_DAYS',
} as const;

/** Days for which each kind of data of a client is kept, to people who see the configuration. */
export function KeptCard({ client }: { client: Client }) {
  const translate = useTranslate();
  const me = useMe();
  const maySee = mayDo(me, 'settings:manage', null);
  const { data, error, refetch } = useQuery({
    queryKey: ['clients', 'kept', client.id],
    queryFn: async ({ signal }) => {
      const [configuration, { settings }] = await Promise.all([
        ok(api.GET('/admin/v1/settings', { signal })),
        ok(api.GET('/v1/tenant', { headers: { 'heliograph-tenant': client.id }, signal })),
      ]);
      const days = new Map(configuration.data.flatMap((part) => part.keys).map(({ name, value }) => [name, Number(value)]));
      return { days, letters: (settings as { dead_letter_days: number | null }).dead_letter_days };
    },
    enabled: maySee,
  });
  if (!maySee) return null;
  const words = (days: number | null | undefined): string | null => {
    if (days === undefined) return null;
    return days ? translate('clients.kept.days', { smart_count: days }) : translate('clients.kept.forever');
  };
  return (
    <Card title={translate('clients.kept.title')}>
      {error ? (
        <Failed error={error} retry={() => void refetch()} />
      ) : !data ? (
        <Skeleton rows={3} />
      ) : (
        <>
          <Facts
            rows={[
              ...Object.entries(keys).map(([kind, key]): [string, string | null] => [
                translate(`clients.kept.of.${kind}`),
                words(data.days.get(key)),
              ]),
              [translate('clients.kept.of.letter'), words(data.letters)],
            ]}
          />
          <p className="small mute">{translate('clients.kept.note')}</p>
        </>
      )}
    </Card>
  );
}
