import { Button, Checkbox } from '@mui/material';
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { type Identifier, ListBase, type RaRecord, useListContext, useTranslate } from 'react-admin';
import { Link } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useTenant } from '../providers/tenant';
import { ActButton } from './act-button';
import { type Filter, Filters, type SearchField } from './filters';
import { useKnownFilters } from './known-filters';
import { ChooseClient } from './needs-client';
import { Empty, Failed, Page, Skeleton } from './page';

/** A column of a table. The first one is a link to the record. */
export interface Column<T> {
  key: string;
  /** Words of the head; empty for a column of buttons. */
  label: string;
  render: (row: T) => ReactNode;
  /** Numbers stand at the end. */
  end?: boolean;
  /** Hidden below 1,280 px. */
  low?: boolean;
  /** Hidden below 700 px, where a row has two lines. */
  narrowHide?: boolean;
}

interface TableProps<T> {
  columns: Column<T>[];
  linkOf?: (row: T) => string | undefined;
  selectable?: boolean;
  /** Order of the rows of a page, where the api knows none. It holds while the same rows are shown, whatever changes in them. */
  order?: (a: T, b: T) => number;
}

/** A fault of the list is said where its rows would be, and not once more in a toast. */
const shownInPlace = { onError: () => undefined };

/**
 * A list page: title, search and filters, table, foot. Filters, page and order live in the address. `needsClient`: the list is of
 * one client, and says so while none is chosen.
 */
export function ListPage<T extends RaRecord>({
  resource,
  title,
  note,
  acts,
  search,
  filters = [],
  aside,
  above,
  between,
  empty,
  needsClient = true,
  perPage = 25,
  filter,
  hiddenFilters = [],
  children,
  ...table
}: TableProps<T> & {
  resource: string;
  title: string;
  note?: string;
  acts?: ReactNode;
  search?: SearchField;
  filters?: Filter[];
  aside?: ReactNode;
  /** Between the head and the filters. */
  above?: ReactNode;
  /** Between the filters and the table. */
  between?: ReactNode;
  empty: { title: string; text?: string; acts?: ReactNode };
  needsClient?: boolean;
  perPage?: number;
  /** Always asked for, not shown. */
  filter?: Record<string, unknown>;
  /** Filters that something else than a pill or the search field sets. Those of one group go together. */
  hiddenFilters?: string[][];
  /** After the table, inside its list context: bulk bars, drawers. */
  children?: ReactNode;
}) {
  const tenant = useTenant();
  const areKnown = useKnownFilters([
    ...filters.map(({ source }) => [source]),
    ...[search?.source, search?.also?.source].map((source) => (source ? [source] : [])),
    ...hiddenFilters,
  ]);
  // The client is part of what is asked for: rows of another one are never taken from the cache.
  const ofTenant = useMemo(() => ({ ...shownInPlace, meta: { tenant } }), [tenant]);
  if (needsClient && !tenant)
    return (
      <Page title={title} {...(note && { note })}>
        <ChooseClient />
      </Page>
    );
  if (!areKnown) return null;
  return (
    <ListBase
      resource={resource}
      perPage={perPage}
      storeKey={`${resource}.${tenant ?? 'all'}`}
      {...(filter && { filter })}
      disableSyncWithLocation={false}
      queryOptions={ofTenant}
      key={tenant ?? 'all'}
    >
      <Page title={title} {...(note && { note })} {...(acts && { acts })}>
        {above}
        <Filters {...(search && { search })} filters={filters} aside={aside} />
        {between}
        <Table {...table} empty={empty} />
        <SelectionOfPage />
        {children}
      </Page>
    </ListBase>
  );
}

