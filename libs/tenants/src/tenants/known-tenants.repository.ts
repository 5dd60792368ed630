import { Injectable } from '@nestjs/common';
import { CachedLookup, ChangeFeed, Database, type Sql } from '@heliograph/kernel';
import { defaultTenantSettings, mergeSettings, type TenantSettings, type TenantSettingsPatch } from './tenant-settings';

/** Data of a tenant for work on its behalf. */
export interface KnownTenant {
  id: string;
  name: string;
  /** ISO 3166-1 alpha-2. */
  defaultCountry: string;
  settings: TenantSettings;
  suspended: boolean;
}

/** A tenant as stored in the database. */
export type KnownTenantRow = Omit<KnownTenant, 'settings'> & { settings: TenantSettingsPatch };

/** SQL of the columns of a `KnownTenantRow`. @param t alias of a row of `tenants` */
export const knownTenantColumns = (t: string) =>
  `${t}.id, ${t}.name, ${t}.default_country AS "defaultCountry", ${t}.settings, ${t}.suspended_at IS NOT NULL AS suspended`;

export const toKnownTenant = (row: KnownTenantRow): KnownTenant => ({
  ...row,
  settings: mergeSettings(defaultTenantSettings, row.settings),
});

/** Returns the current state of the tenant; null: it does not exist. */
export async function readKnownTenant(sql: Sql, id: string): Promise<KnownTenant | null> {
  const [row] = await sql.query<KnownTenantRow>(`SELECT ${knownTenantColumns('t')} FROM tenants t WHERE t.id = $1`, [id]);
  return row ? toKnownTenant(row) : null;
}

/** Tenants by id, cached in memory; a change is visible within a second. */
@Injectable()
export class KnownTenants {
  private readonly known: CachedLookup<KnownTenant | null>;

  constructor(db: Database, feed: ChangeFeed) {
    this.known = new CachedLookup(feed, { load: (id) => readKnownTenant(db, id) });
    feed.onChange('tenants', (id) => this.known.forget(id));
  }

  /** Returns null when the tenant does not exist. @param id a UUID */
  find(id: string): Promise<KnownTenant | null> {
    return this.known.get(id);
  }
}
