import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ActButton } from './act-button';

/** Reads the next page of a list that grows; nothing where there is none. */
export function MoreButton({
  pages: { hasNextPage, isFetchingNextPage, fetchNextPage },
  className,
  children,
}: {
  pages: Pick<UseInfiniteQueryResult<unknown>, 'hasNextPage' | 'isFetchingNextPage' | 'fetchNextPage'>;
  className?: string;
  children: ReactNode;
}) {
  if (!hasNextPage) return null;
  return (
    <div className={className}>
      <ActButton variant="outlined" busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
        {children}
      </ActButton>
    </div>
  );
}
