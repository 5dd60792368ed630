import { Injectable } from '@nestjs/common';
import { CachedLookup, ChangeFeed, Database, SealedSecrets } from '@heliograph/kernel';
import { sha256 } from '../api-keys/key-secret';
import { looksLikeHookToken } from './hook-token';
import { boundTo } from './sealing';
import { sealedHookSecrets, sealedSession } from './session-credentials.repository';
import type { SessionStatus } from './session-status';

/** Unsealed data for provider calls of a session. Kept in memory only. */
export interface SessionCredentialSet {
  tenantId: string;
  sessionId: string;
  providerSessionId: string | null;
  status: SessionStatus;
  apiKey: string;
  /** The account's token, when the session belongs to a registered account. */
  accountToken: string | null;
  logMessages: boolean;
}

/** Data by which the hook receiver identifies a hook's sender. */
export interface HookCredentialSet {
  tenantId: string;
  sessionId: string;
  /** Valid webhook secrets: the current one and, during a rotation, the previous one. */
  secrets: string[];
  apiKey: string;
}

/** Maximum age of a cached answer, in ms, without a notified change: rotations end by the clock, not by a change. */
const maxAgeMs = 30_000;

/**
 * Credentials by session and by hook token, cached in memory. A changed row is dropped when its change commits, on every
 * process, so a new key is in use within a second. While notifications are down, each call reads the database.
 */
@Injectable()
export class SessionCredentials {
  private readonly sessions: CachedLookup<SessionCredentialSet | null>;
  private readonly hooks: CachedLookup<HookCredentialSet | null>;

  constructor(
    private readonly db: Database,
    private readonly secrets: SealedSecrets,
    feed: ChangeFeed,
  ) {
    this.sessions = new CachedLookup(feed, { load: (id) => this.loadSession(id) });
    this.hooks = new CachedLookup(feed, { load: (token) => this.loadHook(token), maxAgeMs });
    feed.onChange('sessions', (id) => this.forget(id));
    feed.onChange('provider_accounts', () => this.sessions.clear());
  }

  /** Returns null when the session does not exist or was deleted. */
  get(sessionId: string): Promise<SessionCredentialSet | null> {
    return this.sessions.get(sessionId);
  }

  /** Returns null when no live session has this token. */
  byHookToken(token: string): Promise<HookCredentialSet | null> {
    return looksLikeHookToken(token) ? this.hooks.get(token) : Promise.resolve(null);
  }

  /** Drops the cached data of the session in this process: the next call reads the database. */
  forget(sessionId: string): void {
    this.sessions.forget(sessionId);
    this.hooks.clear();
  }

  private async loadSession(id: string): Promise<SessionCredentialSet | null> {
    const row = await sealedSession(this.db, id);
    if (!row) return null;
    return {
      tenantId: row.tenant_id,
      sessionId: row.id,
      providerSessionId: row.provider_session_id,
      status: row.status,
      apiKey: this.secrets.open(row.api_key, boundTo('sessions.api_key', row.tenant_id, row.id)),
      accountToken:
        row.access_token && row.account_id
          ? this.secrets.open(row.access_token, boundTo('provider_accounts.access_token', row.tenant_id, row.account_id))
          : null,
      logMessages: row.log_messages,
    };
  }

  private async loadHook(token: string): Promise<HookCredentialSet | null> {
    const row = await sealedHookSecrets(this.db, sha256(token));
    if (!row) return null;
    const open = (sealed: string | null) =>
      sealed ? [this.secrets.open(sealed, boundTo('sessions.webhook_secret', row.tenant_id, row.id))] : [];
    return {
      tenantId: row.tenant_id,
      sessionId: row.id,
      secrets: [...open(row.webhook_secret), ...open(row.previous_webhook_secret)],
      apiKey: this.secrets.open(row.api_key, boundTo('sessions.api_key', row.tenant_id, row.id)),
    };
  }
}
