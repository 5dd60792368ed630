import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, type KernelConfig, TransactionFeed } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';
import { type MessageEvent, MessageEvents } from './message-events.repository';

const followMs = 1_000;
/** Lines of what happened while they were turned off are not written later. */
const reader = { name: 'log', memory: '1 hour' } as const;
/** Written without a pause; the process has calls to make meanwhile. */
const linesAtOnce = 50;

/**
 * One log line per change of a message's state, taken from the ledger itself, so that the log can tell nothing else. One
 * process of all workers writes them; a line may come twice after a crash, with the same `seq`.
 */
@Injectable()
export class TransitionLog {
  private readonly log = new Logger(TransitionLog.name);
  private timer: NodeJS.Timeout | null = null;
  private following: Promise<void> = Promise.resolve();
  private stopped = false;

  constructor(
    private readonly feed: TransactionFeed,
    private readonly events: MessageEvents,
    @Inject(APP_CONFIG) private readonly config: Pick<KernelConfig, 'LOG_LEVEL'> & MessagingConfig,
  ) {}

  start(): void {
    const isSeen = ['info', 'debug', 'trace'].includes(this.config.LOG_LEVEL);
    if (this.config.LOG_TRANSITIONS && isSeen) this.schedule();
  }

  /** Ends the timer and waits for lines being written. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.following;
  }

  /** Writes all lines there are. */
  async follow(): Promise<void> {
    while ((await this.feed.advance(reader, async (tx, range) => this.writeAll(await this.events.between(tx, range)))) && !this.stopped);
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.following = this.follow()
        .catch((error: Error) => this.log.warn({ event: 'transitions.failed', error: error.message }))
        .finally(() => {
          if (!this.stopped) this.schedule();
        });
    }, followMs);
  }

  private async writeAll(events: MessageEvent[]): Promise<void> {
    for (let from = 0; from < events.length; from += linesAtOnce) {
      for (const event of events.slice(from, from + linesAtOnce)) this.write(event);
      await setImmediate();
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
