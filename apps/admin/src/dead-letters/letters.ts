import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';

export type Letter = components['schemas']['DeadLetter'];
/** A letter in a list over all clients. */
export type ClientLetter = Letter & { tenant_id?: string };
export type LetterDetail = components['schemas']['DeadLetterDetail'];
export type LetterFilter = components['schemas']['BulkRedriveDeadLetters']['filter'];

/** Open letters of one kind and cause; over all clients with the clients that have some. */
export type LetterCause = Omit<components['schemas']['DeadLetterCauses']['data'][number], 'care' | 'alert'> & {
  tenants?: { id: string; count: number }[];
  care?: Care | null;
  alert?: components['schemas']['DeadLetterAlert'];
};
export type Care = components['schemas']['DeadLetterCare'];

/** Letters that a decision is about: a client, a filter, and the count that the person saw. */
export interface Target {
  tenant: string;
  filter: LetterFilter;
  expect: number;
}

export const letterKinds = ['message', 'event', 'callback', 'hook', 'broker'] as const satisfies Letter['kind'][];
export const letterStates = ['open', 'redriven', 'discarded', 'resolved'] as const satisfies Letter['state'][];

/** Open letters of the client that is chosen, or of all, counted by kind and cause, the most first. */
export function useCauses() {
  const tenant = useTenant();
  return useQuery<LetterCause[]>({
    queryKey: ['dead_letters', 'causes', tenant],
    queryFn: async ({ signal }) =>
      tenant
        ? (await ok(api.GET('/v1/dead-letters/causes', { signal }))).data
        : (await ok(api.GET('/admin/v1/dead-letters/causes', { signal }))).data,
    refetchInterval: useEveryMs(15_000),
  });
}

/** Phones to which the messages of these letters were, by id of the message; those that may not be seen are left out. */
export function useRecipients(letters: ClientLetter[]): Map<string, string> {
  const me = useMe();
  const tenant = useTenant();
  const idsOf = new Map<string, string[]>();
  for (const { kind, subject_id, tenant_id = tenant } of letters)
    if (kind === 'message' && tenant_id && mayDo(me, 'messages:read', tenant_id))
      idsOf.set(tenant_id, [...(idsOf.get(tenant_id) ?? []), subject_id]);
  const { data } = useQuery({
    queryKey: ['recipients', [...idsOf]],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        [...idsOf].map(([of, id]) =>
          ok(api.GET('/v1/messages', { params: { query: { id, limit: id.length } }, headers: { 'heliograph-tenant': of }, signal })),
        ),
      );
      return new Map(pages.flatMap(({ data: rows }) => rows.map(({ id, to }): [string, string] => [id, to])));
    },
    enabled: idsOf.size > 0,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
  return data ?? new Map<string, string>();
}

/** True when the person may redrive and discard for this client. */
export function useMayDecideFor(): (tenant: string) => boolean {
  const me = useMe();
  return (tenant) => mayDo(me, 'dead_letters:manage', tenant);
}

/** True when the person may redrive and discard for the client that is chosen. */
export function useMayDecide(): boolean {
  return mayDo(useMe(), 'dead_letters:manage', useTenant());
}

/** Members of a list's filter that a decision about many letters takes. */
export function bulkFilter(filterValues: Record<string, unknown>): LetterFilter {
  const { kind, cause, session_id, group_id, subject_id, created_from, created_to, detail, prefix, template_id, without } =
    filterValues as LetterFilter;
  return {
    ...(kind && { kind }),
    ...(cause && { cause }),
    ...(session_id && { session_id }),
    ...(group_id && { group_id }),
    ...(subject_id && { subject_id }),
    ...(created_from && { created_from }),
    ...(created_to && { created_to }),
    ...(detail && { detail }),
    ...(prefix && { prefix }),
    ...(template_id && { template_id }),
    ...(without && { without }),
  };
}

/** Returns a filter without what parts the letters of one cause. */
export function withoutParts<T>({ detail: _, prefix: __, template_id: ___, without: ____, ...rest }: Record<string, T>): Record<string, T> {
  return rest;
}

const isOf = (one: LetterCause, { kind, cause }: Pick<LetterFilter, 'kind' | 'cause'>): boolean =>
  (!kind || one.kind === kind) && (!cause || one.cause === cause);

/** Clients that have open letters of the kind and cause of a filter, over all clients. */
export function clientsWith(causes: LetterCause[], filter: LetterFilter): string[] {
  return [...new Set(causes.filter((one) => isOf(one, filter)).flatMap(({ tenants = [] }) => tenants.map(({ id }) => id)))];
}

/**
 * Clients that a filter reaches, each with its count, as the causes say; undefined when only the server can count it.
 * @param tenant the client that is chosen; null: all
 */
export function countedByCauses(causes: LetterCause[], filter: LetterFilter, tenant: string | null): Target[] | undefined {
  const { kind, cause, ...rest } = filter;
  if (Object.keys(rest).length > 0) return undefined;
  const counts = new Map<string, number>();
  for (const one of causes) {
    if (!isOf(one, { kind, cause })) continue;
    for (const { id, count } of tenant ? [{ id: tenant, count: one.count }] : (one.tenants ?? []))
      counts.set(id, (counts.get(id) ?? 0) + count);
  }
  return [...counts].map(([id, expect]) => ({ tenant: id, filter, expect }));
}

/** Sum of what the person saw. */
export const expectedOf = (targets: Target[]): number => targets.reduce((sum, { expect }) => sum + expect, 0);
