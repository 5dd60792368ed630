import { setTimeout as sleep } from 'node:timers/promises';
import type { Egress } from '@heliograph/kernel';
import type { CallbackEndpoints, EndpointCall } from './callback-endpoints.repository';
import { type CallbackQueue, type DuePost, type EndpointTurnLease, turnS } from './callback-queue.repository';
import { signature } from './signature';
import { nextAttemptS, type Verdict, verdictOf } from './verdict';

/** The turn is renewed after this, in ms. */
const renewMs = (turnS * 1_000) / 3;
/** How long an endpoint without anything due is kept, looked at every `restMs`. */
const idleMs = 2_000;
const restMs = 50;
/** Callbacks are fetched ahead for this long at most: so late does a pause hold. */
const aheadMs = 250;
/** After so many failures in a row an endpoint is only probed: one call at a time, one a second. */
export const manyFailures = 10;
const probeGapMs = 1_000;
/** Characters of an answer that the log keeps. */
const keptResponse = 4_096;

/** What a turn needs of its worker. */
export interface TurnTools {
  queue: CallbackQueue;
  endpoints: CallbackEndpoints;
  egress: Egress;
  schedule: readonly number[];
  /** Told once the result of a call is stored. */
  settled: (endpoint: EndpointCall, verdict: Verdict, durationMs: number) => Promise<void>;
}

/** One worker calling one endpoint: as many at a time and as often as the endpoint takes, in order where it wants that. */
export class EndpointTurn {
  private readonly flying = new Map<string, Promise<void>>();
  private waiting: DuePost[] = [];
  private nextSlot = 0;
  private failures = 0;
  private lost = false;
  private isStopped = false;

  constructor(
    private readonly endpoint: EndpointTurnLease,
    private readonly tools: TurnTools,
  ) {}

  /** Starts nothing any more; `run` ends when what is in flight is written. */
  stop(): void {
    this.isStopped = true;
  }

  /** Ends when nothing is due, the endpoint may not be called any more, or another worker has it. */
  async run(): Promise<void> {
    try {
      await this.callAll();
    } finally {
      await Promise.allSettled(this.flying.values());
      if (!this.lost) await this.tools.queue.giveTurn(this.endpoint);
    }
  }

  private async callAll(): Promise<void> {
    const { queue } = this.tools;
    let call: EndpointCall | null = null;
    let renewedAt = performance.now();
    let busyAt = performance.now();
    while (!this.isStopped && !this.lost) {
      if (performance.now() - renewedAt > renewMs) {
        if (!(await queue.keepTurn(this.endpoint))) this.lost = true;
        renewedAt = performance.now();
        continue;
      }
      const room: number = call ? this.room(call) : 1;
      if (room > 0) {
        const due = await this.fetch(call, room);
        if (!due) return;
        if (!call || due.revision !== call.revision) {
          call = await this.tools.endpoints.call(this.endpoint);
          if (!call) return;
          this.failures = call.failures;
          continue;
        }
        this.waiting.push(...due.posts);
        if (due.posts.length > 0) busyAt = performance.now();
      }
      if (call) this.start(call);
      if (this.flying.size + this.waiting.length > 0) busyAt = performance.now();
      else if (performance.now() - busyAt > idleMs) return;
      await this.rest();
    }
  }

  /** Posts that may be fetched now. */
  private room(call: EndpointCall): number {
    const ahead = this.failures >= manyFailures ? 1 : Math.max(this.concurrency(call), Math.ceil((call.ratePerS * aheadMs) / 1_000));
    return Math.max(0, ahead - this.waiting.length - this.flying.size);
  }

  private concurrency(call: EndpointCall): number {
    return this.failures >= manyFailures || (call.ordered && call.batchSize > 1) ? 1 : call.concurrency;
  }

  private async fetch(call: EndpointCall | null, room: number): Promise<{ revision: number; posts: DuePost[] } | null> {
    const { queue } = this.tools;
    const inFlight = [...this.flying.keys(), ...this.waiting.flatMap((post) => post.callbacks.map((c) => c.eventId))];
    if (!call) return queue.due(this.endpoint, inFlight, 0);
    if (call.batchSize === 1) return queue.due(this.endpoint, inFlight, room);
    return queue.dueBatch(this.endpoint, inFlight, call.batchSize);
  }

  private start(call: EndpointCall): void {
    const gapMs = this.failures >= manyFailures ? probeGapMs : 1_000 / call.ratePerS;
    while (this.waiting.length > 0 && this.postsInFlight() < this.concurrency(call)) {
      const now = performance.now();
      if (now < this.nextSlot) return;
      // A slot that was not used is not saved up, but for one rest, or the rate would never be reached.
      this.nextSlot = Math.max(this.nextSlot, now - restMs) + gapMs;
      const post = this.waiting.shift() as DuePost;
      const flight = this.post(call, post).finally(() => post.callbacks.forEach((c) => this.flying.delete(c.eventId)));
      for (const { eventId } of post.callbacks) this.flying.set(eventId, flight);
    }
  }

  private postsInFlight(): number {
    return new Set(this.flying.values()).size;
  }

  private async rest(): Promise<void> {
    const slotMs = this.waiting.length > 0 ? Math.max(1, this.nextSlot - performance.now()) : restMs;
    await Promise.race([sleep(Math.min(restMs, slotMs)), ...(this.flying.size > 0 ? this.flying.values() : [])]);
  }

  private async post(call: EndpointCall, { id, batchId, callbacks }: DuePost): Promise<void> {
    const body = batchId
      ? batchBody(
          batchId,
          callbacks.map((c) => c.body),
        )
      : (callbacks[0]?.body ?? '');
    const timestamp = Math.floor(Date.now() / 1_000);
    const answer = await this.tools.egress.post({
      url: call.url,
      headers: {
        ...call.headers,
        'content-type': 'application/json',
        'user-agent': 'Heliograph',
        'heliograph-endpoint': call.id,
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature(call.secrets, id, timestamp, body),
      },
      body,
    });
    const verdict = verdictOf(answer, new Date());
    this.failures = verdict.delivered ? 0 : this.failures + 1;
    const response = answer.kind === 'answer' ? answer.body.slice(0, keptResponse) : null;
    await Promise.all(
      callbacks.map(({ eventId, attempts }) => {
        const attempt = attempts + 1;
        const nextS = nextAttemptS(attempt, this.tools.schedule, verdict.closeS, Math.random());
        const { durationMs } = answer;
        return this.tools.queue.settle({ ...this.ids(), eventId, attempt, batchId, verdict, nextS, durationMs, response });
      }),
    );
    await this.tools.settled(call, verdict, answer.durationMs);
  }

  private ids(): { tenantId: string; endpointId: string } {
    return { tenantId: this.endpoint.tenantId, endpointId: this.endpoint.id };
  }
}

/** The events of a batch in their order, each as it would have been sent by itself. */
export function batchBody(batchId: string, bodies: string[]): string {
  return `{"id":"${batchId}","type":"batch","version":1,"events":[${bodies.join(',')}]}`;
}
