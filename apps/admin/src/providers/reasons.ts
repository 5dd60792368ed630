import { useQuery } from '@tanstack/react-query';
import type { components } from './api-types';
import { api, ok } from './client';
import { useTenant } from './tenant';

/** A cause in words: what it means, what to do, and whether sending again can help. */
export type Reason = components['schemas']['ReasonList']['data'][number];
/** How a redrive of a cause ends: names of `state.redrive`. */
export type RedriveHope = 'helps' | 'may_duplicate' | 'no_help';

/** Cause of a message that may have gone out. Its redrive takes `may_duplicate`. */
export const unknownOutcome = 'outcome_unknown';

/**
 * Every cause by its code, the same words as those of the API.
 * @param anyTenant client to ask for while none is chosen: the words are the same for all
 */
export function useReasons(anyTenant?: string): Map<string, Reason> {
  const tenant = useTenant() ?? anyTenant;
  const { data } = useQuery({
    queryKey: ['reasons', tenant],
    queryFn: async () => {
      const { data: reasons } = await ok(api.GET('/v1/reasons', { headers: { 'heliograph-tenant': tenant } }));
      return new Map(reasons.map((reason) => [reason.code, reason]));
    },
    staleTime: Infinity,
    enabled: !!tenant,
  });
  return data ?? none;
}

const none = new Map<string, Reason>();

/** Returns whether a redrive of letters of this cause can help. */
export function hopeOf(cause: string, redriveHelps: boolean): RedriveHope {
  if (cause === unknownOutcome) return 'may_duplicate';
  return redriveHelps ? 'helps' : 'no_help';
}
