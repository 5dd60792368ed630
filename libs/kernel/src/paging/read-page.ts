import type { Sql } from '../database/database';
import type { KeyOf, KeySchemas, List, listKeys, Page, PageRequest } from './page';

/** Maximum number of rows that one page examines. If few of them match, the page is short or empty, and its cursor continues after them. */
export const maxRowsRead = 10_000;

/**
 * Counts the rows of a list whose conditions an index serves, or whose table is small; undefined when there are more than `max`.
 * @param rows SQL of a query of the rows, without LIMIT
 */
export async function totalOf(sql: Sql, rows: string, values: unknown[], max = 10_000): Promise<number | undefined> {
  const [row] = await sql.query<{ count: number }>(`SELECT count(*)::int AS count FROM (${rows} LIMIT ${max + 1}) counted`, values);
  return row && row.count <= max ? row.count : undefined;
}

/** Parts of the statement of a list. Conditions and key are SQL over the alias of `from`; `columns` may also use `joins`. */
export interface ListQuery {
  columns: string;
  /** Table and alias, e.g. `things t`. */
  from: string;
  joins?: string;
  /** Conditions that an index in the order of the list serves, including the position of the cursor. */
  range: string[];
  /** Conditions that are checked on each row read. */
  checked?: string[];
  /** ORDER BY terms, in which the key is unique. */
  order: string;
  /** SQL of the values of the list's key. */
  key: string[];
  values: unknown[];
}

/** Collects parameters of a statement and the conditions for those that are given. */
export function sqlConditions(...values: unknown[]) {
  return {
    values,
    /** Adds the condition unless the value is undefined. */
    given: <V>(value: V | undefined, condition: (parameter: string) => string): string[] =>
      value === undefined ? [] : [condition(`$${values.push(value)}`)],
  };
}

/**
 * Reads one page. With conditions that no index serves it examines at most `maxRowsRead` rows, so that the cost of a page does not
 * grow with the table. One statement: the page and its end position are from one snapshot.
 */
export async function readPage<T extends object, const S extends KeySchemas = KeySchemas>(
  tx: Sql,
  list: List<S>,
  page: PageRequest,
  query: ListQuery,
): Promise<Page<T>> {
  const { columns, from, joins = '', range, checked = [], order, values } = query;
  const alias = from.split(' ').at(-1) as string;
  const key = `ARRAY[${query.key.map((of) => `(${of})::text`).join(', ')}] AS "listKey"`;
  const [size, maxRows] = [`$${values.length + 1}`, `$${values.length + 2}`];
  const inRange = `FROM ${from} WHERE ${range.join(' AND ')} ORDER BY ${order}`;
  const sql =
    checked.length === 0
      ? `SELECT ${columns}, ${key}, NULL AS "stoppedAt" FROM ${from} ${joins} WHERE ${range.join(' AND ')} ORDER BY ${order} LIMIT ${size}`
      : `WITH page AS MATERIALIZED (
           SELECT ${columns}, ${key}, row_number() OVER (ORDER BY ${order}) AS "listPlace" FROM (SELECT ${alias}.* ${inRange} LIMIT ${maxRows}) ${alias} ${joins}
           WHERE ${checked.join(' AND ')} ORDER BY ${order} LIMIT ${size}
         )
         SELECT page.*, CASE WHEN (SELECT count(*) FROM page) < ${size} THEN (SELECT "listKey" FROM (SELECT ${key} ${inRange} OFFSET ${maxRows} - 1 LIMIT 1) stop) END AS "stoppedAt"
         FROM (SELECT) always LEFT JOIN page ON true ORDER BY "listPlace"`;
  const rows = await tx.query<T & { listKey: KeyOf<S> | null; stoppedAt: KeyOf<S> | null; listPlace?: string }>(sql, [
    ...values,
    page.limit + 1,
    ...(checked.length === 0 ? [] : [maxRowsRead]),
  ]);
  const found = rows.filter((row) => row.listKey !== null);
  const { rows: shown, next } = list.pageOf(found, page.limit, (row) => row.listKey as KeyOf<S>);
  const stoppedAt = rows[0]?.stoppedAt ?? null;
  return {
    rows: shown.map(({ listKey: _, stoppedAt: __, listPlace: ___, ...row }) => row as unknown as T),
    next: next ?? (stoppedAt && list.cursorAfter(stoppedAt)),
  };
}

/** A list of several parts, one after another: its key is the number of the part and the cursor in it, empty at the begin of the part. */
type PartedList = List<readonly [typeof listKeys.bigint, typeof listKeys.text]>;

/** Reads one page of a list of several parts, each read by a list of its own. A page may be short, or empty, and still have a next one. */
export async function readParts<T>(
  list: PartedList,
  page: PageRequest,
  parts: ((page: PageRequest) => Promise<Page<T>>)[],
): Promise<Page<T>> {
  const [start, inner] = list.after(page) ?? ['0', ''];
  let place = Number(start);
  let cursor: string | undefined = inner === '' ? undefined : inner;
  const rows: T[] = [];
  while (place < parts.length && rows.length < page.limit) {
    const found = await parts[place]?.({ limit: page.limit - rows.length, cursor });
    rows.push(...(found?.rows ?? []));
    cursor = found?.next ?? undefined;
    if (cursor === undefined) place++;
    // A part whose rows were read up to the bound goes on with the next page.
    else break;
  }
  return { rows, next: place < parts.length ? list.cursorAfter([String(place), cursor ?? '']) : null };
}
