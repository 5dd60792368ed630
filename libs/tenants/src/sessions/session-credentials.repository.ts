import type { Sql } from '@heliograph/kernel';
import type { SessionStatus } from './session-status';

/** The sealed credentials of a session and of its account. */
export interface SealedSession {
  tenant_id: string;
  id: string;
  provider_session_id: string | null;
  status: SessionStatus;
  api_key: string;
  log_messages: boolean;
  account_id: string | null;
  access_token: string | null;
}

/** The sealed secrets that verify a session's hooks. */
export interface SealedHookSecrets {
  tenant_id: string;
  id: string;
  api_key: string;
  webhook_secret: string | null;
  /** Null when no rotation is in progress. */
  previous_webhook_secret: string | null;
}

/** Returns null when the session does not exist or was deleted. */
export async function sealedSession(sql: Sql, id: string): Promise<SealedSession | null> {
  const [row] = await sql.prepared<SealedSession>(
    'session_credentials',
    `SELECT s.tenant_id, s.id, s.provider_session_id, s.status, s.api_key, s.log_messages, a.id AS account_id, a.access_token
     FROM sessions s LEFT JOIN provider_accounts a ON a.tenant_id = s.tenant_id AND a.id = s.account_id
     WHERE s.id = $1 AND s.deleted_at IS NULL`,
    [id],
  );
  return row ?? null;
}

/** Returns null when no live session has a hook token of this hash. */
export async function sealedHookSecrets(sql: Sql, tokenHash: Buffer): Promise<SealedHookSecrets | null> {
  const [row] = await sql.prepared<SealedHookSecrets>(
    'hook_credentials',
    `SELECT tenant_id, id, api_key, webhook_secret, CASE WHEN previous_secret_until > heliograph_now() THEN previous_webhook_secret END AS previous_webhook_secret
     FROM sessions
     WHERE deleted_at IS NULL AND (hook_token_hash = $1 OR (previous_hook_token_hash = $1 AND previous_hook_token_until > heliograph_now()))`,
    [tokenHash],
  );
  return row ?? null;
}
