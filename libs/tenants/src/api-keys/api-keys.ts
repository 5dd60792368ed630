import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  AppError,
  CachedLookup,
  ChangeFeed,
  Database,
  List,
  listKeys,
  newId,
  notFound,
  type Page,
  type PageRequest,
  storedActor,
} from '@heliograph/kernel';
import type { KnownTenant } from '../tenants/known-tenants';
import { mergeSettings, defaultTenantSettings, type TenantSettingsPatch } from '../tenants/tenant-settings';
import { AddressList } from './address-list';
import { keyPrefix, looksLikeKey, newKeySecret, sha256 } from './key-secret';
import type { ApiKeyScope } from './scopes';

/** An API key without its secret. */
export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: ApiKeyScope[];
  allowedAddresses: string[] | null;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  /** Null: it was made before actors were stored. */
  createdBy: Actor | null;
  revokedBy: Actor | null;
}

const keyList = new List('api_keys', listKeys.id);

/** Who a request comes from. */
export interface Caller {
  key: { id: string; name: string; scopes: ReadonlySet<ApiKeyScope> };
  tenant: KnownTenant;
}

interface KnownKey extends Caller {
  expiresAt: Date | null;
  addresses: AddressList | null;
}

const columns = `id, name, prefix, scopes, allowed_addresses::text[] AS "allowedAddresses", created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt",
  ${actorColumn('created_by')} AS "createdBy", ${actorColumn('revoked_by')} AS "revokedBy"`;
const flushMs = 60_000;
/** Keys of a tenant that are neither revoked nor expired. */
const maxKeys = 100;

/** API keys: 256 random bits shown once, stored as a hash, checked from memory. A revoked key is dead on every process within a second. */
@Injectable()
export class ApiKeys implements OnApplicationShutdown {
  private readonly known: CachedLookup<KnownKey | null>;
  private readonly used = new Map<string, Date>();
  private readonly timer = setInterval(() => void this.flushUse(), flushMs).unref();

  constructor(
    private readonly db: Database,
    private readonly feed: ChangeFeed,
  ) {
    this.known = new CachedLookup(feed, { load: (hash) => this.load(hash), maxAgeMs: 30_000, maxEntries: 10_000 });
    feed.onChange('api_keys', () => this.known.clear());
    feed.onChange('tenants', () => this.known.clear());
  }

