import { type Actor, actorColumn, type Database, type Sql, storedActor, totalOf, type Tx } from '@heliograph/kernel';
import { type KnownTenant, knownTenantColumns, type KnownTenantRow, toKnownTenant } from '../tenants/known-tenants.repository';
import type { ApiKeyScope } from './scopes';

/** An API key without its secret. */
export interface ApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: ApiKeyScope[];
  allowedAddresses: string[] | null;
  /** Sessions it is limited to, those deleted since included; null: all. */
  sessionIds: string[] | null;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  /** Null: it was created before actors were stored. */
  createdBy: Actor | null;
  revokedBy: Actor | null;
}

/** A key to store. */
export interface NewApiKey {
  id: string;
  name: string;
  prefix: string;
  hash: Buffer;
  scopes: ApiKeyScope[];
  addresses: string[] | null;
  sessionIds: string[] | null;
  expiresAt: Date | null;
}

/** Facts that decide whether a key may be created. */
export interface KeyRights {
  /** True when its expiry is in the past. */
  isPast: boolean;
  /** Keys of the tenant that are neither revoked nor expired. */
  live: number;
  /** True when its creator has all of its scopes, addresses, sessions and time; null without a creator. */
  isWithin: boolean | null;
}

/** A valid key, with its tenant. */
export interface LiveKey {
  id: string;
  name: string;
  scopes: ApiKeyScope[];
  addresses: string[] | null;
  sessionIds: string[] | null;
  expiresAt: Date | null;
  tenant: KnownTenant;
}

const columns = `id, name, prefix, scopes, allowed_addresses::text[] AS "allowedAddresses", session_ids AS "sessionIds", created_at AS "createdAt", expires_at AS "expiresAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt",
  ${actorColumn('created_by')} AS "createdBy", ${actorColumn('revoked_by')} AS "revokedBy"`;

/** Serialises the creation of a tenant's keys: concurrent ones could exceed the limit together. */
export async function lockKeys(tx: Tx, tenantId: string): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('api_keys:' || $1::text, 0))`, [tenantId]);
}

export async function rightsOf(
  tx: Tx,
  tenantId: string,
  key: Pick<NewApiKey, 'scopes' | 'addresses' | 'sessionIds' | 'expiresAt'>,
  makerId: string | null,
): Promise<KeyRights> {
  const [rights] = await tx.query<KeyRights>(
    `SELECT coalesce($2::timestamptz <= heliograph_now(), false) AS "isPast",
       (SELECT count(*)::int FROM api_keys WHERE tenant_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > heliograph_now())) AS live,
       (SELECT $4::text[] <@ m.scopes AND (m.expires_at IS NULL OR coalesce($2::timestamptz <= m.expires_at, false))
          AND (m.session_ids IS NULL OR coalesce($6::uuid[] <@ m.session_ids, false))
          AND (m.allowed_addresses IS NULL OR coalesce((SELECT bool_and(a <<= ANY (m.allowed_addresses::inet[])) FROM unnest($5::inet[]) a), false))
        FROM api_keys m WHERE m.tenant_id = $1 AND m.id = $3 AND m.revoked_at IS NULL) AS "isWithin"`,
    [tenantId, key.expiresAt, makerId, key.scopes, key.addresses, key.sessionIds],
  );
  return rights as KeyRights;
}

export async function insertKey(tx: Tx, tenantId: string, actor: Actor, key: NewApiKey): Promise<ApiKey> {
  const [made] = await tx.query<ApiKey>(
    `INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes, allowed_addresses, expires_at, created_by, created_by_ref, session_ids)
       SELECT $1, $2, $3, $4, $5, $6, CASE WHEN $7::inet[] IS NOT NULL THEN ARRAY(SELECT network(a) FROM unnest($7::inet[]) a) END, $8, $9, $10,
         CASE WHEN $11::uuid[] IS NOT NULL THEN ARRAY(SELECT DISTINCT s FROM unnest($11::uuid[]) s ORDER BY s) END
       RETURNING ${columns}`,
    [tenantId, key.id, key.name, key.prefix, key.hash, key.scopes, key.addresses, key.expiresAt, ...storedActor(actor), key.sessionIds],
  );
  return made as ApiKey;
}

/** Lists keys, newest first. @param before id of the last key of the page before; null: the first page */
export async function listKeysOf(
  tx: Tx,
  tenantId: string,
  before: string | null,
  limit: number,
): Promise<{ rows: ApiKey[]; total: number | undefined }> {
  const rows = await tx.query<ApiKey>(
    `SELECT ${columns} FROM api_keys WHERE tenant_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [tenantId, before, limit],
  );
  return { rows, total: await totalOf(tx, 'SELECT 1 FROM api_keys WHERE tenant_id = $1', [tenantId]) };
}

