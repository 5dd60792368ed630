import { useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import { type Tagged, tagged, useAct } from '../providers/acts';
import type { components } from '../providers/api-types';
import { api, type ApiError, ok } from '../providers/client';
import { mayDo, useMe } from '../providers/me';
import { useTenant } from '../providers/tenant';

export type Endpoint = components['schemas']['CallbackEndpoint'];
export type Delivery = components['schemas']['Callback'];
export type DeliveryDetail = components['schemas']['CallbackDetail'];
export type CallbackType = components['schemas']['CallbackType'];
export type CallbackTypeInfo = components['schemas']['CallbackTypeList']['data'][number];
export type EndpointLook = 'active' | 'failing' | 'asked_to_wait' | 'paused' | 'disabled';

/** State of an endpoint as a chip shows it: an active one may fail, or may have asked for a pause. */
export function lookOf({ state, failing_since, closed_until }: Endpoint, now = Date.now()): EndpointLook {
  if (state !== 'active') return state;
  if (closed_until && Date.parse(closed_until) > now) return 'asked_to_wait';
  return failing_since ? 'failing' : 'active';
}

/** Endpoints of the client, read again every 10 s. */
export function useEndpoints() {
  const tenant = useTenant();
  return useQuery<Endpoint[], ApiError>({
    queryKey: ['endpoints', tenant],
    queryFn: async ({ signal }) => (await ok(api.GET('/v1/callback-endpoints', { signal }))).data,
    enabled: !!tenant,
    refetchInterval: useEveryMs(10_000),
  });
}

/** An endpoint with its tag. */
export function useEndpoint(id: string) {
  const tenant = useTenant();
  return useQuery<Tagged<Endpoint>, ApiError>({
    queryKey: ['endpoints', tenant, id],
    queryFn: ({ signal }) => tagged(api.GET('/v1/callback-endpoints/{id}', { params: { path: { id } }, signal })),
    enabled: !!tenant,
    refetchInterval: useEveryMs(10_000),
  });
}

/** Types of callbacks with examples. */
export function useCallbackTypes() {
  const tenant = useTenant();
  const me = useMe();
  const { data } = useQuery({
    queryKey: ['callback-types', tenant],
    queryFn: async () => (await ok(api.GET('/v1/callback-types'))).data,
    staleTime: Infinity,
    enabled: !!tenant && mayDo(me, 'callbacks:read', tenant),
  });
  return data ?? none;
}

const none: CallbackTypeInfo[] = [];

/** Changes endpoints, then reads them again. */
export function useEndpointAct() {
  return useAct(['endpoints'], ['deliveries'], ['dead_letters']);
}

/** Reasons why a call does not count as accepted, as the API names them. */
export const callReasons = ['status', 'redirect', 'gone', 'timeout', 'connection_failed', 'host_not_found', 'url_not_allowed'] as const;

/** Key of the words of a reason; undefined for one that is not known. */
export function reasonKey(reason: string): string | undefined {
  return (callReasons as readonly string[]).includes(reason) ? `deliveries.reasons.${reason}` : undefined;
}
