import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { APP_CONFIG } from '@heliograph/kernel';
import { SessionCredentials } from '@heliograph/tenants';
import type { MessagingConfig } from '../messaging.config';
import { MessagingMetrics } from '../messaging.metrics';
import { RecoveryRepository } from '../recovery/recovery.repository';
import { BodyRenderer, type Rendering } from '../rendering/body-renderer';
import { type FileAddress, FileAddresses } from '../send/file-addresses';
import { Ledger } from '../send/ledger.repository';
import { MessageSender, type ReadyMessage } from '../send/message-sender';
import { maxTries, retryDelayMs } from '../send/settlement';
import type { ClaimAnswer, ClaimedMessage } from './claim-answer';
import { LaneClaims } from './lane-claims.repository';
import { leadMs, paceReserve } from './lane-rules.repository';
import { TurnGate } from './turn-gate';
import { type Lease, WorkerLease } from './worker-lease';

/** Result of a turn. */
export type TurnEnd =
  /** Nothing is due before `inMs`; null: nothing waits. */
  | { kind: 'idle'; inMs: number | null }
  /** More messages are due in `inMs`. */
  | { kind: 'due'; inMs: number }
  /** The lane may not send; null: until its session changes. */
  | { kind: 'closed'; inMs: number | null };

/** Maximum time for which a turn waits for a slot, in ms. */
const patienceMs = 2_000;
/** Duration of a turn, in ms; the lanes of a busy process share its places. */
const turnMs = 10_000;
/** Messages that a lane without pace takes per claim. */
const batchSize = 20;
/**
 * Ms for which the suppressions that a claim has read stay valid. After slow calls, or typing, the step into `calling` reads them again.
 */
const claimHoldsMs = 1_000;
/** Time for which a lane keeps its place while a message is prepared, in ms. */
const heldPlaceMs = 50;
/** Maximum time that the messages of a claim wait for uploads of their files, in ms. */
const uploadWaitMs = 1_500;

/** Runs turns of lanes: claim, call and settle, until nothing is due or the next slot is too far away. */
@Injectable()
export class LaneRunner {
  private readonly log = new Logger(LaneRunner.name);
  private readonly gate: TurnGate;
  private readonly running = new Map<string, Promise<TurnEnd>>();
  private readonly stop = new AbortController();

  constructor(
    private readonly claims: LaneClaims,
    private readonly ledger: Ledger,
    private readonly sender: MessageSender,
    private readonly lease: WorkerLease,
    private readonly credentials: SessionCredentials,
    private readonly recovery: RecoveryRepository,
    private readonly metrics: MessagingMetrics,
    private readonly bodies: BodyRenderer,
    private readonly files: FileAddresses,
    @Inject(APP_CONFIG) config: MessagingConfig,
  ) {
    this.gate = new TurnGate(config.LANES_AT_ONCE);
  }

  /** Number of lanes that have a turn now. */
  get turns(): number {
    return this.running.size;
  }

  /** True when the lane has a turn now. */
  hasTurn(sessionId: string): boolean {
    return this.running.has(sessionId);
  }

  /** Runs one turn of the lane, or joins the turn that already runs here. */
  takeTurn(sessionId: string): Promise<TurnEnd> {
    const running = this.running.get(sessionId);
    if (running) return running;
    const state: TurnState = { revision: '-1', shiftMs: 0, holdsLane: false, hasClaimed: false, calls: 0 };
    const turn = this.turn(sessionId, state).finally(() => {
      this.running.delete(sessionId);
      this.metrics.turned(state.hasClaimed);
    });
    this.running.set(sessionId, turn);
    return turn;
  }

  /** Stops claiming; resolves when every call in flight is settled. */
  async drain(): Promise<void> {
    this.stop.abort();
    await Promise.allSettled(this.running.values());
  }

