import { type QueryKey, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useEveryMs } from '../live/live-store';
import { type Tagged, tagged, useAct, useMay } from '../providers/acts';
import { api, type ApiError, ok } from '../providers/client';
import { byCursor } from '../providers/cursor-pages';
import { byOwnClock } from '../providers/server-clock';
import { useTenant } from '../providers/tenant';
import type { Lane, WhatsAppNumber } from './number-state';

/** Key of all that is read of a number. */
const keyOf = (tenant: string | null, id: string, ...part: string[]): QueryKey => ['number', tenant, id, ...part];

/** A number, read again every so many ms. */
export function useNumber(id: string, everyMs: number | false) {
  const tenant = useTenant();
  return useQuery<Tagged<WhatsAppNumber>, ApiError>({
    queryKey: keyOf(tenant, id, 'number'),
    queryFn: ({ signal }) => tagged(api.GET('/v1/sessions/{id}', { params: { path: { id } }, signal })),
    enabled: tenant !== null,
    refetchInterval: everyMs,
  });
}

/** Limits of a number and what is left of them. */
export function useLane(id: string, everyMs = 15_000) {
  const tenant = useTenant();
  return useQuery<Tagged<Lane>, ApiError>({
    queryKey: keyOf(tenant, id, 'lane'),
    queryFn: ({ signal }) => tagged(api.GET('/v1/sessions/{id}/lane', { params: { path: { id } }, signal })),
    enabled: tenant !== null,
    refetchInterval: useEveryMs(everyMs),
  });
}

/** Messages of a number that were sent, delivered and failed in the last days. */
export function useHealth(id: string) {
  const tenant = useTenant();
  return useQuery({
    queryKey: keyOf(tenant, id, 'health'),
    queryFn: ({ signal }) => ok(api.GET('/v1/sessions/{id}/health', { params: { path: { id } }, signal })),
    enabled: tenant !== null,
    refetchInterval: useEveryMs(30_000),
  });
}

/** A QR code and when it is old, by the clock of this browser. */
interface QrCode {
  status: string;
  qr: string | null;
  endsAt: number | null;
}

/** The QR code of now, asked for again every 1.5 s while `isOn`. */
export function useQr(id: string, isOn: boolean) {
  const tenant = useTenant();
  return useQuery<QrCode, ApiError>({
    queryKey: keyOf(tenant, id, 'qr'),
    queryFn: async ({ signal }) => {
      const { data, response } = await api.GET('/v1/sessions/{id}/qr', { params: { path: { id } }, signal });
      const { status, qr, qr_expires_at } = data as NonNullable<typeof data>;
      return { status, qr, endsAt: byOwnClock(qr_expires_at, response) };
    },
    enabled: isOn && tenant !== null,
    // eslint-disable-next-line no-restricted-syntax -- a code ends, whether or not the panel is paused
    refetchInterval: 1_500,
    staleTime: 0,
    gcTime: 0,
  });
}

/** History of a number, newest first, page after page. */
export function useHistory(id: string) {
  const tenant = useTenant();
  return useInfiniteQuery({
    queryKey: keyOf(tenant, id, 'events'),
    queryFn: ({ pageParam, signal }) =>
      ok(
        api.GET('/v1/sessions/{id}/events', {
          params: { path: { id }, query: { limit: 50, ...(pageParam && { cursor: pageParam }) } },
          signal,
        }),
      ),
    ...byCursor,
    enabled: tenant !== null,
  });
}

/** Does something to a number and reads it anew, whether it went well or not. */
export function useNumberAct(id: string) {
  const tenant = useTenant();
  return useAct(keyOf(tenant, id), ['numbers']);
}

/** True when the person may change numbers of the client that is chosen; undefined until that is known. */
export function useMayManage(): boolean | undefined {
  return useMay('sessions:manage');
}
