import { Injectable, Logger } from '@nestjs/common';
import { type Actor, ChangeFeed, cleanText, Database, sha256 } from '@heliograph/kernel';
import type { ProviderSessionStatus } from '@heliograph/providers';
import { qrLifetimeMs } from './next-check';
import { SessionOpenings } from './session-openings';
import { checkSoon } from './session-checks.repository';
import { moveSession, writePhone, writeQr } from './session-reports.repository';
import { movableFrom, type StatusSource } from './session-status';

/** A report about a session's status. */
export interface StatusReport {
  status: ProviderSessionStatus | 'unauthorised' | 'deleted';
  /** The provider's own spelling. */
  rawStatus?: string | null;
  /** One sentence for the history. */
  reason?: string | null;
}

/** Conditions under which a report counts. */
export interface ReportLimits {
  /** Database time (text) at which the question was asked: an answer never overwrites a later change. */
  asOf?: string;
  /** API key that the report is about. The report is void when the key was replaced meanwhile. */
  apiKey?: string;
}

const maxReasonLength = 300;

/** Applies reports of hooks, checks, calls and sends about a session. Each is one statement, so any process may report at any time. */
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
    const moved = await moveSession(this.db, {
      sessionId,
      status: report.status,
      rawStatus: report.rawStatus ?? null,
      reason: report.reason == null ? null : cleanText(report.reason.slice(0, maxReasonLength)),
      from: movableFrom(report.status, source),
      source,
      asOf: limits.asOf ?? null,
      apiKeyHash: limits.apiKey === undefined ? null : sha256(limits.apiKey),
      actor: limits.actor ?? null,
    });
    if (!moved) {
      // Schedules a check, also when the hook reports nothing new.
      if (source === 'hook') await checkSoon(this.db, sessionId);
      return false;
    }
    this.feed.notifyHere('sessions', sessionId);
    this.log.log({ event: 'session.moved', tenant: moved.tenantId, session: sessionId, from: moved.from, status: report.status, source });
    if (report.status === 'connected' && moved.heldReason === null) this.openings.announce(moved.tenantId, sessionId);
    return true;
  }

  /** Closes a session whose send was refused because it is not connected, and schedules a check in about 2 s. */
  reportDown(sessionId: string, detail: string): Promise<boolean> {
    return this.reportStatus(sessionId, { status: 'disconnected', reason: detail }, 'send');
  }

  /** Records that a send was refused because of the API key. `apiKey` is the key that was used: a refusal of a replaced key does not count. */
  reportUnauthorised(sessionId: string, detail: string, apiKey?: string): Promise<boolean> {
    return this.reportStatus(sessionId, { status: 'unauthorised', reason: detail }, 'send', { apiKey });
  }

  /** Stores a new QR text while the session waits for a scan. */
  async reportQr(sessionId: string, qr: string): Promise<void> {
    await writeQr(this.db, sessionId, qr, qrLifetimeMs / 1_000);
  }

  /**
   * Stores the phone of the session, E.164. The first one is confirmed; a different one later holds the session. True when this call held it.
   * A hook counts only when its number differs from the confirmed one: it may hold a session, but never release it.
   */
  async reportPhone(sessionId: string, phone: string, source: StatusSource, actor?: Actor): Promise<boolean> {
    const turned = await writePhone(this.db, sessionId, phone, source, actor ?? null);
    // A phone that does not hold the session changes nothing that is cached.
    if (!turned) return false;
    this.feed.notifyHere('sessions', sessionId);
    if (turned.heldReason === null && turned.status === 'connected') this.openings.announce(turned.tenantId, sessionId);
    if (turned.heldReason !== 'phone_changed') return false;
    this.log.warn({ event: 'session.phone_changed', tenant: turned.tenantId, session: sessionId });
    return true;
  }
}
