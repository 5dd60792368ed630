import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, AppError, Database, SealedSecrets } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';

/** A request is believed to be running for so long; then its process died, and a repeat carries on, in s. */
const lockS = 60;

/** What a first request answered. */
export interface StoredAnswer {
  status: number;
  body: unknown;
}

/** Answers by idempotency key, for requests whose effect is not itself stored under the key. Answers are sealed: some show a secret once. */
@Injectable()
export class IdempotentRequests {
  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    @Inject(APP_CONFIG) private readonly config: Pick<MessagingConfig, 'IDEMPOTENCY_TTL_HOURS'>,
  ) {}

  /**
   * Null: this request is the first and must be followed by `finish` or `release`. Otherwise the first one's answer.
   * @throws AppError `idempotency_key_reused`; `request_in_progress` with a time to come again
   */
  async begin(tenantId: string, key: string, requestHash: Buffer): Promise<StoredAnswer | null> {
    const [mine] = await this.db.query(
      `INSERT INTO idempotency_keys AS k (tenant_id, key, request_hash, locked_until, expires_at)
       VALUES ($1, $2, $3, heliograph_now() + $4 * interval '1 s', heliograph_now() + $5::float8 * interval '1 hour')
       ON CONFLICT (tenant_id, key) DO UPDATE SET request_hash = excluded.request_hash, locked_until = excluded.locked_until, expires_at = excluded.expires_at,
         created_at = heliograph_now(), resource_id = NULL, status = NULL, response = NULL
       WHERE k.expires_at <= heliograph_now() OR (k.request_hash = excluded.request_hash AND k.locked_until <= heliograph_now())
       RETURNING key`,
      [tenantId, key, requestHash, lockS, this.config.IDEMPOTENCY_TTL_HOURS],
    );
    if (mine) return null;
    const [known] = await this.db.query<{ request_hash: Buffer; status: number | null; response: string | null }>(
      `SELECT request_hash, status, response FROM idempotency_keys WHERE tenant_id = $1 AND key = $2`,
      [tenantId, key],
    );
    if (known && !known.request_hash.equals(requestHash)) {
      throw new AppError('unprocessable', 'idempotency_key_reused', 'This idempotency key was used for a different request.');
    }
    if (!known?.status) {
      throw new AppError('conflict', 'request_in_progress', 'The first request with this key is still running.', { retryAfterSeconds: 1 });
    }
    return {
      status: known.status,
      body: known.response === null ? undefined : JSON.parse(this.secrets.open(known.response, boundTo(tenantId, key))),
    };
  }

  async finish(tenantId: string, key: string, { status, body }: StoredAnswer): Promise<void> {
    await this.db.query(`UPDATE idempotency_keys SET status = $3, response = $4, locked_until = NULL WHERE tenant_id = $1 AND key = $2`, [
      tenantId,
      key,
      status,
      body === undefined ? null : this.secrets.seal(JSON.stringify(body), boundTo(tenantId, key)),
    ]);
  }

  /** The request failed and did nothing: the key is free again. */
  async release(tenantId: string, key: string): Promise<void> {
    await this.db.query(`DELETE FROM idempotency_keys WHERE tenant_id = $1 AND key = $2 AND status IS NULL AND resource_id IS NULL`, [
      tenantId,
      key,
    ]);
  }
}

const boundTo = (tenantId: string, key: string) => `idempotency_keys.response:${tenantId}:${key}`;
