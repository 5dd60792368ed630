import { Injectable } from '@nestjs/common';
import { CachedLookup, ChangeFeed, Database, SealedSecrets, sha256 } from '@heliograph/kernel';
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
  /** The registered account that the session belongs to. */
  accountId: string | null;
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

/** Result of a look-up by hook token. */
interface HookRead {
  credentials: HookCredentialSet | null;
  /** Number of changes of sessions that were known before the read began. */
  asOf: number;
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
  private readonly hooks: CachedLookup<HookRead>;
  /** Number of changes of sessions since the process started, and the last one of each session. */
  private changes = 0;
  private readonly lastChangeOf = new Map<string, number>();

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
  find(sessionId: string): Promise<SessionCredentialSet | null> {
    return this.sessions.get(sessionId);
  }

  /** Returns null when no live session has this token. */
  async byHookToken(token: string): Promise<HookCredentialSet | null> {
    if (!looksLikeHookToken(token)) return null;
    const known = await this.hooks.get(token);
    if (this.isCurrent(known)) return known.credentials;
    this.hooks.forget(token);
    return (await this.hooks.get(token)).credentials;
  }

  /** Drops the cached data of the session in this process: the next call reads the database. */
  forget(sessionId: string): void {
    this.sessions.forget(sessionId);
    this.lastChangeOf.set(sessionId, ++this.changes);
  }

  /** Returns true when no session changed since the read that could make it another one. Any session may get a token that was unknown. */
  private isCurrent({ credentials, asOf }: HookRead): boolean {
    return (credentials ? (this.lastChangeOf.get(credentials.sessionId) ?? 0) : this.changes) <= asOf;
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
      accountId: row.account_id,
      accountToken:
        row.access_token && row.account_id
          ? this.secrets.open(row.access_token, boundTo('provider_accounts.access_token', row.tenant_id, row.account_id))
          : null,
      logMessages: row.log_messages,
    };
  }

  private async loadHook(token: string): Promise<HookRead> {
    const asOf = this.changes;
    const row = await sealedHookSecrets(this.db, sha256(token));
    if (!row) return { credentials: null, asOf };
    const open = (sealed: string | null) =>
      sealed ? [this.secrets.open(sealed, boundTo('sessions.webhook_secret', row.tenant_id, row.id))] : [];
    const credentials = {
      tenantId: row.tenant_id,
      sessionId: row.id,
      secrets: [...open(row.webhook_secret), ...open(row.previous_webhook_secret)],
      apiKey: this.secrets.open(row.api_key, boundTo('sessions.api_key', row.tenant_id, row.id)),
    };
    return { credentials, asOf };
  }
}
