import { Injectable, Logger } from '@nestjs/common';
import { type Actor, ChangeFeed, cleanText, Database } from '@heliograph/kernel';
import type { ProviderSessionStatus } from '@heliograph/providers';
import { sha256 } from '../api-keys/key-secret';
import { qrLifetimeMs } from './next-check';
import { SessionOpenings } from './session-openings';
import { checkSoon } from './session-checks.repository';
import { moveSession, writePhone, writeQr } from './session-reports.repository';
import { movableFrom, type StatusSource } from './session-status';

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

const maxReasonLength = 300;

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
      // The provider is asked, also when the hook says nothing new.
      if (source === 'hook') await checkSoon(this.db, sessionId);
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
    await writeQr(this.db, sessionId, qr, qrLifetimeMs / 1_000);
  }

  /**
   * The phone behind the session, E.164. The first one is taken; another one later holds the session. True when it did just now.
   * A hook is believed only in another number than the confirmed one: it may hold a session, never release it.
   */
  async reportPhone(sessionId: string, phone: string, source: StatusSource, actor?: Actor): Promise<boolean> {
    const turned = await writePhone(this.db, sessionId, phone, source, actor ?? null);
    // A phone that holds nothing changes nothing that is kept in memory.
    if (!turned) return false;
    this.feed.announce('sessions', sessionId);
    if (turned.heldReason === null && turned.status === 'connected') this.openings.announce(turned.tenantId, sessionId);
    if (turned.heldReason !== 'phone_changed') return false;
    this.log.warn({ event: 'session.phone_changed', tenantId: turned.tenantId, sessionId });
    return true;
  }
}
