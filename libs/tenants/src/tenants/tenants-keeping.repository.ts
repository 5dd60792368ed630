import type { Sql } from '@heliograph/kernel';
import type { TenantSettings } from './tenant-settings';

/** Settings that say for how many days something is kept; null: for ever. */
type KeepingSetting = { [K in keyof TenantSettings]: TenantSettings[K] extends number | null ? K : never }[keyof TenantSettings];

/**
 * The next tenant that limits what the setting is about, by id.
 * @param from the tenant to begin with; null: the first
 * @param isDone begins after it
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
