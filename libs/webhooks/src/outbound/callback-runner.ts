import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_CONFIG, Database, Egress, isStorageDown, Loops, Metrics, type Tx } from '@heliograph/kernel';
import { CallTally } from './call-tally';
import { CallbackEndpoints, type EndpointCall } from './callback-endpoints.repository';
import { CallbackEvents } from './callback-events.repository';
import { CallbackQueue, type EndpointTurnLease } from './callback-queue.repository';
import { callbackEvent } from './callback-types';
import { EndpointTurn, manyFailures } from './endpoint-turn';
import type { OutboundConfig } from './outbound.config';
import type { PostOutcome } from './post-outcome';

const lookMs = 100;
/** Time between two writes of the counts of calls. */
const countMs = 5_000;

/**
 * Calls endpoints, in the role `callbacks`. Each endpoint has its own turn, concurrency and rate, so that a slow one delays no other. Runs
 * without a queue.
 */
@Injectable()
export class CallbackRunner implements OnApplicationBootstrap {
  private readonly log = new Logger(CallbackRunner.name);
  private readonly failingTurns;
  private readonly turns = new Map<string, { turn: EndpointTurn; ended: Promise<void> }>();
  private readonly calls;
  private readonly seconds;
  private readonly tally = new CallTally();
  /** Endpoints that this process has seen failing. */
  private readonly failing = new Set<string>();

  constructor(
    private readonly db: Database,
    private readonly queue: CallbackQueue,
    private readonly endpoints: CallbackEndpoints,
    private readonly events: CallbackEvents,
    private readonly egress: Egress,
    private readonly loops: Loops,
    @Inject(APP_CONFIG) private readonly config: OutboundConfig,
    metrics: Metrics,
  ) {
    this.failingTurns = loops.watch('callback_turn');
    this.calls = metrics.counter('callback_calls_total', 'Calls of endpoints, by result.', ['outcome']);
    this.seconds = metrics.histogram('callback_call_seconds', 'Duration of calls of endpoints.');
    metrics.gauge('callback_turns', 'Endpoints this worker is calling.', [], (gauge) => gauge.set(this.turns.size));
  }

  onApplicationBootstrap(): void {
    this.loops.start({
      name: 'callback_runner',
      everyMs: lookMs,
      work: async () => {
        for (const endpoint of await this.queue.takeTurns()) this.begin(endpoint);
      },
      atEnd: () => {
        this.turns.forEach(({ turn }) => turn.stop());
        return Promise.all([...this.turns.values()].map(({ ended }) => ended)).then(() => this.writeCounts());
      },
    });
    this.loops.start({ name: 'callback_hours', everyMs: countMs, work: () => this.writeCounts() });
  }

  private async writeCounts(): Promise<void> {
    const counted = this.tally.take();
    try {
      await this.queue.count(counted);
    } catch (error) {
      this.tally.putBack(counted);
      throw error;
    }
  }

  private begin(endpoint: EndpointTurnLease): void {
    // The previous turn expired: it ends by itself, and its open calls are repeated.
    this.turns.get(endpoint.id)?.turn.stop();
    const turn = new EndpointTurn(endpoint, {
      queue: this.queue,
      endpoints: this.endpoints,
      egress: this.egress,
      schedule: this.config.CALLBACK_SCHEDULE_S,
      settled: (call, outcome, durationMs) => this.settled(call, outcome, durationMs),
    });
    const ended = turn
      .run()
      .then(
        () => this.failingTurns.succeeded(endpoint.id),
        // The loop reports a database that is not available.
        (error: unknown) => {
          if (!isStorageDown(error)) this.failingTurns.failed(endpoint.id, error);
        },
      )
      .finally(() => {
        if (this.turns.get(endpoint.id)?.turn === turn) this.turns.delete(endpoint.id);
      });
    this.turns.set(endpoint.id, { turn, ended });
  }

  private async settled(call: EndpointCall, outcome: PostOutcome, durationMs: number): Promise<void> {
    this.calls.inc({ outcome: outcome.reason ?? 'delivered' });
    this.seconds.observe(durationMs / 1_000);
    this.tally.add(call, outcome.delivered, durationMs);
    if (outcome.delivered) {
      if (!this.failing.delete(call.id) && call.failures === 0) return;
      call.failures = 0;
      const { failures } = await this.db.transaction(async (tx) => {
        const was = await this.queue.recovered(tx, call);
        if (was.wasReported) await this.report(tx, call, 'recovered', null, null);
        return was;
      });
      if (failures >= manyFailures) await this.queue.hurry(call.id);
      return;
    }
    this.failing.add(call.id);
    await this.db.transaction(async (tx) => {
      const { alert, reason, failingSince } = await this.queue.failed(tx, call, outcome, this.config.CALLBACK_DISABLE_AFTER_HOURS);
      if (alert) await this.report(tx, call, alert, reason, failingSince);
    });
  }

  /**
   * Reports an endpoint's failures in the log and to the tenant's other endpoints. Called once per report, since the statement that decides
   * it runs once.
   */
  private async report(
    tx: Tx,
    call: EndpointCall,
    status: 'failing' | 'disabled' | 'recovered',
    reason: string | null,
    since: Date | null,
  ): Promise<void> {
    this.log.warn({ event: `callback_endpoint.${status}`, tenant: call.tenantId, endpoint: call.id, reason, since });
    const at = new Date();
    await this.events.store(tx, [
      callbackEvent(
        'callback_endpoint.status',
        { tenantId: call.tenantId, sessionId: null, orderKey: call.id, at },
        { endpoint_id: call.id, status, reason, failing_since: since?.toISOString() ?? null, at: at.toISOString() },
      ),
    ]);
  }
}
