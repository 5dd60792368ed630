import { useQuery } from '@tanstack/react-query';
import { api, ok } from './client';
import { allPages } from './cursor-pages';
import { mayDo, useMe } from './me';
import { useTenant } from './tenant';

/** Names and phones of the client's numbers by id, as far as the person may see them. */
export function useNumberNames(): Map<string, { name: string; phone: string | null }> {
  const tenant = useTenant();
  const me = useMe();
  const { data } = useQuery({
    queryKey: ['numbers', 'names', tenant],
    queryFn: async ({ signal }) => {
      const numbers = await allPages(tenant, (query, headers) => ok(api.GET('/v1/sessions', { params: { query }, headers, signal })));
      return new Map(numbers.map(({ id, name, phone, confirmed_phone }) => [id, { name, phone: confirmed_phone ?? phone }]));
    },
    staleTime: 60_000,
    enabled: !!tenant && mayDo(me, 'sessions:read', tenant),
  });
  return data ?? none;
}

const none = new Map<string, { name: string; phone: string | null }>();
