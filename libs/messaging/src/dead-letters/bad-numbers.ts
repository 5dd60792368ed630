import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Suppressions } from '@heliograph/contacts';
import { DrainService, TransactionFeed, type TransactionRange, type Tx } from '@heliograph/kernel';
import { Tenants } from '@heliograph/tenants';
import { MessageEvents, type MessageFailure } from '../events/message-events.repository';

const followMs = 1_000;
const reader = { name: 'bad_numbers', memory: '1 day' } as const;

/**
 * Suppresses numbers that cannot be reached, by the tenant's setting `bad_numbers`: one that is not on WhatsApp at once, one
 * that keeps failing there after so many times. Follows the ledger, in the role `housekeeping`; one process of all does it.
 */
@Injectable()
export class BadNumbers implements OnApplicationBootstrap {
  private readonly log = new Logger(BadNumbers.name);
  private readonly stop = new AbortController();

  constructor(
    private readonly feed: TransactionFeed,
    private readonly events: MessageEvents,
    private readonly tenants: Tenants,
    private readonly suppressions: Suppressions,
    private readonly drains: DrainService,
  ) {}

  onApplicationBootstrap(): void {
    const loop = this.loop();
    this.drains.onDrain('bad numbers', async () => {
      this.stop.abort();
      await loop;
    });
  }

  /** Takes in every failure there is. */
  async follow(): Promise<void> {
    while ((await this.feed.advance(reader, (tx, range) => this.read(tx, range))) && !this.stop.signal.aborted);
  }

  private async loop(): Promise<void> {
    let failures = 0;
    while (!this.stop.signal.aborted) {
      try {
        await this.follow();
        failures = 0;
      } catch (error) {
        if (failures++ === 0) this.log.warn({ event: 'bad_numbers.failed', error: (error as Error).message });
      }
      await sleep(followMs, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }

  private async read(tx: Tx, range: TransactionRange): Promise<void> {
    const failed = await this.events.failures(tx, range);
    const settings = await this.tenants.settingsOf(tx, [...new Set(failed.map((f) => f.tenantId))]);
    for (const failure of failed) {
      const rule = settings.get(failure.tenantId)?.bad_numbers;
      if (!rule?.days || !(await this.isBad(tx, failure, rule.after_failures))) continue;
      const note = failure.cause === 'invalid_recipient' ? 'Not on WhatsApp.' : `Failed ${rule.after_failures} times in a row.`;
      await this.suppressions.addWithin(tx, failure.tenantId, [failure.recipient], {
        reason: 'bad_number',
        note,
        actor: 'system',
        days: rule.days,
      });
      this.log.log({ event: 'number.suppressed', tenant: failure.tenantId, message: failure.messageId, cause: failure.cause });
    }
  }

  private async isBad(tx: Tx, failure: MessageFailure, afterFailures: number): Promise<boolean> {
    if (failure.cause === 'invalid_recipient') return true;
    return (await this.events.failuresInARow(tx, failure.tenantId, failure.recipient, afterFailures)) >= afterFailures;
  }
}
