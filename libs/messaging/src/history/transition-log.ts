import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, declareFeedReader, isItemFault, type KernelConfig, type Loop, Loops, TransactionFeed } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';
import { type MessageEvent, MessageEvents } from './message-events.repository';

const followMs = 1_000;
/** Reader of the log. Changes made while the log was turned off are not logged later. */
const reader = declareFeedReader({ name: 'log', memory: '1 hour' });
/** Lines written before the process yields to its other work. */
const linesAtOnce = 50;

/**
 * Writes one log line per change of a message's state, read from the history in the database. One worker process at a time writes the
 * lines. A line may appear twice after a crash, with the same `seq`.
 */
@Injectable()
export class TransitionLog {
  private readonly log = new Logger(TransitionLog.name);
  private loop: Loop | null = null;

  constructor(
    private readonly feed: TransactionFeed,
    private readonly events: MessageEvents,
    private readonly loops: Loops,
    @Inject(APP_CONFIG) private readonly config: Pick<KernelConfig, 'LOG_LEVEL'> & MessagingConfig,
  ) {}

  start(): void {
    const isSeen = ['info', 'debug', 'trace'].includes(this.config.LOG_LEVEL);
    if (!this.config.LOG_TRANSITIONS || !isSeen) return;
    this.loop = this.loops.startOwned({
      name: 'transition_log',
      everyMs: followMs,
      firstMs: followMs,
      work: (signal) => this.follow(signal),
    });
  }

  /** Ends the loop and waits for the lines being written. */
  async stop(): Promise<void> {
    await this.loop?.stop();
  }

  /** Writes the lines of all changes up to now. */
  async follow(signal?: AbortSignal): Promise<void> {
    while ((await this.feed.advance(reader, async (tx, range) => this.writeAll(await this.events.between(tx, range)))) && !signal?.aborted);
  }

  private async writeAll(events: MessageEvent[]): Promise<void> {
    for (let from = 0; from < events.length; from += linesAtOnce) {
      for (const event of events.slice(from, from + linesAtOnce)) this.tryToWrite(event);
      await setImmediate();
    }
  }

  /** Skips a line that cannot be written because of what it says, so that it does not block the others. */
  private tryToWrite(event: MessageEvent): void {
    try {
      this.write(event);
    } catch (error) {
      if (!isItemFault(error)) throw error;
      this.log.warn({ event: 'transition.skipped', seq: event.seq, tenant: event.tenantId, error: (error as Error).message });
    }
  }

  private write({ seq, at, tenantId, sessionId, groupId, messageId, attempt, from, to, cause }: MessageEvent): void {
    this.log.log({
      event: 'message.moved',
      seq,
      at,
      tenant: tenantId,
      session: sessionId ?? undefined,
      group: groupId ?? undefined,
      message: messageId,
      attempt,
      from_state: from,
      to_state: to,
      cause: cause ?? undefined,
    });
  }
}