/** A key to replace. */
export interface ReplacedKey extends ApiKey {
  /** False: it was revoked or has expired. */
  isLive: boolean;
  /** End of a key that is made now and lives as long as this one; null: this one does not expire. */
  nextEnd: Date | null;
}

/** Returns the key, whatever its state, locked; null: it does not exist. */
export async function lockKey(tx: Tx, tenantId: string, id: string): Promise<ReplacedKey | null> {
  const [key] = await tx.query<ReplacedKey>(
    `SELECT ${columns}, revoked_at IS NULL AND (expires_at IS NULL OR expires_at > heliograph_now()) AS "isLive",
       heliograph_now() + (expires_at - created_at) AS "nextEnd"
     FROM api_keys WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
    [tenantId, id],
  );
  return key ?? null;
}

/** Ends the key in so many hours, or at its own end if that is sooner. */
export async function endKeyAfter(tx: Tx, tenantId: string, id: string, hours: number): Promise<ApiKey> {
  const [key] = await tx.query<ApiKey>(
    `UPDATE api_keys SET expires_at = least(expires_at, heliograph_now() + make_interval(hours => $3)) WHERE tenant_id = $1 AND id = $2 RETURNING ${columns}`,
    [tenantId, id, hours],
  );
  return key as ApiKey;
}

/** Revokes the key once; null: it does not exist. */
export async function revokeKey(tx: Tx, tenantId: string, actor: Actor, id: string): Promise<ApiKey | null> {
  const [key] = await tx.query<ApiKey>(
    `UPDATE api_keys SET revoked_at = coalesce(revoked_at, heliograph_now()),
       revoked_by = CASE WHEN revoked_at IS NULL THEN $3 ELSE revoked_by END, revoked_by_ref = CASE WHEN revoked_at IS NULL THEN $4 ELSE revoked_by_ref END
     WHERE tenant_id = $1 AND id = $2 RETURNING ${columns}`,
    [tenantId, id, ...storedActor(actor)],
  );
  return key ?? null;
}

/**
 * Returns the key of one of these hashes; null when it does not exist, was revoked or has expired.
 * @param hash that of a key for all sessions
 * @param limitedHash that of a key that is limited to sessions
 */
export async function liveKey(db: Database, hash: Buffer, limitedHash: Buffer): Promise<LiveKey | null> {
  const [row] = await db.prepared<{ key: Omit<LiveKey, 'tenant' | 'expiresAt'>; expiresAt: Date | null } & KnownTenantRow>(
    'api_key_by_hash',
    `SELECT json_build_object('id', k.id, 'name', k.name, 'scopes', k.scopes, 'addresses', k.allowed_addresses::text[], 'sessionIds', k.session_ids) AS key, k.expires_at AS "expiresAt", ${knownTenantColumns('t')}
     FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.hash IN ($1, $2) AND (k.hash = $2) = (k.session_ids IS NOT NULL)
       AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > heliograph_now())`,
    [hash, limitedHash],
  );
  if (!row) return null;
  const { key, expiresAt, ...tenant } = row;
  return { ...key, expiresAt, tenant: toKnownTenant(tenant) };
}

/** Stores the times at which keys were last used. */
export async function stampUse(sql: Sql, used: [id: string, at: Date][]): Promise<void> {
  await sql.query(`UPDATE api_keys k SET last_used_at = u.at FROM unnest($1::uuid[], $2::timestamptz[]) AS u(id, at) WHERE k.id = u.id`, [
    used.map(([id]) => id),
    used.map(([, at]) => at),
  ]);
}
