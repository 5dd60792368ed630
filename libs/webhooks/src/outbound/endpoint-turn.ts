import { setTimeout as sleep } from 'node:timers/promises';
import { type Egress, keptText } from '@heliograph/kernel';
import type { CallbackEndpoints, EndpointCall } from './callback-endpoints.repository';
import { type CallbackQueue, type DuePost, type EndpointTurnLease, turnS } from './callback-queue.repository';
import { allPriorities, priorities } from './callback-types';
import { signature } from './signature';
import { nextAttemptS, outcomeOf, type PostOutcome } from './post-outcome';

/** Milliseconds after which the turn is renewed. */
const renewMs = (turnS * 1_000) / 3;
/** Milliseconds for which a turn without due callbacks is kept. */
const idleMs = 1_000;
/** Initial polling interval in ms; grows while nothing is due. */
const restMs = 50;
const maxRestMs = 250;
/** Window of `rate_per_s`, in ms. */
const windowMs = 1_000;
const highestRate = 1_000;
/** Maximum time for which callbacks are fetched ahead, in ms, and by which a pause may be late. */
const aheadMs = 250;
/** Consecutive failures after which an endpoint is only probed: one call at a time, one per second. */
export const manyFailures = 10;
const probeGapMs = 1_000;
/** Maximum characters of a response that the log keeps. */
const maxKeptChars = 4_096;
/** Fetches nothing, and returns whether the endpoint may be called. */
const noRoom = allPriorities.map(() => 0);

/** Dependencies of a turn. */
export interface TurnTools {
  queue: CallbackQueue;
  endpoints: CallbackEndpoints;
  egress: Egress;
  schedule: readonly number[];
  /** Called after the result of a call is stored. */
  settled: (endpoint: EndpointCall, outcome: PostOutcome, durationMs: number) => Promise<void>;
}

/** Calls one endpoint from one worker: within its concurrency and its rate, and in order if required. */
export class EndpointTurn {
  /** Open POSTs by id. */
  private readonly flying = new Map<string, Promise<void>>();
  private waiting: DuePost[] = [];
  private nextSlot = 0;
  /** Start times of the last calls, oldest first: as many as the maximum rate. */
  private starts: number[] = [];
  private failures = 0;
  private restMs = restMs;
  private lost = false;
  /** True when the endpoint asked for no calls, for a while or forever. */
  private isClosed = false;
  private isStopped = false;
  private fault: unknown;

  constructor(
    private readonly endpoint: EndpointTurnLease,
    private readonly tools: TurnTools,
  ) {}

  /** Starts no more calls; `run` ends when the results of the open ones are written. */
  stop(): void {
    this.isStopped = true;
  }

  /** Ends when nothing is due, the endpoint must not be called any more, or another worker has it. */
  async run(): Promise<void> {
    try {
      await this.callAll();
    } finally {
      await Promise.all(this.flying.values());
      const sinceMs = performance.now() - (this.starts.at(-1) ?? -windowMs);
      if (!this.lost) await this.tools.queue.giveTurn(this.endpoint, Math.max(0, windowMs - sinceMs) / 1_000);
    }
  }

  private async callAll(): Promise<void> {
    const { queue } = this.tools;
    let call: EndpointCall | null = null;
    let renewedAt = performance.now();
    let busyAt = performance.now();
    while (!this.isStopped && !this.isClosed && !this.lost && !this.fault) {
      if (performance.now() - renewedAt > renewMs) {
        if (!(await queue.keepTurn(this.endpoint))) this.lost = true;
        renewedAt = performance.now();
        continue;
      }
      // Checked before each start, even when nothing more is fetched: a pause, a new secret and a new rate apply at once.
      const due = await this.fetch(call);
      if (!due) return;
      if (!call || due.revision !== call.revision) {
        this.waiting = [];
        // Open calls are identified by their batch; a new batch size removes callbacks from their batch.
        if (call && call.batchSize > 1) await Promise.all(this.flying.values());
        call = await this.tools.endpoints.call(this.endpoint);
        if (!call) return;
        this.failures = call.failures;
        continue;
      }
      this.queueUp(due.posts);
      this.start(call);
      const isBusy = this.flying.size + this.waiting.length > 0;
      if (isBusy) busyAt = performance.now();
      else if (performance.now() - busyAt > idleMs) return;
      this.restMs = due.posts.length > 0 ? restMs : Math.min(this.restMs * 2, maxRestMs);
      // Batches are fetched one by one, each as soon as there is room.
      const isMore = call.batchSize > 1 && due.posts.length > 0 && this.roomForBatch(call) > 0;
      if (!isMore) await this.rest(call);
    }
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- what a call failed with, unchanged
    if (this.fault) throw this.fault;
  }

  /**
   * Queues posts by priority, each in order: fetched posts do not block more urgent ones. A post whose priority was raised is returned
   * again.
   */
  private queueUp(posts: DuePost[]): void {
    if (posts.length === 0) return;
    const ids = new Set(posts.map((post) => post.id));
    this.waiting = [...this.waiting.filter((post) => !ids.has(post.id)), ...posts].sort((a, b) => a.priority - b.priority);
  }

