import { useQuery } from '@tanstack/react-query';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { mayDoAnywhere, useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';
import { useEveryMs } from './live-store';

export type Alert = components['schemas']['Alert'];
export type AlertCounts = components['schemas']['Alerts']['counts'];

/** Reads what waits for a person, of the chosen client or of all. The stream announces changes; caps change without it. */
export function useAlerts() {
  const tenant = useTenant();
  const me = useMe();
  return useQuery({
    queryKey: ['alerts', tenant],
    queryFn: ({ signal }) => ok(api.GET('/admin/v1/alerts', { params: { query: tenant ? { tenant_id: tenant } : {} }, signal })),
    enabled: mayDoAnywhere(me, 'overview:read'),
    refetchInterval: useEveryMs(60_000),
  });
}

/** Page that an alert opens. */
export function linkOf({ kind, subject, cause }: Alert): string | null {
  if (kind.startsWith('number_') || kind === 'cap_near' || kind === 'lane_invalid') return subject && `/numbers/${subject.id}`;
  if (kind === 'dead_letters' || kind === 'events_rejected' || kind === 'unknown_outcome')
    return `/dead-letters?${filterOf({ cause: cause ?? undefined })}`;
  if (kind.startsWith('endpoint_')) return subject && `/endpoints/${subject.id}`;
  if (kind.startsWith('campaign_')) return subject && `/campaigns/${subject.id}`;
  if (kind === 'opt_out_reviews') return '/opt-outs';
  if (kind === 'broker_down') return '/queues';
  if (kind === 'account_guessed') return subject && `/staff/${subject.id}`;
  if (kind === 'group_paused') return subject && `/messages?${filterOf({ group_id: subject.id })}`;
  return null;
}

/** Query of a list's address with these filters. */
export function filterOf(filter: Record<string, unknown>): string {
  return new URLSearchParams({ filter: JSON.stringify(filter) }).toString();
}