  private async turn(sessionId: string, state: TurnState): Promise<TurnEnd> {
    const tenantId = (await this.credentials.find(sessionId))?.tenantId;
    if (!tenantId) return { kind: 'closed', inMs: null };
    const endsAt = performance.now() + turnMs;
    for (;;) {
      const lease = this.lease.current();
      if (!lease) return { kind: 'due', inMs: 1_000 };
      // A turn that passes an open breaker is its probe. A lane without a due message must not use it up.
      const isProbe = this.sender.breaker.isOpen;
      const pause = this.pauseOf(endsAt);
      if (pause) {
        if (state.holdsLane) await this.claims.claim({ sessionId, workerId: lease.workerId, maxMessages: 0, ...state });
        return pause;
      }
      const calledBefore = state.calls;
      const answer = await this.claimAndSend(tenantId, sessionId, lease, state).finally(() => {
        if (isProbe && state.calls === calledBefore) this.sender.breaker.giveProbeBack();
      });
      switch (answer.kind) {
        case 'messages':
        case 'again':
          break;
        case 'idle':
          return answer;
        case 'invalid':
          this.metrics.laneClosedInvalid();
          this.log.error({ event: 'lane.invalid', tenant: tenantId, session: sessionId, error: answer.detail });
          return { kind: 'closed', inMs: answer.inMs };
        case 'lapsed':
          return { kind: 'due', inMs: 1_000 };
        case 'blocked': {
          if (answer.why !== 'slot' || answer.inMs === null) return { kind: 'closed', inMs: answer.inMs };
          if (answer.inMs > patienceMs) return { kind: 'due', inMs: answer.inMs - leadMs };
          await this.wait(answer.inMs - leadMs);
        }
      }
    }
  }

  /** Returns the end of the turn when it must stop here, else null. */
  private pauseOf(endsAt: number): TurnEnd | null {
    if (this.stop.signal.aborted || performance.now() > endsAt) return { kind: 'due', inMs: 0 };
    const breakerMs = this.sender.breaker.admit();
    return breakerMs > 0 ? { kind: 'closed', inMs: breakerMs } : null;
  }

  /** Runs one claim and its calls inside the gate. The lane holds its place while it works, not while it waits. */
  private async claimAndSend(tenantId: string, sessionId: string, lease: Lease, state: TurnState): Promise<ClaimAnswer> {
    await this.gate.enter(tenantId);
    try {
      const answer = await this.claims.claim({ sessionId, workerId: lease.workerId, maxMessages: batchSize, ...state });
      state.shiftMs = 0;
      state.holdsLane = answer.kind === 'messages';
      state.hasClaimed ||= state.holdsLane;
      if (answer.kind === 'lapsed') this.lease.forfeit(lease);
      if (answer.kind === 'lapsed' || answer.kind === 'idle' || answer.kind === 'invalid') return answer;
      state.revision = answer.revision;
      if (answer.kind === 'messages') state.shiftMs = await this.sendOrLeave(sessionId, answer, lease, state);
      else if (answer.kind === 'again') await this.wait(1);
      return answer;
    } finally {
      this.gate.leave();
    }
  }

  /**
   * Sends the claimed messages. When an outcome could not be written, recovery takes back this lane at once: the process no longer knows
   * which messages were called. If that fails too, the worker gives up its whole lease.
   */
  private async sendOrLeave(
    sessionId: string,
    answer: Extract<ClaimAnswer, { kind: 'messages' }>,
    lease: Lease,
    state: TurnState,
  ): Promise<number> {
    const left: ClaimedMessage[] = [];
    let shiftMs;
    try {
      shiftMs = await this.sendAll(answer, lease, state, left);
    } catch (error) {
      await this.recovery.takeBackLane(sessionId, lease.workerId).catch(() => this.lease.forfeit(lease));
      throw error;
    }
    if (left.length > 0) await this.uncount(left, answer.askedAt);
    return shiftMs;
  }

  /** Gives the counts of messages back that were not called: waiting for a file or a source uses up no cap. Never throws. */
  private async uncount(left: ClaimedMessage[], askedAt: number): Promise<void> {
    const [first] = left as [ClaimedMessage];
    const ids = left.map(({ id }) => id);
    await this.claims.uncount(first, ids, askedAt).catch((error: Error) => {
      this.log.warn({
        event: 'lane.counts_kept',
        tenant: first.tenantId,
        session: first.sessionId,
        count: ids.length,
        error: error.message,
      });
    });
  }

