import { Button } from '@mui/material';
import { type QueryKey, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { type RaRecord, useDataProvider, useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { useEveryMs } from '../live/live-store';
import { useTenant } from '../providers/tenant';
import './code.css';

/** Rows that came to a page since it was read, and rows that left it. What only moved to the next page has not left. */
export function changesOf<T extends RaRecord>(
  shown: T[],
  now: T[],
  perPage: number,
  timeOf: (row: T) => string,
): { fresh: number; gone: number } {
  const [before, after] = [new Set(shown.map(({ id }) => id)), new Set(now.map(({ id }) => id))];
  const last = now.at(-1);
  const oldest = now.length < perPage || !last ? '' : timeOf(last);
  return {
    fresh: now.filter(({ id }) => !before.has(id)).length,
    gone: shown.filter((row) => !after.has(row.id) && timeOf(row) > oldest).length,
  };
}

/** Returns the shown rows as they are now, in their places; the same array when none has changed. */
export function renewed<T extends RaRecord>(shown: T[], now: T[]): T[] {
  const known = new Map(now.map((row) => [row.id, row]));
  const rows = shown.map((row) => {
    const newer = known.get(row.id);
    return newer && JSON.stringify(newer) !== JSON.stringify(row) ? newer : row;
  });
  return rows.some((row, at) => row !== shown[at]) ? rows : shown;
}

/**
 * Offers the list as it is now: rows that somebody reads or ticks neither come nor go by themselves. What changes in a row that stays is
 * shown at once.
 * @param name first words of the key under which the list is read, which the stream may name
 * @param filter what is always asked for and stands in no filter of the list
 */
export function ListChanges<T extends RaRecord>({
  name,
  timeOf = ({ created_at }) => String(created_at),
  filter,
}: {
  name: string;
  timeOf?: (row: T) => string;
  filter?: Record<string, unknown>;
}) {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const provider = useDataProvider();
  const queries = useQueryClient();
  const { resource, data, page, perPage, sort, filterValues, refetch } = useListContext<T>();
  const everyMs = useEveryMs(15_000);
  const ids = data?.map(({ id }) => id);
  const { data: now } = useQuery({
    // A list that was read anew is compared anew.
    queryKey: [name, 'newest', tenant, filterValues, filter, perPage, ids],
    queryFn: async ({ signal }) =>
      (
        await provider.getList<T>(resource, {
          pagination: { page: 1, perPage },
          sort,
          filter: { ...filterValues, ...filter },
          meta: { isUnseen: true },
          signal,
        })
      ).data,
    enabled: page === 1 && !!data,
    initialData: data,
    refetchInterval: everyMs,
  });
  useEffect(() => {
    if (page !== 1 || !now) return;
    for (const [queryKey, list] of queries.getQueriesData<{ data?: T[] }>({ queryKey: [resource, 'getList'], type: 'active' }))
      if (list?.data) renew(queryKey, list as { data: T[] });
    function renew(queryKey: QueryKey, list: { data: T[] }): void {
      const rows = renewed(list.data, now ?? []);
      if (rows !== list.data) queries.setQueryData(queryKey, { ...list, data: rows });
    }
  }, [queries, resource, page, now]);
  if (page !== 1 || !data || !now) return null;
  const { fresh, gone } = changesOf(data, now, perPage, timeOf);
  if (fresh === 0 && gone === 0) return null;
  return (
    <div className="monitor">
      <span role="status" className="small mute">
        {fresh > 0 && translate('list.changes.fresh', { figure: format.number(fresh) })}{' '}
        {gone > 0 && translate('list.changes.gone', { figure: format.number(gone) })}
      </span>
      <Button variant="text" onClick={() => void refetch()}>
        {translate('list.changes.show')}
      </Button>
    </div>
  );
}
