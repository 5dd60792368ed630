import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './client';

/** Cache of what the panel has read, kept for seconds. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      // What the api refused stays refused; only what did not arrive is asked again.
      retry: (count, error) => error instanceof ApiError && (error.status === 0 || error.status >= 500) && count < 2,
    },
  },
});
