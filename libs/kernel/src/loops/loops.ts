import { Injectable } from '@nestjs/common';
import { HealthChecks } from '../health/health-checks';
import { Metrics } from '../metrics/metrics';
import { DrainService } from '../shutdown/drain.service';
import { Loop, type LoopOptions } from './loop';

/** A loop that fails for so long is shown as `degraded`, in ms. */
export const degradedAfterMs = 30_000;

/**
 * Starts the loops of this process. They end when the process drains, are counted in metrics, and readiness shows those that fail
 * for longer than 30 s. A failing loop never makes a process unready: a fault that a restart does not cure would take every process.
 */
@Injectable()
export class Loops {
  private readonly loops = new Set<Loop>();
  private readonly turns;
  private readonly failedTurns;

  constructor(
    private readonly drains: DrainService,
    health: HealthChecks,
    metrics: Metrics,
  ) {
    this.turns = metrics.counter('loop_turns_total', 'Turns of background loops.', ['loop']);
    this.failedTurns = metrics.counter('loop_failed_turns_total', 'Turns of background loops that failed.', ['loop']);
    metrics.gauge('loop_failing_seconds', 'Seconds since a loop began to fail every turn; 0 while it works.', ['loop'], (gauge) => {
      for (const [loop, ms] of this.longest((one) => one.failingMs)) gauge.set({ loop }, ms / 1_000);
    });
    metrics.gauge('loop_turn_seconds', 'Age of the turn that a loop has in hand.', ['loop'], (gauge) => {
      for (const [loop, ms] of this.longest((one) => one.turnMs)) gauge.set({ loop }, ms / 1_000);
    });
    health.inform('loops', () => this.state());
  }

  /** Starts a loop that ends when the process drains. */
  start(options: Omit<LoopOptions, 'turned'>): Loop {
    const loop = this.startOwned(options);
    this.drains.onDrain(`loop ${loop.name}`, () => loop.stop());
    return loop;
  }

  /** Starts a loop that its owner stops, in an order of its own. */
  startOwned(options: Omit<LoopOptions, 'turned'>): Loop {
    const of = { loop: options.name };
    const loop = new Loop({
      ...options,
      turned: (failed) => {
        this.turns.inc(of);
        if (failed) this.failedTurns.inc(of);
      },
    });
    this.turns.inc(of, 0);
    this.failedTurns.inc(of, 0);
    this.loops.add(loop);
    return loop.start();
  }

  private state(): Record<string, unknown> {
    const failing = [...this.longest((one) => one.failingMs)].filter(([, ms]) => ms >= degradedAfterMs);
    if (failing.length === 0) return { state: 'working' };
    return { state: 'degraded', failing_s: Object.fromEntries(failing.map(([name, ms]) => [name, Math.floor(ms / 1_000)])) };
  }

  /** The highest value of the loops of each name. */
  private longest(of: (loop: Loop) => number): Map<string, number> {
    const longest = new Map<string, number>();
    for (const loop of this.loops) longest.set(loop.name, Math.max(longest.get(loop.name) ?? 0, of(loop)));
    return longest;
  }
}
