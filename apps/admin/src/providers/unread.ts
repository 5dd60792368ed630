import { notifyManager, type Query, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useLayoutEffect, useSyncExternalStore } from 'react';
import { ApiError } from './client';

/** Failures that a part of the page shows in its own place, with the number of parts. */
const shown = new Map<unknown, number>();
const listeners = new Set<() => void>();

/** Marks a failure as shown while a part shows it. */
export function useShown(error: unknown): void {
  useLayoutEffect(() => {
    if (!error) return;
    const count = (by: 1 | -1): void => {
      const now = (shown.get(error) ?? 0) + by;
      if (now > 0) shown.set(error, now);
      else shown.delete(error);
      for (const listener of listeners) listener();
    };
    count(1);
    return () => count(-1);
  }, [error]);
}

/** True for a read of the page that brought nothing and whose failure no part shows. A refusal is an answer, which its part understands. */
function isUnread(query: Query<unknown, unknown>): boolean {
  const { data, error, status } = query.state;
  if (status !== 'error' || data !== undefined || !query.isActive() || shown.has(error)) return false;
  return !(error instanceof ApiError) || error.status === 0 || error.status === 429 || error.status >= 500;
}

const firstOf = (queries: QueryClient): unknown =>
  queries
    .getQueryCache()
    .getAll()
    .find((query) => isUnread(query as Query<unknown, unknown>))?.state.error ?? null;

/** Failure of a read that no part of the page shows, and how to read all such again. */
export function useUnread(): { error: unknown; retry: () => void } {
  const queries = useQueryClient();
  const error = useSyncExternalStore(
    (listener) => {
      const forget = queries.getQueryCache().subscribe(notifyManager.batchCalls(listener));
      listeners.add(listener);
      return () => {
        forget();
        listeners.delete(listener);
      };
    },
    () => firstOf(queries),
  );
  return { error, retry: () => void queries.refetchQueries({ predicate: (query) => isUnread(query as Query<unknown, unknown>) }) };
}
