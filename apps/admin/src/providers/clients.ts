import { useQuery } from '@tanstack/react-query';
import type { components } from './api-types';
import { api, ok } from './client';

/** A client, which the API calls tenant. */
export type Client = components['schemas']['ClientTenant'];

async function readClients(): Promise<Client[]> {
  const clients: Client[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await ok(api.GET('/admin/v1/tenants', { params: { query: { limit: 500, ...(cursor && { cursor }) } } }));
    clients.push(...page.data);
    if (!page.next_cursor) return clients;
    cursor = page.next_cursor;
  }
}

/** Clients the person may see. */
export function useClients() {
  return useQuery({
    queryKey: ['clients', 'mine'],
    queryFn: readClients,
    staleTime: 60_000,
  });
}