  /**
   * Calls the claimed messages one after the other, each at its slot. The outcome of one and the `calling` of the next are one commit.
   * @param left receives the messages that ended or went back to the lane because they could not be made
   * @returns ms by which the lane's next slots must move on, because calls took longer than the pace's reserve
   * @throws when an outcome could not be written
   */
  private async sendAll(
    { messages, windowMs, typingMs, askedAt }: Extract<ClaimAnswer, { kind: 'messages' }>,
    lease: Lease,
    state: TurnState,
    left: ClaimedMessage[],
  ): Promise<number> {
    // The database read its clock between the request and now. Starts count from now and lateness from the request: both err on the safe
    // side.
    const answeredAt = performance.now();
    let shiftMs = 0;
    let settled: Promise<void> = Promise.resolve();
    // All at once, beside the calls of messages that have a body.
    const preparations = messages.map((message) => this.prepare(message));
    for (const [i, claimed] of messages.entries()) {
      const prepared = await this.awaitPrepared(claimed, preparations[i] as Prepared | Promise<Prepared>);
      if ('step' in prepared) {
        settled = both(settled, this.leave(claimed, prepared));
        left.push(claimed);
        settled.catch(() => undefined); // reported where it is awaited, as below
        continue;
      }
      const { message, rendering } = prepared;
      const startsInMs = () => answeredAt + message.slotInMs + shiftMs - performance.now();
      if (message.state === 'claimed') {
        await this.wait(startsInMs() - leadMs - typingMs);
        if (typingMs > 0) await this.showTyping(message, typingMs - leadMs);
        if (this.stop.signal.aborted || !lease.isValid()) {
          await Promise.all([settled, this.giveBack(messages.slice(i))]);
          return shiftMs;
        }
        if (!(await this.enterCalling(message, rendering, lease, settled, performance.now() - askedAt > claimHoldsMs))) {
          // The message was cancelled or taken over, its session is held, or its recipient opted out. A message with repeated content has
          // ended already, and this write does not change it.
          await this.giveBack([message]);
          continue;
        }
      }
      // Also in a lane without a pace: its group may have one.
      await this.wait(startsInMs());
      state.calls++;
      const result = await this.sender.call(message, lease);
      if (windowMs > 0) {
        const lateMs = performance.now() - (askedAt + message.slotInMs + shiftMs);
        shiftMs += Math.max(0, lateMs - windowMs * paceReserve);
      }
      settled = this.sender.settle(message, result);
      settled.catch(() => undefined); // awaited below or in the next round; until then, this keeps Node from reporting it as unhandled
      if (!result.settlement.laneOpen || this.sender.breaker.isOpen) {
        await Promise.all([settled, this.giveBack(messages.slice(i + 1))]);
        return shiftMs;
      }
    }
    await settled;
    return shiftMs;
  }

  /**
   * Commits the step into `calling` together with the outcome before it. When that outcome cannot be written, the call is not made, and the
   * message returns to its lane.
   * @returns whether to make the call
   */
  private async enterCalling(
    message: ReadyMessage,
    rendering: Rendered | null,
    lease: Lease,
    settled: Promise<void>,
    asksSuppressions: boolean,
  ): Promise<boolean> {
    const [step, before] = await Promise.allSettled([
      this.ledger.advance({
        ...fence(message),
        to: 'calling',
        workerId: lease.workerId,
        asksSuppressions,
        ...(rendering && { body: rendering.body, contentHash: rendering.contentHash }),
      }),
      settled,
    ]);
    if (before.status === 'rejected') {
      if (step.status === 'fulfilled' && step.value) await this.giveBack([message]);
      throw before.reason;
    }
    if (step.status === 'rejected') throw step.reason;
    return step.value;
  }

  /** Makes the body of a message that has none, and finds the address by which the provider gets its file. Never throws. */
  private prepare(message: ClaimedMessage): Prepared | Promise<Prepared> {
    if (!message.source) return this.withAddress(message as ReadyMessage, null);
    return this.bodies.render({ ...message, source: message.source }).then((rendering) => {
      if (rendering.kind === 'rendered') return this.withAddress({ ...message, body: rendering.body }, rendering);
      const { detail } = rendering;
      if (rendering.kind === 'failed') return { step: 'failed', cause: 'template_failed', detail };
      const retry = { countsTry: rendering.countsTry, dueInMs: 0, lastCause: 'template_failed' } as const;
      return { step: 'queued', cause: 'source_unavailable', detail, ...retry };
    });
  }

