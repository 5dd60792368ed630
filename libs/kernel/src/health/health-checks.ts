import { Injectable, Optional } from '@nestjs/common';
import type { Gauge } from 'prom-client';
import { Metrics } from '../metrics/metrics';

/** Checks of readiness besides the database. A check throws or resolves false when its part does not work. */
@Injectable()
export class HealthChecks {
  readonly checks = new Map<string, () => Promise<boolean>>();
  readonly facts = new Map<string, () => Record<string, unknown>>();
  private readonly parts = new Map<string, () => number>();
  private gauge: Gauge<'part'> | null = null;

  constructor(@Optional() private readonly metrics?: Metrics) {}

  register(name: string, check: () => Promise<boolean>): void {
    this.checks.set(name, check);
  }

  /** Registers a part that readiness reports but never depends on: its outage reduces the service and does not end it. */
  inform(name: string, fact: () => Record<string, unknown>): void {
    this.facts.set(name, fact);
  }

  /**
   * Reports a part as `degraded` after a number of consecutive failures, in readiness and as a metric. It never causes a restart: a
   * fault that a restart does not fix would take down every process.
   */
  watchPart(name: string, failuresInARow: () => number, degradedAfter: number): void {
    this.inform(name, () => {
      const failures = failuresInARow();
      return failures < degradedAfter ? { state: 'working' } : { state: 'degraded', failures_in_a_row: failures };
    });
    this.parts.set(name, failuresInARow);
    this.gauge ??=
      this.metrics?.gauge('part_failures_in_a_row', 'Runs of this part that failed since the last that did not.', ['part'], (gauge) => {
        for (const [part, failures] of this.parts) gauge.set({ part }, failures());
      }) ?? null;
  }
}
