import { useQuery } from '@tanstack/react-query';
import type { components } from '../providers/api-types';
import { api, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';

export type Letter = components['schemas']['DeadLetter'];
export type LetterDetail = components['schemas']['DeadLetterDetail'];
export type LetterCause = components['schemas']['DeadLetterCauses']['data'][number];
export type LetterFilter = components['schemas']['RedriveDeadLetters']['filter'];

export const letterKinds = ['message', 'event', 'callback', 'hook', 'broker'] as const satisfies Letter['kind'][];
export const letterStates = ['open', 'redriven', 'discarded', 'resolved'] as const satisfies Letter['state'][];

/** Open letters of the client, counted by kind and cause, the most first. */
export function useCauses() {
  const tenant = useTenant();
  return useQuery({
    queryKey: ['dead_letters', 'causes', tenant],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/dead-letters/causes', { signal }))).data,
    enabled: !!tenant,
    refetchInterval: 15_000,
  });
}

/** True when the person may redrive and discard for the client that is chosen. */
export function useMayDecide(): boolean {
  return mayDo(useMe(), 'dead_letters:manage', useTenant());
}
