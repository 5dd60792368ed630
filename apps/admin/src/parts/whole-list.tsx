import type { UseQueryResult } from '@tanstack/react-query';
import { ListContextProvider, type RaRecord, useList } from 'react-admin';
import { type Column, Table } from './list';
import type { ReactNode } from 'react';

/** A list that the api answers whole, in the same table as those with pages. */
export function WholeList<T extends RaRecord>({
  query,
  columns,
  linkOf,
  empty,
}: {
  query: Pick<UseQueryResult<T[]>, 'data' | 'error' | 'isPending' | 'isFetching' | 'refetch'>;
  columns: Column<T>[];
  linkOf?: (row: T) => string | undefined;
  empty: { title: string; text?: string; acts?: ReactNode };
}) {
  const { data, error, isPending, isFetching, refetch } = query;
  const list = useList<T>({ ...(data && { data }), isPending, isFetching, perPage: 1_000 });
  return (
    <ListContextProvider value={{ ...list, data, error, isPending, refetch } as unknown as ReturnType<typeof useList<T>>}>
      <Table<T> columns={columns} {...(linkOf && { linkOf })} empty={empty} />
    </ListContextProvider>
  );
}
