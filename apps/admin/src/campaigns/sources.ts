import { useQuery } from '@tanstack/react-query';
import type { ApiError } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { readSources, type Source } from './api';

export const sourceKey = ({ kind, id }: Pick<Source, 'kind' | 'id'>): string => `${kind}/${id}`;

/** People that a campaign of the client can be sent to. */
export function useSources() {
  const tenant = useTenant();
  const { data, error, isPending, refetch } = useQuery<Source[], ApiError>({
    queryKey: ['audience-sources', tenant],
    queryFn: ({ signal }) => readSources(signal),
    enabled: tenant !== null,
    staleTime: 30_000,
  });
  return { sources: data ?? [], error, isPending, refetch: () => void refetch() };
}
