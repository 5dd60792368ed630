import { Injectable } from '@nestjs/common';
import { type ChangeGuard, Database, newId, noteAudit, type Sql } from '@heliograph/kernel';
import type { Grant } from '../roles';
import { textOn } from './contrast';
import type { Logo, LogoType } from './logo';

/** Members that are set for the installation or for a tenant; null: not set there. */
export interface BrandSettings {
  name: string | null;
  colourLight: string | null;
  colourDark: string | null;
  supportUrl: string | null;
  imprintUrl: string | null;
  logoHash: string | null;
}

/** A colour and the text that can be read on it. */
export interface BrandInk {
  main: string;
  text: string;
}

/** Name, logo, colours and links of the panel, as one person sees them. */
export interface Brand {
  name: string;
  /** Name of the installation, where a tenant has a brand of its own. */
  installation: string | null;
  logoHash: string | null;
  ink: { light: BrandInk | null; dark: BrandInk | null };
  supportUrl: string | null;
  imprintUrl: string | null;
}

const ours = 'Heliograph';
const none: BrandSettings = { name: null, colourLight: null, colourDark: null, supportUrl: null, imprintUrl: null, logoHash: null };
const columns = `name, colour_light AS "colourLight", colour_dark AS "colourDark", support_url AS "supportUrl", imprint_url AS "imprintUrl", logo_hash AS "logoHash"`;
const ofTenant = `for_tenant_id IS NOT DISTINCT FROM $1::uuid`;

/** Brands of the installation (`tenantId` null) and of tenants. */
@Injectable()
export class Branding {
  constructor(private readonly db: Database) {}

  /** Returns the members that are set there. */
  get(tenantId: string | null): Promise<BrandSettings> {
    return read(this.db, tenantId);
  }

  /** Sets members; those that are left out stay. @throws what the guard throws */
  set(
    tenantId: string | null,
    changes: Partial<Omit<BrandSettings, 'logoHash'>> & { logo?: Logo | null },
    guard?: ChangeGuard<BrandSettings>,
  ): Promise<BrandSettings> {
    const { logo, ...members } = changes;
    noteAudit({ tenantId });
    return this.db.transaction(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(hashtext('heliograph branding'), hashtext($1))`, [tenantId ?? '']);
      const before = await read(tx, tenantId);
      guard?.(before);
      const next = { ...before, ...members };
      // One statement, so that the audit log has one change.
      await tx.query(
        `INSERT INTO brandings AS b (id, for_tenant_id, name, colour_light, colour_dark, support_url, imprint_url, logo, logo_type, logo_hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (coalesce(for_tenant_id, '00000000-0000-0000-0000-000000000000')) DO UPDATE SET
           name = excluded.name, colour_light = excluded.colour_light, colour_dark = excluded.colour_dark,
           support_url = excluded.support_url, imprint_url = excluded.imprint_url, updated_at = heliograph_now(),
           logo = CASE WHEN $11 THEN excluded.logo ELSE b.logo END, logo_type = CASE WHEN $11 THEN excluded.logo_type ELSE b.logo_type END,
           logo_hash = CASE WHEN $11 THEN excluded.logo_hash ELSE b.logo_hash END`,
        [
          newId(),
          tenantId,
          next.name,
          next.colourLight,
          next.colourDark,
          next.supportUrl,
          next.imprintUrl,
          logo?.bytes ?? null,
          logo?.type ?? null,
          logo?.hash ?? null,
          logo !== undefined,
        ],
      );
      return read(tx, tenantId);
    });
  }

  /** Returns the brand for a person: that of the tenant when all their roles are for one tenant, otherwise that of the installation; null: nobody is signed in. */
  async brandFor(grants: readonly Grant[] | null): Promise<Brand> {
    const tenants = new Set(grants?.map(({ tenantId }) => tenantId));
    const [only] = tenants.size === 1 ? tenants : [null];
    return this.brandOf(only ?? null);
  }

  /** Returns the brand of a tenant, whose unset members come from the installation; null: that of the installation. */
  async brandOf(tenantId: string | null): Promise<Brand> {
    const [installation, tenant] = await Promise.all([this.get(null), tenantId ? this.get(tenantId) : none]);
    const pick = <K extends keyof BrandSettings>(key: K) => tenant[key] ?? installation[key];
    const inkOf = (colour: string | null) => (colour === null ? null : { main: colour, text: textOn(colour) });
    return {
      name: pick('name') ?? ours,
      installation: tenant.name === null ? null : installation.name,
      logoHash: pick('logoHash'),
      ink: { light: inkOf(pick('colourLight')), dark: inkOf(pick('colourDark')) },
      supportUrl: pick('supportUrl'),
      imprintUrl: pick('imprintUrl'),
    };
  }

  /** Returns a logo by its hash; null: no brand has it. */
  async logo(hash: string): Promise<{ type: LogoType; bytes: Buffer } | null> {
    const [row] = await this.db.query<{ type: LogoType; bytes: Buffer }>(
      'SELECT logo_type AS type, logo AS bytes FROM brandings WHERE logo_hash = $1 LIMIT 1',
      [hash],
    );
    return row ?? null;
  }
}

async function read(sql: Sql, tenantId: string | null): Promise<BrandSettings> {
  const [row] = await sql.query<BrandSettings>(`SELECT ${columns} FROM brandings WHERE ${ofTenant}`, [tenantId]);
  return row ?? none;
}
