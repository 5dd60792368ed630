import AddOutlined from '@mui/icons-material/AddOutlined';
import CloseOutlined from '@mui/icons-material/CloseOutlined';
import SearchOutlined from '@mui/icons-material/SearchOutlined';
import { Button, Checkbox, InputAdornment, Menu, MenuItem, TextField } from '@mui/material';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Identifier, ListBase, type RaRecord, useListContext, useTranslate } from 'react-admin';
import { Link, useNavigate } from 'react-router-dom';
import { useFormat } from '../i18n/format';
import { useTenant } from '../providers/tenant';
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

/** A filter that is set with a click: its values in words. Values that are typed have none. */
export interface Filter {
  source: string;
  label: string;
  choices?: { value: string; label: string }[];
  /** A time, typed in the zone of the browser. */
  kind?: 'time';
  /** Words of a value that is no choice. */
  show?: (value: string) => string;
  /** Set by links only: shown while it is set. */
  linked?: boolean;
}

/**
 * Filter of the search field, and its placeholder. `also`: texts of another form set another filter. `goTo`: the page that a text leads to
 * by itself, such as an id.
 */
export interface SearchField {
  source: string;
  label: string;
  also?: { source: string; when: RegExp };
  goTo?: (text: string) => string | undefined;
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
  /** After the table, inside its list context: bulk bars, drawers. */
  children?: ReactNode;
}) {
  const tenant = useTenant();
  if (needsClient && !tenant)
    return (
      <Page title={title} {...(note && { note })}>
        <ChooseClient />
      </Page>
    );
  return (
    <ListBase
      resource={resource}
      perPage={perPage}
      storeKey={`${resource}.${tenant ?? 'all'}`}
      {...(filter && { filter })}
      disableSyncWithLocation={false}
      queryOptions={shownInPlace}
      key={tenant ?? 'all'}
    >
      <Page title={title} {...(note && { note })} {...(acts && { acts })}>
        {above}
        <Filters {...(search && { search })} filters={filters} aside={aside} />
        {between}
        <Table {...table} empty={empty} />
        {children}
      </Page>
    </ListBase>
  );
}

/** Search field and filters of the list around them. */
export function Filters({ search, filters, aside }: { search?: SearchField; filters: Filter[]; aside?: ReactNode }) {
  const navigate = useNavigate();
  const { filterValues, setFilters } = useListContext();
  const set = (source: string, value: string | undefined): void => {
    const { [source]: _old, ...rest } = filterValues as Record<string, string>;
    setFilters(value === undefined || value === '' ? rest : { ...rest, [source]: value });
  };
  if (!search && filters.length === 0 && !aside) return null;
  const also = search?.also;
  const searched = ((search && filterValues[search.source]) ?? (also && filterValues[also.source]) ?? '') as string;
  const find = (text: string): void => {
    if (!search) return;
    const page = search.goTo?.(text);
    if (page) return void navigate(page);
    const rest = Object.fromEntries(Object.entries(filterValues).filter(([source]) => source !== search.source && source !== also?.source));
    setFilters(text === '' ? rest : { ...rest, [also?.when.test(text) ? also.source : search.source]: text });
  };
  return (
    <div className="filters" role="search">
      {search && <Search key={searched} label={search.label} value={searched} onSearch={find} />}
      {filters
        .filter(({ linked, source }) => !linked || filterValues[source] !== undefined)
        .map((filter) => (
          <Pill
            key={filter.source}
            filter={filter}
            value={filterValues[filter.source] as string | string[] | undefined}
            onChange={(value) => set(filter.source, value)}
          />
        ))}
      {aside && <span className="aside">{aside}</span>}
    </div>
  );
}

function Search({ label, value, onSearch }: { label: string; value: string; onSearch: (value: string) => void }) {
  const [text, setText] = useState(value);
  return (
    <form
      className="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim());
      }}
    >
      <TextField
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={() => text.trim() !== value && onSearch(text.trim())}
        placeholder={label}
        slotProps={{
          htmlInput: { 'aria-label': label, type: 'search' },
          input: {
            startAdornment: (
              <InputAdornment position="start">
                <SearchOutlined sx={{ fontSize: 17 }} />
              </InputAdornment>
            ),
          },
        }}
      />
    </form>
  );
}

