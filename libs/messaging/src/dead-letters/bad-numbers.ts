import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Suppressions } from '@heliograph/contacts';
import { declareFeedReader, inHalves, Loops, systemActor, TransactionFeed, type TransactionRange, type Tx } from '@heliograph/kernel';
import { Tenants } from '@heliograph/tenants';
import { MessageEvents, type MessageFailure } from '../history/message-events.repository';

const followMs = 1_000;
const byFailures = systemActor('bad_numbers');
const reader = declareFeedReader({ name: 'bad_numbers', memory: '1 day' });

/**
 * Suppresses numbers that cannot be reached, by the tenant's setting `bad_numbers`: a number that is not on WhatsApp at once, another one
 * after the configured number of failures in a row. Reads the history of messages, in the role `housekeeping`; one process of all does it.
 */
@Injectable()
export class BadNumbers implements OnApplicationBootstrap {
  private readonly log = new Logger(BadNumbers.name);

  constructor(
    private readonly feed: TransactionFeed,
    private readonly events: MessageEvents,
    private readonly tenants: Tenants,
    private readonly suppressions: Suppressions,
    private readonly loops: Loops,
  ) {}

  onApplicationBootstrap(): void {
    this.loops.start({ name: 'bad_numbers', everyMs: followMs, work: (signal) => this.follow(signal) });
  }

  /** Processes every failure up to now. */
  async follow(signal?: AbortSignal): Promise<void> {
    const all = (tx: Tx, range: TransactionRange) => this.read(tx, range, (failed) => this.suppress(tx, failed));
    const apart = (tx: Tx, range: TransactionRange) => this.read(tx, range, (failed) => this.suppressApart(tx, failed));
    while ((await this.feed.advance(reader, all, apart)) && !signal?.aborted);
  }

  private async read(tx: Tx, range: TransactionRange, suppress: (failed: MessageFailure[]) => Promise<void>): Promise<void> {
    await suppress(await this.events.failures(tx, range));
  }

  /** Processes failures one by one where needed and skips one that cannot be processed, so that it does not block the others. */
  private async suppressApart(tx: Tx, failed: MessageFailure[]): Promise<void> {
    for (const { item, error } of await inHalves(tx, failed, (some) => this.suppress(tx, some)))
      this.log.error({ event: 'number.skipped', tenant: item.tenantId, message: item.messageId, error: (error as Error).message });
  }

  private async suppress(tx: Tx, failed: MessageFailure[]): Promise<void> {
    const settings = await this.tenants.settingsOf(tx, [...new Set(failed.map((f) => f.tenantId))]);
    for (const failure of failed) {
      const rule = settings.get(failure.tenantId)?.bad_numbers;
      if (!rule?.days || !(await this.isBad(tx, failure, rule.after_failures))) continue;
      const note = failure.cause === 'invalid_recipient' ? 'Not on WhatsApp.' : `Failed ${rule.after_failures} times in a row.`;
      await this.suppressions.addWithin(tx, failure.tenantId, [failure.recipient], {
        reason: 'bad_number',
        note,
        actor: byFailures,
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