  /**
   * Makes a key; its secret is in this answer and nowhere else. `secret` is given only by installations that must know it beforehand (the demo).
   * @param makerId the key that asks: the new one has at most its scopes, addresses and end. Without it (the command line), any
   * @throws AppError `exceeds_own_rights`, `expires_in_past`, `too_many_keys`
   */
  async create(
    tenantId: string,
    actor: Actor,
    draft: { name: string; scopes: ApiKeyScope[]; expiresAt?: Date | null; allowedAddresses?: string[] | null; secret?: string },
    makerId?: string,
  ): Promise<{ key: ApiKey; secret: string }> {
    const secret = draft.secret ?? newKeySecret();
    const expiresAt = draft.expiresAt ?? null;
    const addresses = draft.allowedAddresses ?? null;
    const key = await this.db.forTenant(tenantId, async (tx) => {
      // One at a time, or many at once would pass the limit together.
      await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('api_keys:' || $1::text, 0))`, [tenantId]);
      const [known] = await tx.query<{ isPast: boolean; live: number; isWithin: boolean | null }>(
        `SELECT coalesce($2::timestamptz <= heliograph_now(), false) AS "isPast",
           (SELECT count(*)::int FROM api_keys WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > heliograph_now())) AS live,
           (SELECT $4::text[] <@ m.scopes AND (m.expires_at IS NULL OR coalesce($2::timestamptz <= m.expires_at, false))
              AND (m.allowed_addresses IS NULL OR coalesce((SELECT bool_and(a <<= ANY (m.allowed_addresses::inet[])) FROM unnest($5::inet[]) a), false))
            FROM api_keys m WHERE m.tenant_id = $1 AND m.id = $3) AS "isWithin"`,
        [tenantId, expiresAt, makerId ?? null, draft.scopes, addresses],
      );
      if (known?.isPast) throw new AppError('unprocessable', 'expires_in_past', 'This time is in the past.', { path: 'expires_at' });
      if (makerId !== undefined && !known?.isWithin)
        throw new AppError(
          'forbidden',
          'exceeds_own_rights',
          'A key can make keys with at most its own scopes, allowed addresses and end.',
        );
      if ((known?.live ?? 0) >= maxKeys)
        throw new AppError('unprocessable', 'too_many_keys', `A tenant has at most ${maxKeys} keys; revoke one.`);
      const [made] = await tx.query<ApiKey>(
        `INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes, allowed_addresses, expires_at, created_by, created_by_ref)
           SELECT $1, $2, $3, $4, $5, $6, CASE WHEN $7::inet[] IS NOT NULL THEN ARRAY(SELECT network(a) FROM unnest($7::inet[]) a) END, $8, $9, $10 RETURNING ${columns}`,
        [tenantId, newId(), draft.name, keyPrefix(secret), sha256(secret), draft.scopes, addresses, expiresAt, ...storedActor(actor)],
      );
      return made as ApiKey;
    });
    // The secret may have been refused just before, and the refusal kept.
    this.feed.announce('api_keys', key.id);
    return { key, secret };
  }

  /** Newest first, revoked ones too. */
  async list(tenantId: string, page: PageRequest): Promise<Page<ApiKey>> {
    const [before = null] = keyList.after(page) ?? [];
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<ApiKey>(`SELECT ${columns} FROM api_keys WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`, [
        tenantId,
        before,
        page.limit + 1,
      ]),
    );
    return keyList.pageOf(rows, page.limit, (row) => [row.id]);
  }

  /** Revoking twice is one revocation. @throws AppError not_found */
  async revoke(tenantId: string, actor: Actor, id: string): Promise<ApiKey> {
    const [key] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<ApiKey>(
        `UPDATE api_keys SET revoked_at = coalesce(revoked_at, heliograph_now()),
           revoked_by = CASE WHEN revoked_at IS NULL THEN $3 ELSE revoked_by END, revoked_by_ref = CASE WHEN revoked_at IS NULL THEN $4 ELSE revoked_by_ref END
         WHERE tenant_id = $1 AND id = $2 RETURNING ${columns}`,
        [tenantId, id, ...storedActor(actor)],
      ),
    );
    if (!key) throw notFound('API key');
    this.feed.announce('api_keys', id);
    return key;
  }

  /** Who this secret stands for; null when it stands for nobody, has expired, was revoked, or may not come from this address. */
  async authenticate(secret: string, address: string): Promise<Caller | null> {
    if (!looksLikeKey(secret)) return null;
    const key = await this.known.get(sha256(secret).toString('hex'));
    if (!key || (key.expiresAt && key.expiresAt.getTime() <= Date.now()) || (key.addresses && !key.addresses.has(address))) return null;
    this.used.set(key.key.id, new Date());
    return key;
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flushUse();
  }

  private async load(hash: string): Promise<KnownKey | null> {
    const [row] = await this.db.prepared<{
      id: string;
      name: string;
      scopes: ApiKeyScope[];
      addresses: string[] | null;
      expires_at: Date | null;
      tenant_id: string;
      tenant_name: string;
      default_country: string;
      settings: TenantSettingsPatch;
      suspended: boolean;
    }>(
      'api_key_by_hash',
      `SELECT k.id, k.name, k.scopes, k.allowed_addresses::text[] AS addresses, k.expires_at, t.id AS tenant_id, t.name AS tenant_name, t.default_country, t.settings,
         t.suspended_at IS NOT NULL AS suspended
       FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > heliograph_now())`,
      [Buffer.from(hash, 'hex')],
    );
    if (!row) return null;
    return {
      key: { id: row.id, name: row.name, scopes: new Set(row.scopes) },
      tenant: {
        id: row.tenant_id,
        name: row.tenant_name,
        defaultCountry: row.default_country,
        settings: mergeSettings(defaultTenantSettings, row.settings),
        suspended: row.suspended,
      },
      expiresAt: row.expires_at,
      addresses: row.addresses ? new AddressList(row.addresses) : null,
    };
  }

  /** Book-keeping for people: at most once a minute, and never worth failing for. */
  private async flushUse(): Promise<void> {
    const used = [...this.used];
    this.used.clear();
    if (used.length === 0) return;
    await this.db
      .query(`UPDATE api_keys k SET last_used_at = u.at FROM unnest($1::uuid[], $2::timestamptz[]) AS u(id, at) WHERE k.id = u.id`, [
        used.map(([id]) => id),
        used.map(([, at]) => at),
      ])
      .catch(() => used.forEach(([id, at]) => this.used.set(id, at)));
  }
}