function Pill({
  filter,
  value,
  onChange,
}: {
  filter: Filter;
  /** Several values match any of them. */
  value: string | string[] | undefined;
  onChange: (value: string | undefined) => void;
}) {
  const translate = useTranslate();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [text, setText] = useState('');
  const format = useFormat();
  const isTime = filter.kind === 'time';
  const wordsOf = (one: string): string =>
    isTime ? format.when(new Date(one)) : (filter.choices?.find((choice) => choice.value === one)?.label ?? filter.show?.(one) ?? one);
  const shown = value && [value].flat().map(wordsOf).join(', ');
  const close = (): void => setAnchor(null);
  return (
    <>
      {value ? (
        <button
          type="button"
          className="pill set"
          onClick={() => onChange(undefined)}
          aria-label={translate('list.clear', { name: `${filter.label}: ${shown}` })}
        >
          {filter.label}: {shown}
          <CloseOutlined />
        </button>
      ) : (
        <button type="button" className="pill" aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
          <AddOutlined />
          {filter.label}
        </button>
      )}
      <Menu open={anchor !== null} anchorEl={anchor} onClose={close}>
        {filter.choices?.map((choice) => (
          <MenuItem
            key={choice.value}
            onClick={() => {
              close();
              onChange(choice.value);
            }}
          >
            {choice.label}
          </MenuItem>
        ))}
        {!filter.choices && (
          <form
            style={{ padding: 8, width: 240 }}
            onKeyDown={(event) => event.key !== 'Escape' && event.stopPropagation()}
            onSubmit={(event) => {
              event.preventDefault();
              close();
              onChange(isTime ? text && new Date(text).toISOString() : text.trim());
            }}
          >
            <TextField
              autoFocus
              label={filter.label}
              value={text}
              onChange={(event) => setText(event.target.value)}
              {...(isTime && { type: 'datetime-local', slotProps: { inputLabel: { shrink: true } } })}
            />
            {isTime && (
              <Button type="submit" variant="outlined" sx={{ marginTop: 1 }}>
                {translate('list.apply')}
              </Button>
            )}
          </form>
        )}
      </Menu>
    </>
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
  } = useListContext<T>();
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
  if (data.length === 0 && page === 1) {
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
  const ids = data.map(({ id }) => id);
  const isAll = ids.length > 0 && ids.every((id) => selectedIds.includes(id));
  const first = (page - 1) * perPage + 1;
  return (
    <>
      <div className={`table-box${isFetching ? ' busy' : ''}`}>
        <table className="table" aria-busy={isFetching}>
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
                    <td>
                      <Checkbox
                        checked={selectedIds.includes(row.id)}
                        onChange={() => onToggleItem(row.id)}
                        slotProps={{ input: { 'aria-label': translate('list.select_row') } }}
                      />
                    </td>
                  )}
                  {columns.map((column, at) => (
                    <td key={column.key} className={`${at === 0 ? 'name ' : ''}${classes(column)}`}>
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
        <span className="num">{translate('list.range', { first, last: first + data.length - 1 })}</span>
        {(hasPreviousPage || hasNextPage) && (
          <span className="acts">
            <Button variant="outlined" disabled={!hasPreviousPage} onClick={() => setPage(page - 1)}>
              {translate('list.previous')}
            </Button>
            <Button variant="outlined" disabled={!hasNextPage} onClick={() => setPage(page + 1)}>
              {translate('list.next')}
            </Button>
          </span>
        )}
      </div>
    </>
  );
}

const classes = ({ end, low, narrowHide }: Pick<Column<unknown>, 'end' | 'low' | 'narrowHide'>): string =>
  [end && 'end', low && 'low', narrowHide && 'narrow-hide'].filter(Boolean).join(' ');

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
