import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, DrainService, TransactionFeed, type TransactionRange, type Tx } from '@heliograph/kernel';
import { DeadLetters, MessageEvents } from '@heliograph/messaging';
import { SessionEvents } from '@heliograph/tenants';
import type { WebhooksConfig } from '../webhooks.config';
import { CallbackEvents } from './callback-events.repository';
import { CallbackRetention } from './callback-retention.repository';
import type { CallbackEvent } from './callback-types';
import { letterEvents, messageEvents, sessionEvent, toldStates } from './told-events';

const followMs = 100;
const retainMs = 60_000;
/** What happened while nobody followed is told later, up to this long. */
const reader = { name: 'callbacks', memory: '14 days' } as const;

/**
 * Makes callbacks of what the ledger says has happened. It reads the history itself, by transaction, and stores the callbacks
 * in the transaction that moves its place: whatever changed a state, each change is told exactly once. One process of all does it.
 */
@Injectable()
export class CallbackFeed implements OnApplicationBootstrap {
  private readonly log = new Logger(CallbackFeed.name);
  private readonly stop = new AbortController();
  private retainedAt = 0;

  constructor(
    private readonly feed: TransactionFeed,
    private readonly messages: MessageEvents,
    private readonly letters: DeadLetters,
    private readonly sessions: SessionEvents,
    private readonly events: CallbackEvents,
    private readonly retention: CallbackRetention,
    private readonly drains: DrainService,
    @Inject(APP_CONFIG) private readonly config: WebhooksConfig,
  ) {}

  onApplicationBootstrap(): void {
    const loop = this.loop();
    this.drains.onDrain('callback feed', async () => {
      this.stop.abort();
      await loop;
    });
  }

  /** Tells everything there is. */
  async follow(): Promise<void> {
    while ((await this.feed.advance(reader, (tx, range) => this.tell(tx, range))) && !this.stop.signal.aborted);
  }

  private async loop(): Promise<void> {
    let failures = 0;
    while (!this.stop.signal.aborted) {
      try {
        await this.follow();
        if (performance.now() - this.retainedAt > retainMs) {
          this.retainedAt = performance.now();
          await this.retention.drop(this.config.CALLBACK_RETENTION_DAYS);
        }
        failures = 0;
      } catch (error) {
        if (failures++ === 0) this.log.warn({ event: 'callbacks.following_failed', error: (error as Error).message });
      }
      await sleep(followMs, undefined, { signal: this.stop.signal }).catch(() => undefined);
    }
  }

  private async tell(tx: Tx, range: TransactionRange): Promise<void> {
    const tenants = await this.events.tenantsThatListen(tx);
    if (tenants.length === 0) return;
    const told: CallbackEvent[] = [];
    for (const move of await this.messages.moves(tx, range, tenants, toldStates)) told.push(...messageEvents(move));
    for (const letter of await this.letters.openedBetween(tx, range, tenants)) told.push(...letterEvents(letter));
    for (const change of await this.sessions.between(tx, range, tenants)) told.push(sessionEvent(change));
    await this.events.store(tx, told);
  }
}
