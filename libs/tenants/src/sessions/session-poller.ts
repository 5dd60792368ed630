import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, Database, Loops, StepsByKey } from '@heliograph/kernel';
import { clampedWaitMs } from '@heliograph/providers';
import type { TenantsConfig } from '../tenants.config';
import { nextCheckInMs } from './next-check';
import { SessionCheck } from './session-check';
import { claimDueChecks, type DueSession, scheduleCheck, takeSending } from './session-checks.repository';

const tickMs = 1_000;
const leaseSeconds = 60;
/** Interval between checks of a session that has messages to send. */
const sendingSeconds = 10;
/** Maximum number of sessions per check of those that send. */
const sendingAtOnce = 5_000;

/**
 * Checks sessions without recent reports: hooks get lost, and some states end without one. Runs in the housekeeping
 * role. Processes share the work by locking rows. At most `SESSION_CHECKS_PER_SECOND` start per second and process.
 */
@Injectable()
export class SessionPoller implements OnApplicationBootstrap {
  private readonly log = new Logger(SessionPoller.name);
  private readonly running = new Set<Promise<void>>();
  private readonly watching = new StepsByKey(sendingAtOnce);
  private readonly failingAccounts;

  constructor(
    private readonly db: Database,
    private readonly checks: SessionCheck,
    @Inject(APP_CONFIG) private readonly config: TenantsConfig,
    private readonly loops: Loops,
  ) {
    this.failingAccounts = loops.watch('session_watch_account');
  }

  onApplicationBootstrap(): void {
    const every = { everyMs: tickMs, firstMs: tickMs, jitter: 0.1 };
    this.loops.start({ name: 'session_checks', ...every, work: () => this.begin(), atEnd: () => Promise.all(this.running) });
    this.loops.start({ name: 'session_watch', ...every, work: () => this.beginWatch(), atEnd: () => this.watching.end() });
  }

  /** Starts the checks that are due, within the budget, and resolves when they are done. Returns their number. */
  async pollDue(): Promise<number> {
    const begun = await this.begin();
    await Promise.all(this.running);
    return begun;
  }

  /**
   * Checks connected sessions that have messages to send, each at least every 10 s: the linked phone may have changed without a
   * hook. Resolves when they are checked. Returns their number.
   */
  async watchSending(): Promise<number> {
    const begun = await this.beginWatch();
    await this.watching.end();
    return begun;
  }

  /** An account whose list takes long is asked beside the next turns, and delays no other one. */
  private async beginWatch(): Promise<number> {
    const due = await takeSending(this.db, sendingAtOnce, sendingSeconds - tickMs / 1_000 - 1);
    const byAccount = Map.groupBy(due, ({ id, account }) => account ?? id);
    await this.watching.turn(
      [...byAccount],
      ([account]) => account,
      async ([account, sessions]) => {
        // What fails after the turn would be told to nobody.
        try {
          const differing = await this.checks.differing(sessions.map(({ id }) => id));
          await Promise.all(differing.map((id) => this.checks.check(id, 'poll')));
          this.failingAccounts.succeeded(account);
        } catch (error) {
          this.failingAccounts.failed(account, error);
        }
        return false;
      },
    );
    return due.length;
  }

  private async begin(): Promise<number> {
    // A provider that hangs must not pile up calls: running checks count against the budget of the next second.
    const room = 2 * this.config.SESSION_CHECKS_PER_SECOND - this.running.size;
    if (room <= 0) return 0;
    const due = await claimDueChecks(this.db, Math.min(room, this.config.SESSION_CHECKS_PER_SECOND), leaseSeconds);
    for (const session of due) {
      const run = this.look(session)
        .catch((error: unknown) =>
          this.log.warn({
            event: 'session.check_failed',
            session: session.id,
            error: error instanceof Error ? error.message : 'unknown',
          }),
        )
        .finally(() => this.running.delete(run));
      this.running.add(run);
    }
    return due.length;
  }

  private async look(session: DueSession): Promise<void> {
    const outcome = await this.checks.check(session.id, 'poll', { asOf: session.asOf });
    const status = outcome.kind === 'answered' ? outcome.status : session.status;
    if (status === 'need_scan' && session.qrExpired) await this.checks.refreshQr(session.id);
    const inMs = nextCheckInMs(status, status === session.status ? session.checks : 0, Math.random());
    const waitMs = outcome.kind === 'silent' ? clampedWaitMs(outcome.retryAfterMs) : 0;
    await scheduleCheck(this.db, session, Math.max(inMs, waitMs) / 1_000);
  }
}
