import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ApiError } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { readSources, type Source } from './api';

export const sourceKey = ({ kind, id }: Pick<Source, 'kind' | 'id'>): string => `${kind}/${id}`;

/** People that a campaign of the client can be sent to. @param typed part of the name that older ones are found by */
export function useSources(typed: string) {
  const tenant = useTenant();
  const text = typed.trim();
  const { data, error, isPending, refetch } = useQuery<Source[], ApiError>({
    queryKey: ['audience-sources', tenant, text],
    queryFn: ({ signal }) => readSources(text, signal),
    enabled: tenant !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  return { sources: data ?? [], error, isPending, refetch: () => void refetch() };
}
