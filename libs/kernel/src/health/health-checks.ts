import { Injectable, Optional } from '@nestjs/common';
import type { Gauge } from 'prom-client';
import { Metrics } from '../metrics/metrics';

/** Checks that readiness asks besides the database. A check throws or resolves false when its part cannot work. */
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

  /** Registers what readiness shows and never depends on: a part that is down makes the process poorer, not useless. */
  inform(name: string, fact: () => Record<string, unknown>): void {
    this.facts.set(name, fact);
  }

  /**
   * Shows a part as `degraded` once it failed so many times in a row, in readiness and as a metric. Never a reason for a restart: a
   * fault that a restart does not cure would take every process.
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