  /** Returns the number of posts of each priority that may be fetched. Waiting posts take no room from more urgent ones. */
  private rooms(call: EndpointCall): number[] {
    const ahead = this.failures >= manyFailures ? 0 : Math.ceil((call.ratePerS * aheadMs) / 1_000);
    const room = Math.max(this.concurrency(call), ahead) - this.flying.size;
    return allPriorities.map((priority) => Math.max(0, room - this.waiting.filter((post) => post.priority <= priority).length));
  }

  /** Batches are not fetched ahead: each one needs its own statement, and more urgent callbacks may become due meanwhile. */
  private roomForBatch(call: EndpointCall): number {
    return this.waiting.length > 0 ? 0 : Math.max(0, this.concurrency(call) - this.flying.size);
  }

  private concurrency(call: EndpointCall): number {
    return this.failures >= manyFailures || (call.ordered && call.batchSize > 1) ? 1 : call.concurrency;
  }

  private async fetch(call: EndpointCall | null): Promise<{ revision: number; posts: DuePost[] } | null> {
    const { queue } = this.tools;
    const idsOf = (posts: DuePost[]) => posts.map((post) => post.id);
    if (call?.batchSize === 1) {
      const urgent = this.waiting.filter((post) => post.priority < priorities.receipts);
      const receipts = this.waiting.filter((post) => post.priority === priorities.receipts);
      return queue.due(this.endpoint, [...this.flying.keys(), ...idsOf(urgent)], this.rooms(call), idsOf(receipts));
    }
    const inFlight = [...this.flying.keys(), ...idsOf(this.waiting)];
    if (!call || this.roomForBatch(call) === 0) return queue.due(this.endpoint, inFlight, noRoom);
    return queue.dueBatch(this.endpoint, inFlight, call.batchSize);
  }

  private start(call: EndpointCall): void {
    while (this.canStart(call)) {
      const now = performance.now();
      if (now < this.slot(call)) return;
      // Unused slots are not saved up, except for one polling interval, since the rate would otherwise never be reached.
      this.nextSlot = Math.max(this.nextSlot, now - restMs) + (this.failures >= manyFailures ? probeGapMs : windowMs / call.ratePerS);
      const post = this.waiting.shift() as DuePost;
      const flight = this.post(call, post)
        .catch((error: unknown) => void (this.fault ??= error))
        .finally(() => this.flying.delete(post.id));
      this.flying.set(post.id, flight);
      this.starts.push(performance.now());
      if (this.starts.length > highestRate) this.starts.shift();
    }
  }

  private canStart(call: EndpointCall): boolean {
    return !this.isClosed && this.waiting.length > 0 && this.flying.size < this.concurrency(call);
  }

  /** Returns the start time of the next call: evenly spaced, and never above the rate in any second. */
  private slot(call: EndpointCall): number {
    const oldest = this.starts.at(-call.ratePerS);
    return oldest === undefined ? this.nextSlot : Math.max(this.nextSlot, oldest + windowMs);
  }

  private async rest(call: EndpointCall): Promise<void> {
    const ms = this.canStart(call) ? Math.min(restMs, Math.max(1, this.slot(call) - performance.now())) : this.restMs;
    await Promise.race([sleep(ms), ...this.flying.values()]);
  }

  private async post(call: EndpointCall, { id, batchId, callbacks }: DuePost): Promise<void> {
    const body = batchId
      ? batchBody(
          batchId,
          callbacks.map((c) => c.body),
        )
      : (callbacks[0]?.body ?? '');
    const timestamp = Math.floor((call.clockMs + performance.now()) / 1_000);
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
    const outcome = outcomeOf(answer, new Date());
    this.failures = outcome.delivered ? 0 : this.failures + 1;
    if (outcome.closeS > 0 || outcome.gone) this.isClosed = true;
    const response =
      answer.kind === 'answer' ? keptText(answer.body, [...call.secrets, ...Object.values(call.headers)], maxKeptChars) : null;
    // All callbacks of a batch get the result of the youngest: if one died earlier, the next attempt would be another POST.
    const youngest = Math.min(...callbacks.map((c) => c.attempts)) + 1;
    const nextS = nextAttemptS(youngest, this.tools.schedule, outcome.closeS, Math.random());
    const { durationMs } = answer;
    await this.tools.queue.settle(
      callbacks.map(({ eventId, attempts }) => ({
        ...this.ids(),
        eventId,
        attempt: attempts + 1,
        batchId,
        outcome,
        nextS,
        durationMs,
        response,
      })),
    );
    await this.tools.settled(call, outcome, answer.durationMs);
  }

  private ids(): { tenantId: string; endpointId: string } {
    return { tenantId: this.endpoint.tenantId, endpointId: this.endpoint.id };
  }
}

/** Returns the body of a batch: its events in order, each as it would be sent alone. */
export function batchBody(batchId: string, bodies: string[]): string {
  return `{"id":"${batchId}","type":"batch","version":1,"events":[${bodies.join(',')}]}`;
}
