import { Injectable } from '@nestjs/common';
import { HealthChecks } from '../health/health-checks';
import { Metrics } from '../metrics/metrics';
import { DrainService } from '../shutdown/drain.service';
import { Loop, type LoopOptions } from './loop';
import { Outages } from './outage';

/** Time of failure after which a loop is reported as `degraded`, in ms. */
export const degradedAfterMs = 30_000;

/**
 * Starts the loops of this process. They end when the process drains and have metrics, and readiness reports those that fail
 * for longer than 30 s. A failing loop never makes a process unready: a fault that a restart does not fix would take down every process.
 */
@Injectable()
export class Loops {
  private readonly loops = new Set<Loop>();
  private readonly watched = new Set<Outages>();
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
      for (const [loop, ms] of this.failing()) gauge.set({ loop }, ms / 1_000);
    });
    metrics.gauge('loop_turn_seconds', 'Age of the turn that a loop has in hand.', ['loop'], (gauge) => {
      for (const [loop, ms] of maxByName(this.loops, (loop) => loop.turnMs)) gauge.set({ loop }, ms / 1_000);
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

  /** Watches things that fail independently, within a loop or beside one. Readiness and metrics report them under this name. */
  watch(name: string): Outages {
    const outages = new Outages(name);
    this.watched.add(outages);
    return outages;
  }

  /** Returns the loops that fail for longer than 30 s, with the time since their first failure. */
  degraded(): { name: string; ms: number }[] {
    return [...this.failing()].filter(([, ms]) => ms >= degradedAfterMs).map(([name, ms]) => ({ name, ms }));
  }

  private state(): Record<string, unknown> {
    const failing = this.degraded();
    if (failing.length === 0) return { state: 'working' };
    return { state: 'degraded', failing_s: Object.fromEntries(failing.map(({ name, ms }) => [name, Math.floor(ms / 1_000)])) };
  }

  private failing(): Map<string, number> {
    return maxByName([...this.loops, ...this.watched], (one) => one.failingMs);
  }
}

/** Returns the highest value per name. */
function maxByName<T extends { name: string }>(all: Iterable<T>, of: (one: T) => number): Map<string, number> {
  const found = new Map<string, number>();
  for (const one of all) found.set(one.name, Math.max(found.get(one.name) ?? 0, of(one)));
  return found;
}
