import { type QueryKey, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { actingFor } from './client';
import { useTenant } from './tenant';

/** Options of a query that reads a list page after page, each from the cursor of the page before. */
export const byCursor = {
  initialPageParam: '',
  getNextPageParam: ({ next_cursor }: { next_cursor: string | null }) => next_cursor ?? undefined,
};

/** Pages of a list as they were read, and its first page as it is now. `read`: a page from a cursor on; '': the first one. */
export function useLivePages<T extends { next_cursor: string | null }>({
  read,
  pagesKey,
  newestKey,
  everyMs,
}: {
  read: (cursor: string, signal: AbortSignal) => Promise<T>;
  pagesKey: QueryKey;
  newestKey: QueryKey;
  everyMs: number | false;
}) {
  const tenant = useTenant();
  const pages = useInfiniteQuery({
    queryKey: pagesKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    ...byCursor,
    enabled: tenant !== null,
    staleTime: Infinity,
  });
  const newest = useQuery({
    queryKey: newestKey,
    queryFn: ({ signal }) => read('', signal),
    enabled: tenant !== null,
    refetchInterval: everyMs,
  });
  return { pages, newest };
}

/**
 * Reads a list to its end, for names and choices. Every page is of one client, also when the person chooses another one meanwhile: a
 * cursor of one client is nothing to another.
 * @param tenant null: the list is not of a client
 * @param read reads a page with these headers
 */
export async function allPages<T>(
  tenant: string | null,
  read: (page: { limit: number; cursor?: string }, headers: Record<string, string>) => Promise<{ data: T[]; next_cursor: string | null }>,
): Promise<T[]> {
  const rows: T[] = [];
  const headers = actingFor(tenant);
  for (let cursor: string | null = null; ;) {
    const page = await read({ limit: 500, ...(cursor && { cursor }) }, headers);
    rows.push(...page.data);
    if (!page.next_cursor) return rows;
    cursor = page.next_cursor;
  }
}
