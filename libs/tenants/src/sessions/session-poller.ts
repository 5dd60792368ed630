import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, Database, type KernelConfig, Loops } from '@heliograph/kernel';
import { clampedWaitMs } from '@heliograph/providers';
import type { TenantsConfig } from '../tenants.config';
import { nextCheckInMs } from './next-check';
import { SessionCheck } from './session-check';
import type { SessionStatus } from './session-status';

interface DueSession {
  id: string;
  status: SessionStatus;
  checks: number;
  qrExpired: boolean;
  /** When another process may take this check over, database time. Also what tells us that nobody asked for one meanwhile. */
  lease: string;
  asOf: string;
}

const tickMs = 1_000;
const leaseSeconds = 60;
/** A session that has messages to send is looked at this often. */
const sendingSeconds = 10;
/** Sessions one look at those that send takes at most. */
const sendingAtOnce = 5_000;

/**
 * Looks after sessions nobody reports on: hooks get lost, and some states end without one. In the housekeeping
 * role; processes share the work by locking what they take. At most `SESSION_CHECKS_PER_SECOND` begin per second and process.
 */
@Injectable()
export class SessionPoller implements OnApplicationBootstrap {
  private readonly log = new Logger(SessionPoller.name);
  private readonly running = new Set<Promise<void>>();

  constructor(
    private readonly db: Database,
    private readonly checks: SessionCheck,
    @Inject(APP_CONFIG) private readonly config: Pick<KernelConfig, 'WORKER_ROLES'> & TenantsConfig,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.config.WORKER_ROLES.includes('housekeeping')) return;
    const every = { everyMs: tickMs, firstMs: tickMs, jitter: 0.1 };
    this.loops.start({ name: 'session_checks', ...every, work: () => this.begin(), atEnd: () => Promise.all(this.running) });
    // By itself: a slow provider holds up nothing else.
    this.loops.start({ name: 'session_watch', ...every, work: () => this.watchSending() });
  }

  /** Begins the checks that are due, as far as the budget goes, and resolves when they are done. How many there were. */
  async pollDue(): Promise<number> {
    const begun = await this.begin();
    await Promise.all(this.running);
    return begun;
  }

  /**
   * Looks at connected sessions that have messages to send, each at least every 10 s: another phone may be behind them and no hook
   * told of it. Resolves when they are looked at. How many there were.
   */
  async watchSending(): Promise<number> {
    const due = await this.db.query<{ id: string; account: string | null }>(
      `WITH due AS (
         SELECT s.tenant_id, s.id FROM lanes l JOIN sessions s ON s.tenant_id = l.tenant_id AND s.id = l.session_id
         WHERE (l.turn_worker IS NOT NULL OR l.next_due_at <= heliograph_now() + interval '1 s') AND s.deleted_at IS NULL AND s.status = 'connected' AND s.held_reason IS NULL
           AND coalesce(s.watched_at, '-infinity') <= heliograph_now() - make_interval(secs => $2) AND coalesce(s.status_checked_at, '-infinity') <= heliograph_now() - make_interval(secs => $2)
         LIMIT $1 FOR UPDATE OF s SKIP LOCKED
       )
       UPDATE sessions s SET watched_at = heliograph_now() FROM due WHERE s.tenant_id = due.tenant_id AND s.id = due.id RETURNING s.id, s.account_id AS account`,
      [sendingAtOnce, sendingSeconds - tickMs / 1_000 - 1],
    );
    const byAccount = Map.groupBy(due, ({ id, account }) => account ?? id);
    await Promise.all(
      [...byAccount.values()].map(async (sessions) => {
        const differing = await this.checks.differing(sessions.map(({ id }) => id));
        await Promise.all(differing.map((id) => this.checks.check(id, 'poll')));
      }),
    );
    return due.length;
  }

  private async begin(): Promise<number> {
    // A provider that hangs must not pile up calls: what is still running counts against the next second.
    const room = 2 * this.config.SESSION_CHECKS_PER_SECOND - this.running.size;
    if (room <= 0) return 0;
    const due = await this.claim(Math.min(room, this.config.SESSION_CHECKS_PER_SECOND));
    for (const session of due) {
      const run = this.look(session)
        .catch((error: unknown) =>
          this.log.warn({
            event: 'session.check_failed',
            sessionId: session.id,
            error: error instanceof Error ? error.message : 'unknown',
          }),
        )
        .finally(() => this.running.delete(run));
      this.running.add(run);
    }
    return due.length;
  }

  private claim(limit: number): Promise<DueSession[]> {
    return this.db.query<DueSession>(
      `WITH due AS (
         SELECT tenant_id, id FROM sessions WHERE deleted_at IS NULL AND next_check_at <= heliograph_now() ORDER BY next_check_at LIMIT $1 FOR UPDATE SKIP LOCKED
       )
       UPDATE sessions s SET next_check_at = heliograph_now() + make_interval(secs => $2), status_checked_at = heliograph_now(), checks = s.checks + 1
       FROM due WHERE s.tenant_id = due.tenant_id AND s.id = due.id
       RETURNING s.id, s.status, s.checks, s.status = 'need_scan' AND s.qr_expires_at <= heliograph_now() AS "qrExpired", s.next_check_at::text AS lease, heliograph_now()::text AS "asOf"`,
      [limit, leaseSeconds],
    );
  }

  private async look(session: DueSession): Promise<void> {
    const outcome = await this.checks.check(session.id, 'poll', { asOf: session.asOf });
    const status = outcome.kind === 'answered' ? outcome.status : session.status;
    if (status === 'need_scan' && session.qrExpired) await this.checks.refreshQr(session.id);
    const inMs = nextCheckInMs(status, status === session.status ? session.checks : 0, Math.random());
    // Whoever asked for a check since, or took this one over, set another time; theirs stands.
    await this.db.query(
      `UPDATE sessions SET next_check_at = heliograph_now() + make_interval(secs => $3) WHERE id = $1 AND next_check_at = $2`,
      [session.id, session.lease, Math.max(inMs, outcome.kind === 'silent' ? clampedWaitMs(outcome.retryAfterMs) : 0) / 1_000],
    );
  }
}
