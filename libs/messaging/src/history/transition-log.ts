import { setImmediate } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG, declareFeedReader, type KernelConfig, type Loop, Loops, TransactionFeed } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';
import { type MessageEvent, MessageEvents } from './message-events.repository';

const followMs = 1_000;
/** Lines of what happened while they were turned off are not written later. */
const reader = declareFeedReader({ name: 'log', memory: '1 hour' });
/** Written without a pause; the process has calls to make meanwhile. */
const linesAtOnce = 50;

/**
 * One log line per change of a message's state, taken from the ledger itself, so that the log can tell nothing else. One
 * process of all workers writes them; a line may come twice after a crash, with the same `seq`.
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

  /** Ends the loop and waits for lines being written. */
  async stop(): Promise<void> {
    await this.loop?.stop();
  }

  /** Writes all lines there are. */
  async follow(signal?: AbortSignal): Promise<void> {
    while ((await this.feed.advance(reader, async (tx, range) => this.writeAll(await this.events.between(tx, range)))) && !signal?.aborted);
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
