import { Injectable } from '@nestjs/common';
import { CachedLookup, ChangeFeed, Database } from '@heliograph/kernel';
import { defaultTenantSettings, mergeSettings, type TenantSettings, type TenantSettingsPatch } from './tenant-settings';

/** A tenant as work on its behalf needs it. */
export interface KnownTenant {
  id: string;
  name: string;
  /** ISO 3166-1 alpha-2. */
  defaultCountry: string;
  settings: TenantSettings;
  suspended: boolean;
}

/** Tenants by id, from memory; a change is known within a second. */
@Injectable()
export class KnownTenants {
  private readonly known: CachedLookup<KnownTenant | null>;

  constructor(
    private readonly db: Database,
    feed: ChangeFeed,
  ) {
    this.known = new CachedLookup(feed, { load: (id) => this.load(id) });
    feed.onChange('tenants', (id) => this.known.forget(id));
  }

  /** Null: there is none. @param id a UUID */
  get(id: string): Promise<KnownTenant | null> {
    return this.known.get(id);
  }

  private async load(id: string): Promise<KnownTenant | null> {
    const [row] = await this.db.query<Omit<KnownTenant, 'settings'> & { settings: TenantSettingsPatch }>(
      `SELECT id, name, default_country AS "defaultCountry", settings, suspended_at IS NOT NULL AS suspended FROM tenants WHERE id = $1`,
      [id],
    );
    return row ? { ...row, settings: mergeSettings(defaultTenantSettings, row.settings) } : null;
  }
}