  /**
   * Waits for a preparation. A lane whose file or body takes long gives its place to others meanwhile: one slow store must not hold up the lanes of
   * other tenants. What is committed as `calling` keeps its place, since it is to be called at once.
   */
  private async awaitPrepared({ tenantId, state }: ClaimedMessage, preparation: Prepared | Promise<Prepared>): Promise<Prepared> {
    if (!(preparation instanceof Promise) || state === 'calling') return preparation;
    const soon = await Promise.race([preparation, sleep(heldPlaceMs, null, { ref: false })]);
    if (soon) return soon;
    this.gate.leave();
    try {
      return await preparation;
    } finally {
      await this.gate.enter(tenantId);
    }
  }

  private withAddress(message: ReadyMessage, rendering: Rendered | null): Prepared | Promise<Prepared> {
    // One that is committed as `calling` already does not wait: its worker may die meanwhile, and nobody would know that it was not called.
    const address = this.files.of(message, message.body, message.state === 'calling' ? 0 : uploadWaitMs);
    return address === null ? { message, rendering } : address.then((found) => withFile(message, rendering, found));
  }

  /** Fails a message that cannot be made, or returns it to its lane while the reason is unknown or its file is on its way. */
  private async leave(message: ClaimedMessage, left: Left): Promise<void> {
    const { detail } = left;
    const countsTry = left.step === 'queued' && left.countsTry;
    if (left.step === 'failed' || (countsTry && message.tries + 1 >= maxTries)) {
      const cause = left.step === 'failed' ? left.cause : left.lastCause;
      await this.ledger.advanceSurely({ ...fence(message), to: 'failed', cause, detail, countsTry });
      return;
    }
    // Placed behind other messages, so that they show whether the source or this message fails.
    const dueInMs = countsTry ? retryDelayMs(message.tries, Math.random()) : left.dueInMs;
    await this.ledger.advanceSurely({ ...fence(message), to: 'queued', cause: left.cause, detail, dueInMs, countsTry });
  }

  /** Shows a typing indicator for this time; a failure has no effect. Runs before `calling`, so that a crash here costs nothing. */
  private async showTyping(message: ClaimedMessage, ms: number): Promise<void> {
    void this.sender.showTyping(message);
    await this.wait(ms);
  }

  private async giveBack(messages: ClaimedMessage[]): Promise<void> {
    await Promise.all(messages.map((message) => this.ledger.advanceSurely({ ...fence(message), to: 'queued', dueInMs: 0 })));
  }

  /** Waits, but ends early when the process stops. */
  private async wait(ms: number): Promise<void> {
    if (ms <= 0 || this.stop.signal.aborted) return;
    await sleep(ms, undefined, { signal: this.stop.signal }).catch(() => undefined);
  }
}

type Rendered = Extract<Rendering, { kind: 'rendered' }>;

/** A message that is not called: it fails, or returns to its lane. `lastCause`: its cause when that was its last try. */
type Left =
  | { step: 'failed'; cause: 'template_failed' | 'file_failed'; detail: string }
  | {
      step: 'queued';
      cause: 'source_unavailable' | 'file_unavailable';
      lastCause: 'template_failed' | 'file_failed';
      detail: string;
      countsTry: boolean;
      dueInMs: number;
    };

/** A message that can be called, or the reason why it is not. `rendering`: the body that was made for it, if one was. */
type Prepared = { message: ReadyMessage; rendering: Rendered | null } | Left;

interface TurnState {
  revision: string;
  shiftMs: number;
  /** True when the lane is marked as this worker's and must be given back when the turn ends early. */
  holdsLane: boolean;
  /** True when the turn was given any message. */
  hasClaimed: boolean;
  /** Number of calls that the turn made. */
  calls: number;
}

function withFile(message: ReadyMessage, rendering: Rendered | null, found: FileAddress): Prepared {
  if ('url' in found) return { message: { ...message, fileUrl: found.url }, rendering };
  if ('refused' in found) return { step: 'failed', cause: 'file_failed', detail: found.refused };
  const { later: detail, countsTry, inMs: dueInMs } = found;
  return { step: 'queued', cause: 'file_unavailable', lastCause: 'file_failed', detail, countsTry, dueInMs };
}

async function both(one: Promise<void>, other: Promise<void>): Promise<void> {
  await Promise.all([one, other]);
}

function fence(message: ClaimedMessage): { tenantId: string; id: string; sessionId: string; attempt: number } {
  return { tenantId: message.tenantId, id: message.id, sessionId: message.sessionId, attempt: message.attempt };
}
