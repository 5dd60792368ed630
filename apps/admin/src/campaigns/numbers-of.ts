import { useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import { api, ok } from '../providers/client';
import { allPages } from '../providers/cursor-pages';
import { useTenant } from '../providers/tenant';

/** All numbers of the client. */
export function useNumbers() {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['numbers', 'all', tenant],
    queryFn: ({ signal }) => allPages(tenant, (query, headers) => ok(api.GET('/v1/sessions', { params: { query }, headers, signal }))),
    enabled: tenant !== null,
    refetchInterval: useEveryMs(30_000),
  });
}