/** The rows of the list around it. Known rows stay visible while they refresh. */
export function Table<T extends RaRecord>({
  columns,
  linkOf,
  selectable,
  order,
  empty,
}: TableProps<T> & { empty: { title: string; text?: string; acts?: ReactNode } }) {
  const translate = useTranslate();
  const {
    data: read,
    error,
    isPending,
    isFetching,
    refetch,
    filterValues,
    setFilters,
    selectedIds,
    onToggleItem,
    onSelect,
    hasNextPage,
    hasPreviousPage,
    page,
    perPage,
    setPage,
    total,
  } = useListContext<T>();
  const format = useFormat();
  const data = useHeldOrder(read, order);
  const isSlow = useDelayed(isPending, 200);
  if (error)
    return (
      <div className="table-box">
        <Failed error={error} retry={() => void refetch()} />
      </div>
    );
  if (!data)
    return (
      <div className="table-box" style={{ minHeight: 200 }}>
        {isSlow && <Skeleton />}
      </div>
    );
  // The api looked at many rows, and the data provider at many of its pages: what is farther back is asked for by the person.
  if (data.length === 0 && (hasNextPage || page > 1))
    return (
      <div className="table-box">
        <Empty
          title={translate(hasNextPage ? 'list.none_so_far' : 'list.no_more')}
          acts={
            <>
              {page > 1 && (
                <Button variant="outlined" disabled={isFetching} onClick={() => setPage(page - 1)}>
                  {translate('list.previous')}
                </Button>
              )}
              {hasNextPage && (
                <Button variant="outlined" disabled={isFetching} onClick={() => setPage(page + 1)}>
                  {translate('list.look_further')}
                </Button>
              )}
            </>
          }
        >
          {hasNextPage && translate('list.none_so_far_text')}
        </Empty>
      </div>
    );
  if (data.length === 0) {
    const isFiltered = Object.keys(filterValues ?? {}).length > 0;
    return (
      <div className="table-box">
        {isFiltered ? (
          <Empty
            title={translate('list.no_match')}
            acts={
              <Button variant="outlined" onClick={() => setFilters({})}>
                {translate('list.clear_filters')}
              </Button>
            }
          />
        ) : (
          <Empty title={empty.title} acts={empty.acts}>
            {empty.text}
          </Empty>
        )}
      </div>
    );
  }
  // Every second cell of what a narrow row shows stands at its end, and so does the act.
  const narrowEnds = new Set(columns.filter(({ narrowHide }) => !narrowHide).filter(({ label }, at) => at % 2 === 1 || !label));
  const ids = data.map(({ id }) => id);
  const isAll = ids.length > 0 && ids.every((id) => selectedIds.includes(id));
  const first = (page - 1) * perPage + 1;
  return (
    <>
      <div className={`table-box${isFetching ? ' busy' : ''}`}>
        <table className="table rows" aria-busy={isFetching}>
          <thead>
            <tr>
              {selectable && (
                <th style={{ width: 40 }}>
                  <Checkbox
                    checked={isAll}
                    indeterminate={!isAll && selectedIds.length > 0}
                    onChange={() => onSelect(isAll ? [] : ids)}
                    slotProps={{ input: { 'aria-label': translate('list.select_page') } }}
                  />
                </th>
              )}
              {columns.map((column) => (
                <th key={column.key} scope="col" className={classes(column)}>
                  {column.label || <span className="hidden">{translate('list.acts')}</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.map((row) => {
              const link = linkOf?.(row);
              return (
                <tr key={row.id} aria-selected={selectable ? selectedIds.includes(row.id) : undefined}>
                  {selectable && (
                    <td className="tick">
                      <Checkbox
                        checked={selectedIds.includes(row.id)}
                        onChange={() => onToggleItem(row.id)}
                        slotProps={{ input: { 'aria-label': translate('list.select_row') } }}
                      />
                    </td>
                  )}
                  {columns.map((column, at) => (
                    <td
                      key={column.key}
                      className={`${at === 0 ? 'name ' : ''}${narrowEnds.has(column) ? 'narrow-end ' : ''}${classes(column)}`}
                      // Below 700 px no head stands over a figure.
                      data-label={column.end ? column.label || undefined : undefined}
                    >
                      {at === 0 && link ? (
                        <Link className="plain" to={link}>
                          {column.render(row)}
                        </Link>
                      ) : (
                        column.render(row)
                      )}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <div className="table-foot">
        <span className="num">
          {total === undefined
            ? translate('list.range', { first, last: first + data.length - 1 })
            : translate('list.range_of', {
                first: format.number(first),
                last: format.number(first + data.length - 1),
                total: format.number(Math.max(total, first + data.length - 1)),
              })}
        </span>
        {(hasPreviousPage || hasNextPage) && (
          <span className="acts">
            <ActButton
              variant="outlined"
              reason="tip"
              off={hasPreviousPage ? null : translate('list.is_first')}
              onClick={() => setPage(page - 1)}
            >
              {translate('list.previous')}
            </ActButton>
            <ActButton
              variant="outlined"
              reason="tip"
              off={hasNextPage ? null : translate('list.is_last')}
              onClick={() => setPage(page + 1)}
            >
              {translate('list.next')}
            </ActButton>
          </span>
        )}
      </div>
    </>
  );
}

const classes = ({ end, low, narrowHide }: Pick<Column<unknown>, 'end' | 'low' | 'narrowHide'>): string =>
  [end && 'end', low && 'low', narrowHide && 'narrow-hide'].filter(Boolean).join(' ');

/** Ends a selection with the page that shows it: what is not seen is not acted on. React-Admin keeps one, also when the browser is closed. */
function SelectionOfPage() {
  const { filterValues, page, selectedIds, onUnselectItems } = useListContext();
  const shown = JSON.stringify([filterValues, page]);
  const shownBefore = useRef<string | null>(null);
  useEffect(() => {
    if (shownBefore.current === shown) return;
    shownBefore.current = shown;
    if (selectedIds.length > 0) onUnselectItems();
  }, [shown, selectedIds, onUnselectItems]);
  return null;
}

/** Rows in an order that is made when a row comes or goes, so that none moves while somebody reads. */
function useHeldOrder<T extends RaRecord>(rows: T[] | undefined, order?: (a: T, b: T) => number): T[] | undefined {
  const held = useRef(new Map<Identifier, number>());
  if (!rows || !order) return rows;
  if (rows.length !== held.current.size || rows.some(({ id }) => !held.current.has(id)))
    held.current = new Map(rows.toSorted(order).map(({ id }, at) => [id, at]));
  const placeOf = ({ id }: T): number => held.current.get(id) ?? 0;
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b));
}

/** True once `on` has been true for this many ms. */
export function useDelayed(on: boolean, ms: number): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!on) return setLate(false);
    const timer = setTimeout(() => setLate(true), ms);
    return () => clearTimeout(timer);
  }, [on, ms]);
  return on && isLate;
}
