import { Injectable } from '@nestjs/common';
import { CachedLookup, ChangeFeed, Database, SealedSecrets } from '@heliograph/kernel';
import { sha256 } from '../api-keys/key-secret';
import { looksLikeHookToken } from './hook-token';
import { boundTo } from './sealing';
import { sealedHookSecrets, sealedSession } from './session-credentials.repository';
import type { SessionStatus } from './session-status';

/** What calling for a session needs, unsealed. Lives in memory only. */
export interface SessionCredentialSet {
  tenantId: string;
  sessionId: string;
  providerSessionId: string | null;
  status: SessionStatus;
  apiKey: string;
  /** The account's token, where the session belongs to an account we know. */
  accountToken: string | null;
  logMessages: boolean;
}

/** What the hook receiver needs to know a hook's sender. */
export interface HookCredentialSet {
  tenantId: string;
  sessionId: string;
  /** Valid webhook secrets: the present one, and the previous one during a rotation. */
  secrets: string[];
  apiKey: string;
}

/** How long an answer may be given out without a change being heard of, in ms: rotations end by the clock, not by a change. */
const maxAgeMs = 30_000;

/**
 * Credentials by session and by hook token, from memory. A changed row is forgotten the moment its change commits, on every
 * process, so a new key is live within a second; while that cannot be known, each call reads the database.
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

  /** Null when there is no such session, or it was deleted. */
  get(sessionId: string): Promise<SessionCredentialSet | null> {
    return this.sessions.get(sessionId);
  }

  /** Null when no live session has this token. */
  byHookToken(token: string): Promise<HookCredentialSet | null> {
    return looksLikeHookToken(token) ? this.hooks.get(token) : Promise.resolve(null);
  }

  /** Drops what this process remembers of the session: the next call reads the database. */
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
