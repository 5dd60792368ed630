import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Loops, Metrics } from '@heliograph/kernel';
import { Invariants } from './invariants.repository';

const tickMs = 60_000;

/**
 * Checks each invariant that reads whole tables once an hour, one at a time, in the role `housekeeping`; one process of all does it. A check that
 * takes too long is given up: on large tables, a person runs `heliograph check` instead.
 */
@Injectable()
export class InvariantWatch implements OnApplicationBootstrap {
  private readonly log = new Logger(InvariantWatch.name);

  constructor(
    private readonly invariants: Invariants,
    private readonly loops: Loops,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'invariants_broken_hourly',
      'Rows that broke an invariant when one process checked it last, once an hour.',
      ['invariant'],
      async (gauge) => {
        for (const { invariant, broken } of await this.invariants.results()) gauge.set({ invariant }, broken);
      },
    );
    metrics.gauge('invariants_unchecked', 'Invariants whose last hourly check took too long and was given up.', [], async (gauge) =>
      gauge.set((await this.invariants.results()).filter(({ isSlow }) => isSlow).length),
    );
  }

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'invariants_hourly', everyMs: tickMs, firstMs: tickMs, jitter: 0.2, work: () => this.checkOne() });
  }

  /** Checks one that is due. True when one was. */
  async checkOne(): Promise<boolean> {
    const checked = await this.invariants.checkDue();
    if (!checked) return false;
    const { invariant, breach } = checked;
    if (breach === 'too_slow') this.log.warn({ event: 'invariant.not_checked', invariant });
    else if (breach) this.log.error({ event: 'invariant.broken', invariant, count: breach.count, examples: breach.examples });
    return true;
  }
}
