import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG } from '../config/config.module';
import type { KernelConfig } from '../config/kernel.config';
import { SealedSecrets } from '../crypto/sealed-secrets';
import { Database, type Sql } from '../database/database';
import { AppError } from '../errors/app-error';

/** Time after which a running request is considered dead, and a repeat takes over, in s. */
const lockS = 60;

/** A key of a tenant, and the hash of its request. */
export interface RequestKey {
  tenantId: string;
  key: string;
  requestHash: Buffer;
}

/** Stored answer of a first request. */
export interface StoredAnswer {
  status: number;
  body: unknown;
}

/**
 * The only statement that takes keys: new ones, expired ones, and those of the same request whose process died.
 * @param source returns each key once: tenant_id, key, request_hash, resource_id, locked_until, expires_at
 * @returns SQL that selects the `resource_id` of each key that was taken
 */
export const takeKeysSql = (source: string): string => `
  INSERT INTO idempotency_keys AS k (tenant_id, key, request_hash, resource_id, locked_until, expires_at)
  ${source}
  ON CONFLICT (tenant_id, key) DO UPDATE SET request_hash = excluded.request_hash, resource_id = excluded.resource_id,
    locked_until = excluded.locked_until, expires_at = excluded.expires_at, created_at = heliograph_now(), status = NULL, response = NULL
    WHERE k.expires_at <= heliograph_now() OR (k.request_hash = excluded.request_hash AND k.locked_until <= heliograph_now())
  RETURNING k.resource_id`;

/** SQL that selects the rows stored under the keys of two arrays: `tenants` (uuid[]) and `keys` (text[]), by position. */
export const storedKeysSql = (tenants: string, keys: string): string => `
  SELECT k.tenant_id, k.key, k.request_hash, k.resource_id, k.status, k.response FROM unnest(${tenants}::uuid[], ${keys}::text[]) AS w(tenant_id, key)
  JOIN idempotency_keys k ON k.tenant_id = w.tenant_id AND k.key = w.key`;

/** SQL that returns the id of the resource that was created under a key of a tenant. */
export const resourceOfKey = (tenantId: string, key: string): string =>
  `SELECT k.resource_id FROM idempotency_keys k WHERE k.tenant_id = ${tenantId} AND k.key = ${key} AND k.expires_at > heliograph_now()`;

/**
 * SQL that returns the key under which a resource of a tenant was created: one entry of the index by expiry, which is a fixed time after
 * the creation. Null for a resource without a key of its own, for a key that is no longer kept, and where keys were kept longer or shorter.
 * @param takenAt time at which the same statement took the key and created the resource
 */
export const keyOfResource = (tenantId: string, resourceId: string, takenAt: string, hours: string): string =>
  `SELECT k.key FROM idempotency_keys k WHERE k.expires_at = ${takenAt} + ${hours}::float8 * interval '1 hour' AND k.expires_at > heliograph_now()
     AND k.tenant_id = ${tenantId} AND k.resource_id = ${resourceId}`;

interface StoredKeyRow {
  request_hash: Buffer;
  resource_id: string | null;
  status: number | null;
  response: string | null;
}

const takeKeySql = takeKeysSql(
  `VALUES ($1::uuid, $2::text, $3::bytea, $4::uuid, heliograph_now() + $5::float8 * interval '1 s', heliograph_now() + $6::float8 * interval '1 hour')`,
);

/** Returns the error for a key that belongs to another request. */
export function keyReused(): AppError {
  return new AppError('unprocessable', 'idempotency_key_reused', 'This idempotency key was used for a different request.');
}

/**
 * Idempotency keys. The same key and request get the same answer for as long as keys are kept; another request is refused. A key
 * refers to a stored answer (`begin`, `finish`, `release`) or to a resource created with it (`takeFor`, `takeKeysSql`).
 */
@Injectable()
export class IdempotencyKeys {
  /** Hours that a key is kept. */
  readonly hours: number;

  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    @Inject(APP_CONFIG) config: Pick<KernelConfig, 'IDEMPOTENCY_TTL_HOURS'>,
  ) {
    this.hours = config.IDEMPOTENCY_TTL_HOURS;
  }

  /**
   * Takes a key for a request whose answer is stored under it. Null: this request is the first and must be followed by `finish` or
   * `release`. Otherwise returns the answer of the first request. Answers are sealed, since some contain a secret.
   * @throws AppError `idempotency_key_reused`; `request_in_progress` with a time to retry
   */
  async begin(request: RequestKey): Promise<StoredAnswer | null> {
    if (await this.take(this.db, request, { lockS })) return null;
    const stored = await this.stored(this.db, request);
    if (stored && !stored.request_hash.equals(request.requestHash)) throw keyReused();
    if (!stored?.status)
      throw new AppError('conflict', 'request_in_progress', 'The first request with this key is still running.', { retryAfterSeconds: 1 });
    const body: unknown = stored.response === null ? undefined : JSON.parse(this.secrets.open(stored.response, boundTo(request)));
    return { status: stored.status, body };
  }

  /** Stores the answer of the request that took the key. */
  async finish(request: RequestKey, { status, body }: StoredAnswer): Promise<void> {
    await this.db.query(`UPDATE idempotency_keys SET status = $3, response = $4, locked_until = NULL WHERE tenant_id = $1 AND key = $2`, [
      request.tenantId,
      request.key,
      status,
      body === undefined ? null : this.secrets.seal(JSON.stringify(body), boundTo(request)),
    ]);
  }

  /** Releases the key of a request that failed without effect. */
  async release({ tenantId, key }: RequestKey): Promise<void> {
    await this.db.query(`DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 AND status IS NULL AND resource_id IS NULL`, [
      tenantId,
      key,
    ]);
  }

  /**
   * Takes a key for a resource that the caller's transaction creates. Null: it is taken. Otherwise returns the id of the resource that an
   * earlier request created with it.
   * @throws AppError `idempotency_key_reused`
   */
  async takeFor(tx: Sql, request: RequestKey, resourceId: string): Promise<string | null> {
    if (await this.take(tx, request, { resourceId })) return null;
    const stored = await this.stored(tx, request);
    if (!stored?.resource_id || !stored.request_hash.equals(request.requestHash)) throw keyReused();
    return stored.resource_id;
  }

  /** Releases keys that were taken for resources which were not created. */
  async releaseFor(db: Sql, taken: (RequestKey & { resourceId: string })[]): Promise<void> {
    await db.query(
      `DELETE FROM idempotency_keys k USING unnest($1::uuid[], $2::text[], $3::bytea[], $4::uuid[]) AS w(tenant_id, key, request_hash, id)
       WHERE k.tenant_id = w.tenant_id AND k.key = w.key AND k.request_hash = w.request_hash AND k.resource_id = w.id`,
      [taken.map((t) => t.tenantId), taken.map((t) => t.key), taken.map((t) => t.requestHash), taken.map((t) => t.resourceId)],
    );
  }

  private async take(db: Sql, request: RequestKey, by: { lockS?: number; resourceId?: string }): Promise<boolean> {
    const { tenantId, key, requestHash } = request;
    const rows = await db.query(takeKeySql, [tenantId, key, requestHash, by.resourceId ?? null, by.lockS ?? null, this.hours]);
    return rows.length > 0;
  }

  private async stored(db: Sql, { tenantId, key }: RequestKey): Promise<StoredKeyRow | undefined> {
    return (await db.query<StoredKeyRow>(storedKeysSql('$1', '$2'), [[tenantId], [key]]))[0];
  }
}

const boundTo = ({ tenantId, key }: RequestKey) => `idempotency_keys.response:${tenantId}:${key}`;
