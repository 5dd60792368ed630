import { useQuery } from '@tanstack/react-query';
import type { components } from './api-types';
import { api, ok } from './client';
import { allPages } from './cursor-pages';

/** A client, which the API calls tenant. */
export type Client = components['schemas']['ClientTenant'];

/** Clients the person may see. */
export function useClients() {
  return useQuery({
    queryKey: ['clients', 'mine'],
    queryFn: ({ signal }) => allPages(null, (query, headers) => ok(api.GET('/admin/v1/tenants', { params: { query }, headers, signal }))),
    staleTime: 60_000,
  });
}
