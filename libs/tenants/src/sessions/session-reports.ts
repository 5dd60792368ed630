import { Injectable, Logger } from '@nestjs/common';
import { type Actor, ChangeFeed, cleanText, Database, storedActor } from '@heliograph/kernel';
import type { ProviderSessionStatus } from '@heliograph/providers';
import { sha256 } from '../api-keys/key-secret';
import { qrLifetimeMs } from './next-check';
import { SessionOpenings } from './session-openings';
import { movableFrom, type SessionStatus, type StatusSource } from './session-status';

/** What somebody says of a session's status. */
export interface StatusReport {
  status: ProviderSessionStatus | 'unauthorised' | 'deleted';
  /** The provider's own spelling. */
  rawStatus?: string | null;
  /** One sentence for the history. */
  reason?: string | null;
}

/** When a report holds. */
export interface ReportLimits {
  /** Database time (text) at which the question was asked: an answer never undoes a change made after that. */
  asOf?: string;
  /** The API key the report is about: one about a key that was replaced meanwhile is void. */
  apiKey?: string;
}

/** The values of the two columns of the actor; nulls: the system's own doing. */
const stored = (actor: Actor | undefined) => (actor ? storedActor(actor) : [null, null]);

interface Moved {
  tenantId: string;
  from: SessionStatus;
  heldReason: string | null;
}

const longestReason = 300;

/** Takes in what hooks, checks, calls and sends say of a session. Each is one statement, so that any process may report at any time. */
@Injectable()
export class SessionReports {
  private readonly log = new Logger('Sessions');

  constructor(
    private readonly db: Database,
    private readonly openings: SessionOpenings,
    private readonly feed: ChangeFeed,
  ) {}

  /** Moves the session if the transition table and the source's authority allow it. True when its status changed. */
  async reportStatus(
    sessionId: string,
    report: StatusReport,
    source: StatusSource,
    limits: ReportLimits & { actor?: Actor } = {},
  ): Promise<boolean> {
    const [moved] = await this.db.query<Moved>(
      `WITH was AS (SELECT tenant_id, id, status FROM sessions WHERE id = $1 FOR UPDATE),
       moved AS (
         UPDATE sessions s
         SET status = $2, raw_status = $3, status_since = heliograph_now(), checks = 0,
             next_check_at = CASE $6 WHEN 'poll' THEN s.next_check_at WHEN 'send' THEN heliograph_now() + interval '2 s' ELSE heliograph_now() END,
             qr = CASE WHEN $2 = 'need_scan' THEN s.qr END, qr_expires_at = CASE WHEN $2 = 'need_scan' THEN s.qr_expires_at END
         FROM was
         WHERE s.tenant_id = was.tenant_id AND s.id = was.id AND was.status = ANY($5)
           AND ($7::timestamptz IS NULL OR s.status_since <= $7) AND ($8::bytea IS NULL OR s.api_key_hash = $8)
         RETURNING s.tenant_id, s.id, was.status AS from_status, s.held_reason
       ), history AS (
         INSERT INTO session_events (tenant_id, session_id, from_status, to_status, raw_status, reason, source, actor, actor_ref)
         SELECT tenant_id, id, from_status, $2, $3, $4, $6, $9, $10 FROM moved
       )
       SELECT tenant_id AS "tenantId", from_status AS "from", held_reason AS "heldReason" FROM moved`,
      [
        sessionId,
        report.status,
        report.rawStatus ?? null,
        report.reason == null ? null : cleanText(report.reason.slice(0, longestReason)),
        movableFrom(report.status, source),
        source,
        limits.asOf ?? null,
        limits.apiKey === undefined ? null : sha256(limits.apiKey),
        ...stored(limits.actor),
      ],
    );
    if (!moved) {
      if (source === 'hook') await this.checkSoon(sessionId);
      return false;
    }
    this.feed.announce('sessions', sessionId);
    this.log.log({ event: 'session.moved', tenantId: moved.tenantId, sessionId, from: moved.from, status: report.status, source });
    if (report.status === 'connected' && moved.heldReason === null) this.openings.announce(moved.tenantId, sessionId);
    return true;
  }

  /** A send was refused because the session is not connected: closes it now, and has it looked at in about 2 s. */
  reportDown(sessionId: string, detail: string): Promise<boolean> {
    return this.reportStatus(sessionId, { status: 'disconnected', reason: detail }, 'send');
  }

  /** A send was refused because of the API key. Give the key that was used: a refusal of a key since replaced says nothing. */
  reportUnauthorised(sessionId: string, detail: string, apiKey?: string): Promise<boolean> {
    return this.reportStatus(sessionId, { status: 'unauthorised', reason: detail }, 'send', { apiKey });
  }

  /** Keeps a new QR text while the session waits for a scan. */
  async reportQr(sessionId: string, qr: string): Promise<void> {
    await this.db.query(
      `UPDATE sessions SET qr = $2, qr_expires_at = heliograph_now() + make_interval(secs => $3) WHERE id = $1 AND status NOT IN ('connected', 'deleted')`,
      [sessionId, qr, qrLifetimeMs / 1_000],
    );
  }

  /**
   * The phone behind the session, E.164. The first one is taken; another one later holds the session. True when it did just now.
   * A hook is believed only in another number than the confirmed one: it may hold a session, never release it.
   */
  async reportPhone(sessionId: string, phone: string, source: StatusSource, actor?: Actor): Promise<boolean> {
    const [turned] = await this.db.query<{ tenantId: string; status: SessionStatus; heldReason: string | null }>(
      `WITH was AS (SELECT tenant_id, id, held_reason FROM sessions WHERE id = $1 AND status <> 'deleted' AND ($3 <> 'hook' OR confirmed_phone <> $2) FOR UPDATE),
       changed AS (
         UPDATE sessions s SET phone = $2, confirmed_phone = coalesce(s.confirmed_phone, $2)
         FROM was
         WHERE s.tenant_id = was.tenant_id AND s.id = was.id AND (s.phone IS DISTINCT FROM $2 OR s.confirmed_phone IS NULL)
         RETURNING s.tenant_id, s.id, s.status, s.held_reason, was.held_reason AS held_before
       ), history AS (
         INSERT INTO session_events (tenant_id, session_id, from_status, to_status, reason, source, actor, actor_ref)
         SELECT tenant_id, id, status, status, coalesce(held_reason, 'phone_restored'), $3, $4, $5 FROM changed WHERE held_reason IS DISTINCT FROM held_before
       )
       SELECT tenant_id AS "tenantId", status, held_reason AS "heldReason" FROM changed WHERE held_reason IS DISTINCT FROM held_before`,
      [sessionId, phone, source, ...stored(actor)],
    );
    // A phone that holds nothing changes nothing that is kept in memory.
    if (!turned) return false;
    this.feed.announce('sessions', sessionId);
    if (turned.heldReason === null && turned.status === 'connected') this.openings.announce(turned.tenantId, sessionId);
    if (turned.heldReason !== 'phone_changed') return false;
    this.log.warn({ event: 'session.phone_changed', tenantId: turned.tenantId, sessionId });
    return true;
  }

  /** A hook told of the session: the provider is asked, also when the hook says nothing new, though not more than once in 2 s. */
  private async checkSoon(sessionId: string): Promise<void> {
    await this.db.query(
      `UPDATE sessions SET next_check_at = least(next_check_at, greatest(heliograph_now(), status_checked_at + interval '2 s'))
       WHERE id = $1 AND status <> 'deleted'`,
      [sessionId],
    );
  }
}
