import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { components } from '../providers/api-types';
import { api, ApiError } from '../providers/client';
import { byOwnClock } from '../providers/server-clock';

type Answer = components['schemas']['PhoneLink'];

/** State of the link, and when its code is old by the clock of this browser. */
export interface PhoneLink extends Answer {
  codeEndsAt: number | null;
}

const keyOf = (token: string) => ['phone-link', token];

async function read(path: '/admin/v1/phone-link' | '/admin/v1/phone-link/start', token: string, signal?: AbortSignal): Promise<PhoneLink> {
  const { data, response } = await api.POST(path, { body: { token }, ...(signal && { signal }) });
  const link = data as Answer;
  return { ...link, codeEndsAt: byOwnClock(link.qr_expires_at, response) };
}

/** True when the link is over and is not asked about any more. */
const isOver = (error: unknown): boolean => error instanceof ApiError && [404, 410, 400, 422].includes(error.status);

/** The link of a token, asked for again every two seconds until a phone is linked or the link is over. */
export function usePhoneLink(token: string) {
  return useQuery<PhoneLink, ApiError>({
    queryKey: keyOf(token),
    queryFn: ({ signal }) => read('/admin/v1/phone-link', token, signal),
    refetchInterval: ({ state: { data, error } }) => {
      if (isOver(error) || data?.state === 'linked' || data?.state === 'other_phone') return false;
      return error ? 10_000 : 2_000;
    },
    staleTime: 0,
    retry: false,
  });
}

/** Asks for a code. */
export function useStart(token: string) {
  const queries = useQueryClient();
  return useMutation<PhoneLink, ApiError, void>({
    mutationFn: () => read('/admin/v1/phone-link/start', token),
    onSuccess: (link) => queries.setQueryData(keyOf(token), link),
  });
}
