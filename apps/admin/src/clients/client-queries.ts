import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useEveryMs } from '../live/live-store';
import { beginOf } from '../overview/overview-queries';
import type { components } from '../providers/api-types';
import { type Tagged, tagged, useAct } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import type { Client } from '../providers/clients';
import { mayDo, useMe } from '../providers/me';

export type Health = components['schemas']['TenantHealth'];

/** Health of these clients by id, read again every half minute. */
export function useHealth(ids: string[]) {
  return useQuery({
    queryKey: ['clients', 'health', ids],
    queryFn: async ({ signal }) => {
      const { data } = await ok(api.GET('/admin/v1/tenants/health', { params: { query: { ids: ids.join(',') } }, signal }));
      return new Map(data.map((health) => [health.tenant_id, health]));
    },
    enabled: ids.length > 0,
    refetchInterval: useEveryMs(30_000),
  });
}

/** Messages that were accepted since midnight, by client; undefined while it is not known, or where the person may not see it. */
export function useAcceptedToday(): Map<string, number> | undefined {
  const me = useMe();
  const maySee = !!me && [me.permissions, ...Object.values(me.tenant_permissions)].some((rights) => rights.includes('overview:read'));
  const from = beginOf('today').toISOString();
  const { data } = useQuery({
    queryKey: ['overview', 'counts', 'today', null, from],
    queryFn: ({ signal }) => ok(api.GET('/admin/v1/overview', { params: { query: { from } }, signal })),
    enabled: maySee,
    refetchInterval: useEveryMs(30_000),
  });
  return useMemo(() => data && new Map(data.clients.map(({ tenant_id, accepted }) => [tenant_id, accepted])), [data]);
}

/** A client. */
export function useClient(id: string) {
  return useQuery<Tagged<Client>, ApiError>({
    queryKey: ['clients', 'one', id],
    queryFn: ({ signal }) => tagged(api.GET('/admin/v1/tenants/{id}', { params: { path: { id } }, signal })),
  });
}

/** Changes a client, then reads all that names it anew. */
export const useClientAct = () => useAct(['clients']);

/** True when the person may add and change clients; undefined until that is known. */
export function useMayManageClients(): boolean | undefined {
  const me = useMe();
  return me && mayDo(me, 'tenants:manage', null);
}
