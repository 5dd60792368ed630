import { type QueryKey, useInfiniteQuery, useQuery } from '@tanstack/react-query';
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

/** Reads a list to its end, for names and choices. */
export async function allPages<T>(
  read: (page: { limit: number; cursor?: string }) => Promise<{ data: T[]; next_cursor: string | null }>,
): Promise<T[]> {
  const rows: T[] = [];
  for (let cursor: string | null = null; ;) {
    const page = await read({ limit: 500, ...(cursor && { cursor }) });
    rows.push(...page.data);
    if (!page.next_cursor) return rows;
    cursor = page.next_cursor;
  }
}
