import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@heliograph/kernel';
import { countRepeats } from './event-store.repository';

/** Pause before repeats of events that are locked are counted again, in ms. */
const againMs = 500;
/** Tries after which repeats are given up, e.g. of an event that was purged. */
const maxTries = 5;
/** Most events with repeats that wait for their count. */
const maxWaiting = 10_000;

/** Counts repeats of events beside the intake, which does not wait for the count. */
export class RepeatCounter {
  private readonly log = new Logger(RepeatCounter.name);
  private waiting = new Map<string, { tenantId: string; id: string; times: number; tries: number }>();
  private isCounting = false;

  constructor(private readonly db: Database) {}

  add(tenantId: string, id: string): void {
    const known = this.waiting.get(id);
    if (known) known.times++;
    else if (this.waiting.size < maxWaiting) this.waiting.set(id, { tenantId, id, times: 1, tries: 0 });
    if (!this.isCounting) void this.count();
  }

  private async count(): Promise<void> {
    this.isCounting = true;
    try {
      while (this.waiting.size > 0) {
        const taken = [...this.waiting.values()];
        this.waiting = new Map();
        const counted = await countRepeats(this.db, taken);
        for (const one of taken) if (!counted.has(one.id) && ++one.tries < maxTries) this.putBack(one);
        if (this.waiting.size > 0 && counted.size < taken.length) await sleep(againMs, undefined, { ref: false });
      }
    } catch (error) {
      // A count is worth no retry while the database is away.
      this.log.warn({ event: 'events.repeats_lost', error: (error as Error).message });
    } finally {
      this.isCounting = false;
    }
  }

  private putBack(one: { tenantId: string; id: string; times: number; tries: number }): void {
    const known = this.waiting.get(one.id);
    if (known) known.times += one.times;
    else this.waiting.set(one.id, one);
  }
}
