import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useLogoutIfAccessDenied } from 'react-admin';
import { ApiError } from '../providers/client';

/** Opens the sign-in page once a read of any part is answered by 401. React-Admin sees those of its lists alone. */
export function useSignInWatch(): void {
  const queries = useQueryClient();
  const leaveIfSignedOut = useLogoutIfAccessDenied();
  useEffect(
    () =>
      queries.getQueryCache().subscribe((event) => {
        if (event.type !== 'updated' || event.action.type !== 'error') return;
        const error: unknown = event.action.error;
        if (error instanceof ApiError && error.status === 401) void leaveIfSignedOut(error);
      }),
    [queries, leaveIfSignedOut],
  );
}
