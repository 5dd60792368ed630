import { Injectable } from '@nestjs/common';
import { type Actor, Database, notFound, SealedSecrets, sha256 } from '@heliograph/kernel';
import { boundTo } from './sealing';
import { noteOnSession } from './session-events.repository';
import { one, SessionsRepository } from './sessions.repository';

/** Time for which the previous secret or token stays valid after a rotation, in s. */
export type OverlapSeconds = number;

/** Secrets and hook URLs of sessions, always within one tenant. */
@Injectable()
export class SessionSecrets {
  constructor(
    private readonly db: Database,
    private readonly rows: SessionsRepository,
    private readonly secrets: SealedSecrets,
  ) {}

  /** Stores a new secret; the current one becomes the previous one and stays valid for `overlap` seconds. */
  async replaceWebhookSecret(tenantId: string, actor: Actor, id: string, secret: string, overlap: OverlapSeconds): Promise<void> {
    const sealed = this.secrets.seal(secret, boundTo('sessions.webhook_secret', tenantId, id));
    await this.rows.write(tenantId, id, async (tx) => {
      await one(
        tx.query(
          `UPDATE sessions SET previous_webhook_secret = webhook_secret, previous_secret_until = heliograph_now() + make_interval(secs => $4), webhook_secret = $3
           WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL RETURNING id`,
          [tenantId, id, sealed, overlap],
        ),
      );
      await noteOnSession(tx, tenantId, actor, id, 'webhook_secret_changed');
    });
  }

  /**
   * Adds a new hook URL beside the current one. With an overlap, the current one expires after it, in seconds; null: it stays valid
   * until the provider is known to post to the new one (`endPreviousHookToken`).
   * @returns false when the previous URL is still valid: at most two are valid at a time
   */
  async addHookToken(tenantId: string, actor: Actor, id: string, token: string, overlap: OverlapSeconds | null): Promise<boolean> {
    const sealed = this.secrets.seal(token, boundTo('sessions.hook_token', tenantId, id));
    const rows = await this.rows.write(tenantId, id, async (tx) => {
      const set = await tx.query(
        `UPDATE sessions SET previous_hook_token_hash = hook_token_hash, hook_token = $3, hook_token_hash = $4,
           previous_hook_token_until = coalesce(heliograph_now() + make_interval(secs => $5::float8), 'infinity')
         WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL
           AND (previous_hook_token_until IS NULL OR previous_hook_token_until <= CASE WHEN $5::float8 IS NULL THEN '9999-01-01' ELSE heliograph_now() END)
         RETURNING id`,
        [tenantId, id, sealed, sha256(token), overlap],
      );
      if (set.length > 0) await noteOnSession(tx, tenantId, actor, id, 'hook_token_changed');
      return set;
    });
    if (rows.length === 0) await this.rows.get(tenantId, id);
    return rows.length > 0;
  }

  /** Expires the previous URL after `overlap` seconds, once the provider posts to the new one. */
  async endPreviousHookToken(tenantId: string, id: string, token: string, overlap: OverlapSeconds): Promise<void> {
    await this.rows.write(tenantId, id, (tx) =>
      tx.query(
        `UPDATE sessions SET previous_hook_token_until = heliograph_now() + make_interval(secs => $4)
         WHERE tenant_id = $1 AND id = $2 AND hook_token_hash = $3 AND previous_hook_token_until = 'infinity'`,
        [tenantId, id, sha256(token), overlap],
      ),
    );
  }

  /** Returns the secrets that a person's call to the provider needs. */
  async read(tenantId: string, id: string): Promise<{ apiKey: string; webhookSecret: string | null; hookToken: string }> {
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ apiKey: string; webhookSecret: string | null; hookToken: string }>(
        `SELECT api_key AS "apiKey", webhook_secret AS "webhookSecret", hook_token AS "hookToken" FROM sessions WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`,
        [tenantId, id],
      ),
    );
    if (!rows[0]) throw notFound('session');
    const { apiKey, webhookSecret, hookToken } = rows[0];
    return {
      apiKey: this.secrets.open(apiKey, boundTo('sessions.api_key', tenantId, id)),
      webhookSecret: webhookSecret && this.secrets.open(webhookSecret, boundTo('sessions.webhook_secret', tenantId, id)),
      hookToken: this.secrets.open(hookToken, boundTo('sessions.hook_token', tenantId, id)),
    };
  }
}
