import { Button } from '@mui/material';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider, useListContext, useTranslate } from 'react-admin';
import { useFormat } from '../i18n/format';
import { useEveryMs } from '../live/live-store';
import { useTenant } from '../providers/tenant';
import type { ClientLetter } from './letters';
import '../parts/code.css';

/** Letters that came to a page since it was read, and letters that left it. What only moved to the next page has not left. */
export function changesOf(shown: ClientLetter[], now: ClientLetter[], perPage: number): { fresh: number; gone: number } {
  const [before, after] = [new Set(shown.map(({ id }) => id)), new Set(now.map(({ id }) => id))];
  const oldest = now.length < perPage ? '' : (now.at(-1)?.created_at ?? '');
  return {
    fresh: now.filter(({ id }) => !before.has(id)).length,
    gone: shown.filter(({ id, created_at }) => !after.has(id) && created_at > oldest).length,
  };
}

/** Offers the list as it is now, under causes that are counted anew all the time: rows that somebody reads or ticks do not move by themselves. */
export function ListChanges() {
  const translate = useTranslate();
  const format = useFormat();
  const tenant = useTenant();
  const provider = useDataProvider();
  const { resource, data, page, perPage, sort, filterValues, refetch } = useListContext<ClientLetter>();
  const everyMs = useEveryMs(15_000);
  const { data: now } = useQuery({
    // A list that was read anew is compared anew.
    queryKey: ['dead_letters', 'newest', tenant, filterValues, perPage, data?.map(({ id }) => id)],
    queryFn: async ({ signal }) =>
      (
        await provider.getList<ClientLetter>(resource, {
          pagination: { page: 1, perPage },
          sort,
          filter: filterValues,
          meta: { isUnseen: true },
          signal,
        })
      ).data,
    enabled: page === 1 && !!data,
    initialData: data,
    refetchInterval: everyMs,
  });
  if (page !== 1 || !data || !now) return null;
  const { fresh, gone } = changesOf(data, now, perPage);
  if (fresh === 0 && gone === 0) return null;
  return (
    <div className="monitor">
      <span role="status" className="small mute">
        {fresh > 0 && translate('dead_letters.changes.fresh', { figure: format.number(fresh) })}{' '}
        {gone > 0 && translate('dead_letters.changes.gone', { figure: format.number(gone) })}
      </span>
      <Button variant="text" onClick={() => void refetch()}>
        {translate('dead_letters.changes.show')}
      </Button>
    </div>
  );
}
