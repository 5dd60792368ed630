import { useQuery } from '@tanstack/react-query';
import { useClients } from '../layout/client-switcher';
import { useEveryMs } from '../live/live-store';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';
import type { FirstRunData } from './steps';

type Client = components['schemas']['ClientTenant'];
type Session = components['schemas']['Session'];

/** State of the guide for one client. */
export interface FirstRun extends FirstRunData {
  client: Client | null;
  /** A number to send from, linked if there is one. */
  number: Session | null;
}

/** Key of what the guide reads. */
export const firstRunKey = 'first-run';

/**
 * Reads how far a client is: the one that is chosen, or the first of the person's. Undefined while that is not known, and for people
 * who may not see all of it.
 */
export function useFirstRun(isOn: boolean): { data: FirstRun | undefined; error: ApiError | null } {
  const me = useMe();
  const tenant = useTenant();
  const clients = useClients();
  const client = clients.data?.find(({ id }) => id === tenant) ?? clients.data?.[0] ?? null;
  const id = client?.id ?? null;
  const maySee = (['sessions:read', 'messages:read', 'callbacks:read'] as const).every((permission) => mayDo(me, permission, id));
  const [rarelyMs, oftenMs] = [useEveryMs(30_000), useEveryMs(5_000)];
  const read = useQuery<Pick<FirstRun, 'number' | 'hasNumber' | 'hasMessage' | 'hasEndpoint'>, ApiError>({
    queryKey: [firstRunKey, id],
    queryFn: async ({ signal }) => {
      const headers = { 'heliograph-tenant': id as string };
      const [sessions, messages, endpoints] = await Promise.all([
        ok(api.GET('/v1/sessions', { params: { query: { limit: 50 } }, headers, signal })),
        ok(api.GET('/v1/messages', { params: { query: { limit: 1 } }, headers, signal })),
        ok(api.GET('/v1/callback-endpoints', { headers, signal })),
      ]);
      const number = sessions.data.find(({ status }) => status === 'connected') ?? sessions.data[0] ?? null;
      return {
        number,
        hasNumber: sessions.data.some(({ confirmed_phone }) => confirmed_phone !== null),
        hasMessage: messages.data.length > 0,
        hasEndpoint: endpoints.data.length > 0,
      };
    },
    enabled: isOn && id !== null && maySee,
    refetchInterval: (query) => (query.state.data?.hasEndpoint ? rarelyMs : oftenMs),
  });
  if (!me || !clients.data) return { data: undefined, error: clients.error as ApiError | null };
  if (!client)
    return {
      data: { client: null, number: null, hasClient: false, hasNumber: false, hasMessage: false, hasEndpoint: false },
      error: null,
    };
  return { data: read.data && { client, hasClient: true, ...read.data }, error: read.error };
}
