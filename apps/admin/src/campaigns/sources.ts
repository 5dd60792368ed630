import { useQuery } from '@tanstack/react-query';
import type { ApiError } from '../providers/client';
import { useTenant } from '../providers/tenant';
import { readImports, readLists, readSegments, type Source } from './api';

export const sourceKey = ({ kind, id }: Pick<Source, 'kind' | 'id'>): string => `${kind}/${id}`;

/** Lists, segments and imports of the client. */
export function useSources() {
  const tenant = useTenant();
  const { data, error, isPending, refetch } = useQuery<Source[], ApiError>({
    queryKey: ['audience-sources', tenant],
    queryFn: async ({ signal }) => {
      const [lists, segments, imports] = await Promise.all([readLists(signal), readSegments(signal), readImports(signal)]);
      return [...lists, ...segments, ...imports];
    },
    enabled: tenant !== null,
    staleTime: 30_000,
  });
  return { sources: data ?? [], error, isPending, refetch: () => void refetch() };
}
