import { useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import { useAct } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { useTenant } from '../providers/tenant';

export type CoreEvent = components['schemas']['Event'];
export type EventRule = components['schemas']['EventRule'];
export type EventType = components['schemas']['EventType'];
export type Trial = components['schemas']['EventTrial'];

/** Rules of the client in their order of evaluation. */
export function useRules() {
  const tenant = useTenant();
  return useQuery<EventRule[]>({
    queryKey: ['rules', tenant],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/event-rules', { signal }))).data,
    enabled: !!tenant,
    refetchInterval: useEveryMs(15_000),
  });
}

/** Types of events that the client's catalogue knows. */
export function useEventTypes() {
  const tenant = useTenant();
  return useQuery<EventType[]>({
    queryKey: ['event-types', tenant],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/event-types', { signal }))).data,
    enabled: !!tenant,
  });
}

/** One event, read again while it waits for its rules. */
export function useEvent(id: string) {
  const tenant = useTenant();
  const everyMs = useEveryMs(1_500);
  return useQuery({
    queryKey: ['events', 'one', tenant, id],
    queryFn: ({ signal }) => ok(api.GET('/v1/events/{id}', { params: { path: { id } }, signal })),
    enabled: !!tenant && id !== '',
    refetchInterval: ({ state }) => (state.data?.state === 'received' ? everyMs : false),
  });
}

/** Changes events, then reads events, their dead letters and rules again. */
export function useEventAct() {
  return useAct(['events'], ['dead_letters'], ['rules']);
}

/** Reasons why no rule was asked, and that of a failed event, which have words. */
export const eventReasons = ['unknown_event', 'invalid_payload', 'invalid_subject', 'unknown_subject', 'rule_failed', 'unreadable_event'];

/** The person an event is about, as it names them. */
export function subjectOf({ subject }: Pick<CoreEvent, 'subject'>): string {
  return subject.phone ?? subject.external_id ?? subject.lid ?? subject.contact_id ?? '';
}
