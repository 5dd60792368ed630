import type { Sql } from '../database/database';
import type { KeyOf, KeySchemas, List, Page, PageRequest } from './page';
import { maxRowsRead } from './read-page';

/** Parts of the statements of a list over several tenants, newest first. Conditions are SQL over the alias `x`. */
export interface TenantsListQuery {
  columns: string;
  /** Table whose primary key is its tenant and `id`, and the alias that `columns` and `key` use, e.g. `things t`. */
  from: string;
  /** Tenants that are read. The first parameter. */
  tenantIds: string[];
  /** Conditions that the index of a tenant in the order of the list serves, including the position of the cursor. */
  range: string[];
  /** Conditions that are checked on each row read. */
  checked?: string[];
  /** Columns of the order, in which `id` is the last. */
  order: readonly string[];
  /** SQL of the values of the list's key. */
  key: string[];
  /** Further parameters, from $2 on. */
  values: unknown[];
}

/**
 * Reads one page. Each tenant gives its newest rows from its own index. Without checked conditions only tenants whose newest row is on the page
 * are read. With them about `maxRowsRead` rows are examined, the same number of each tenant that has any; rows beyond the newest end of
 * these ranges wait for the next page, since others could come before them.
 */
export async function readPageOfTenants<T extends object, const S extends KeySchemas = KeySchemas>(
  sql: Sql,
  list: List<S>,
  page: PageRequest,
  { columns, from, tenantIds, range, checked = [], order, key, values }: TenantsListQuery,
): Promise<Page<T>> {
  const [table, row] = from.split(' ') as [string, string];
  const size = page.limit + 1;
  const given = [tenantIds, ...values];
  const next = `$${given.length + 1}`;
  const newest = (of: string) => order.map((column) => `${of}.${column} DESC`).join(', ');
  const rowsOf = (tenant: string) => `FROM ${table} x WHERE ${[`x.tenant_id = ${tenant}`, ...range].join(' AND ')} ORDER BY ${newest('x')}`;
  const isChecked = checked.length > 0;
  const matches = isChecked ? checked.join(' AND ') : 'true';
  const active = await sql.query<{ id: string }>(
    `SELECT t.id FROM unnest($1::uuid[]) AS t(id) CROSS JOIN LATERAL (SELECT ${order.join(', ')}, ${matches} AS matches ${rowsOf('t.id')} LIMIT 1) x
     ${isChecked ? '' : `ORDER BY ${newest('x')} LIMIT ${next}`}`,
    isChecked ? given : [...given, size],
  );
  const each = isChecked ? Math.max(size, Math.floor(maxRowsRead / Math.max(active.length, 1))) : size;
  const keyOf = `ARRAY[${key.map((of) => `(${of})::text`).join(', ')}]`;
  const place = (of: string) => `(${order.map((column) => `${of}.${column}`).join(', ')})`;
  const rows = await sql.query<T & { listKey: KeyOf<S> | null; stoppedAt: KeyOf<S> | null; listPlace: string }>(
    `WITH examined AS MATERIALIZED (
       SELECT x.*, row_number() OVER (PARTITION BY x.tenant_id ORDER BY ${newest('x')}) AS nr FROM unnest($1::uuid[]) AS t(id) CROSS JOIN LATERAL (
         SELECT x.tenant_id, ${order.map((column) => `x.${column}`).join(', ')}, ${matches} AS matches
         ${rowsOf('t.id')} LIMIT ${next}) x
     ), stop AS MATERIALIZED (
       SELECT e.* FROM examined e WHERE e.nr = ${next} ORDER BY ${newest('e')} LIMIT 1
     ), found AS MATERIALIZED (
       SELECT e.* FROM examined e LEFT JOIN stop s ON true WHERE e.matches AND (s.id IS NULL OR ${place('e')} >= ${place('s')})
       ORDER BY ${newest('e')} LIMIT $${given.length + 2}
     )
     SELECT page.*, (SELECT ${keyOf} FROM stop s JOIN ${from} ON ${row}.tenant_id = s.tenant_id AND ${row}.id = s.id) AS "stoppedAt"
     FROM (SELECT) always LEFT JOIN (
       SELECT ${columns}, ${keyOf} AS "listKey", row_number() OVER (ORDER BY ${newest(row)}) AS "listPlace"
       FROM ${from} WHERE (${row}.tenant_id, ${row}.id) IN (SELECT f.tenant_id, f.id FROM found f)
     ) page ON true ORDER BY "listPlace"`,
    [active.map(({ id }) => id), ...values, each, size],
  );
  const found = rows.filter(({ listKey }) => listKey !== null);
  const { rows: shown, next: after } = list.pageOf(found, page.limit, ({ listKey }) => listKey as KeyOf<S>);
  const stoppedAt = rows[0]?.stoppedAt ?? null;
  return {
    rows: shown.map(({ listKey: _, stoppedAt: __, listPlace: ___, ...shownRow }) => shownRow as unknown as T),
    next: after ?? (stoppedAt && list.cursorAfter(stoppedAt)),
  };
}
