import { useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { allPages } from '../providers/cursor-pages';
import { useTenant } from '../providers/tenant';
import type { CampaignDraft } from './api';

type WhatsAppNumber = components['schemas']['Session'];

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

/** Returns the numbers that a campaign sends from. */
export function numbersOf<N extends Pick<WhatsAppNumber, 'id' | 'tags'>>(
  all: readonly N[],
  { session_ids, tag }: Pick<CampaignDraft['numbers'], 'session_ids' | 'tag'>,
): N[] {
  return all.filter(({ id, tags }) => (session_ids.length === 0 || session_ids.includes(id)) && (tag === null || tags.includes(tag)));
}
