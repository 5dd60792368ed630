import { Injectable } from '@nestjs/common';
import {
  ChangeFeed,
  type ChangeGuard,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  type Sql,
  totalOf,
} from '@heliograph/kernel';
import type { TenantColour } from './tenant-body';
import { defaultTenantSettings, mergeSettings, type TenantSettings, type TenantSettingsPatch } from './tenant-settings';

/** A client of the agency, or a product of a SaaS company. */
export interface Tenant {
  id: string;
  name: string;
  /** ISO 3166-1 alpha-2. */
  defaultCountry: string;
  settings: TenantSettings;
  createdAt: Date;
  suspendedAt: Date | null;
  /** Null: derived from the id. */
  colour: TenantColour | null;
  /** Null: derived from the name. */
  initials: string | null;
}

/** Sessions of a tenant, and those that are connected. */
export interface SessionCount {
  total: number;
  connected: number;
}

/** Changes of a tenant; what is undefined stays. */
export interface TenantChanges {
  name?: string;
  defaultCountry?: string;
  settings?: TenantSettingsPatch;
  colour?: TenantColour | null;
  initials?: string | null;
}

interface TenantRow extends Omit<Tenant, 'settings'> {
  settings: TenantSettingsPatch;
}

const tenantList = new List('tenants', listKeys.text, listKeys.id);
const columns = `id, name, default_country AS "defaultCountry", settings, created_at AS "createdAt", suspended_at AS "suspendedAt", colour, initials`;
const toTenant = (row: TenantRow): Tenant => ({ ...row, settings: mergeSettings(defaultTenantSettings, row.settings) });

/** Tenants. The operator creates and lists them (command line); a tenant reads and changes itself. */
@Injectable()
export class Tenants {
  constructor(
    private readonly db: Database,
    private readonly feed: ChangeFeed,
  ) {}

  async create(draft: { name: string; defaultCountry: string }): Promise<Tenant> {
    const [row] = await this.db.query<TenantRow>(
      `INSERT INTO tenants (id, name, default_country) VALUES ($1, $2, $3) RETURNING ${columns}`,
      [newId(), draft.name, draft.defaultCountry],
    );
    return this.changed(row as TenantRow);
  }

  async list(): Promise<Tenant[]> {
    return (await this.db.query<TenantRow>(`SELECT ${columns} FROM tenants ORDER BY id`)).map(toTenant);
  }

  /** Lists tenants by name. @param only ids of the tenants to include; null: all */
  async page(page: PageRequest, only: string[] | null): Promise<Page<Tenant>> {
    const [name = null, id = null] = tenantList.after(page) ?? [];
    const rows = await this.db.query<TenantRow>(
      `SELECT ${columns} FROM tenants WHERE ($1::uuid[] IS NULL OR id = ANY ($1)) AND ($2::text IS NULL OR (lower(name), id) > ($2, $3::uuid)) ORDER BY lower(name), id LIMIT $4`,
      [only, name, id, page.limit + 1],
    );
    const total = await totalOf(this.db, 'SELECT 1 FROM tenants WHERE ($1::uuid[] IS NULL OR id = ANY ($1))', [only]);
    return { ...tenantList.pageOf(rows.map(toTenant), page.limit, (row) => [row.name.toLowerCase(), row.id]), total };
  }

  /** Returns the ids of all tenants. */
  async ids(): Promise<string[]> {
    return (await this.db.query<{ id: string }>(`SELECT id FROM tenants ORDER BY id`)).map(({ id }) => id);
  }

  /** @throws AppError not_found */
  async get(id: string): Promise<Tenant> {
    const [row] = await this.db.forTenant(id, (tx) => tx.query<TenantRow>(`SELECT ${columns} FROM tenants WHERE id = $1`, [id]));
    if (!row) throw notFound('tenant');
    return toTenant(row);
  }

  /** Returns the settings of these tenants, in the caller's transaction. */
  async settingsOf(sql: Sql, ids: string[]): Promise<Map<string, TenantSettings>> {
    const rows = await sql.prepared<Pick<TenantRow, 'id' | 'settings'>>(
      'tenant_settings',
      `SELECT id, settings FROM tenants WHERE id = ANY ($1::uuid[])`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, mergeSettings(defaultTenantSettings, row.settings)]));
  }

  /** Counts the sessions of these tenants; a tenant without any is not in the answer. */
  async sessionCounts(ids: string[]): Promise<Map<string, SessionCount>> {
    const rows = await this.db.query<SessionCount & { id: string }>(
      `SELECT tenant_id AS id, count(*)::int AS total, (count(*) FILTER (WHERE status = 'connected'))::int AS connected
       FROM sessions WHERE tenant_id = ANY ($1::uuid[]) AND deleted_at IS NULL GROUP BY 1`,
      [ids],
    );
    return new Map(rows.map(({ id, ...count }) => [id, count]));
  }

  /** Replaces the given members, also those of the settings. @throws AppError not_found */
  async update(id: string, changes: TenantChanges, guard?: ChangeGuard<Tenant>): Promise<Tenant> {
    const row = await this.db.forTenant(id, async (tx) => {
      const [stored] = await tx.query<TenantRow>(`SELECT ${columns} FROM tenants WHERE id = $1 FOR UPDATE`, [id]);
      if (!stored) throw notFound('tenant');
      guard?.(toTenant(stored));
      const settings = changes.settings
        ? mergeSettings(mergeSettings(defaultTenantSettings, stored.settings), changes.settings)
        : stored.settings;
      const [updated] = await tx.query<TenantRow>(
        `UPDATE tenants SET name = coalesce($2, name), default_country = coalesce($3, default_country), settings = $4, colour = $5, initials = $6 WHERE id = $1 RETURNING ${columns}`,
        [
          id,
          changes.name ?? null,
          changes.defaultCountry ?? null,
          JSON.stringify(settings),
          changes.colour === undefined ? stored.colour : changes.colour,
          changes.initials === undefined ? stored.initials : changes.initials,
        ],
      );
      return updated as TenantRow;
    });
    return this.changed(row);
  }

  /** Suspends or resumes a tenant. While suspended, its requests are refused and its lanes wait; no data is lost. @throws AppError not_found */
  async setSuspended(id: string, suspended: boolean): Promise<Tenant> {
    const [row] = await this.db.query<TenantRow>(
      `UPDATE tenants SET suspended_at = CASE WHEN $2 THEN coalesce(suspended_at, heliograph_now()) END WHERE id = $1 RETURNING ${columns}`,
      [id, suspended],
    );
    if (!row) throw notFound('tenant');
    return this.changed(row);
  }

  /** Notifies this process of a committed change, so that it reads the new row at once. */
  private changed(row: TenantRow): Tenant {
    this.feed.notifyHere('tenants', row.id);
    return toTenant(row);
  }
}
