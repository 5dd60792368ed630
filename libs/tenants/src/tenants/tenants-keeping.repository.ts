import type { Sql } from '@heliograph/kernel';
import type { TenantSettings } from './tenant-settings';

/** Settings of the number of days that data is kept; null: for ever. */
type KeepingSetting = { [K in keyof TenantSettings]: TenantSettings[K] extends number | null ? K : never }[keyof TenantSettings];

/**
 * Returns the next tenant, by id, that has a value for the setting.
 * @param from the first tenant to consider; null: the first of all
 * @param isDone starts after `from`
 */
export async function nextTenantKeeping(
  sql: Sql,
  setting: KeepingSetting,
  from: string | null,
  isDone: boolean,
): Promise<{ id: string; days: number } | null> {
  const [tenant] = await sql.query<{ id: string; days: number }>(
    `SELECT id, (settings->>$3)::int AS days FROM tenants WHERE settings->>$3 IS NOT NULL AND ($1::uuid IS NULL OR id > $1 OR id = $1 AND NOT $2)
     ORDER BY id LIMIT 1`,
    [from, isDone, setting],
  );
  return tenant ?? null;
}
