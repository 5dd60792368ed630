import { OnWorkerEvent, WorkerHost } from '@nestjs/bullmq';
import { Inject, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { type Job, UnrecoverableError } from 'bullmq';
import { HealthChecks } from '../health/health-checks';
import type { PayloadOf, QueueDefinition } from './define-queue';
import { JobProducer } from './job-producer';

/** Outcome of a run: nothing more to do, or run again after a delay. */
export type JobOutcome = { kind: 'done' } | { kind: 'ring-again'; inMs: number };

/** Ends the run. */
export const done = (): JobOutcome => ({ kind: 'done' });

/** Runs the same payload again in `inMs`. Costs no attempt. */
export const ringAgain = (inMs: number): JobOutcome => ({ kind: 'ring-again', inMs });

/** Number of consecutive failed runs that indicates a broken part rather than one bad job. */
const degradedAfter = 5;

/** Number of errors per second above which the queue's connection cannot recover (BullMQ then loops without pause). */
const fatalErrorsPerSecond = 500;

/**
 * Base of every processor: parses the payload (a job with an invalid one fails at once), runs `handle` and turns its outcome into
 * the next ring. An exception is only logged: the rows are the truth, and recovery finds the work that is left.
 */
export abstract class TypedProcessor<Q extends QueueDefinition> extends WorkerHost implements OnApplicationBootstrap {
  protected abstract readonly queue: Q;
  /** Number of jobs that this process runs at the same time. */
  protected abstract readonly concurrency: number;
  @Inject(JobProducer) private readonly producer: JobProducer;
  @Optional() @Inject(HealthChecks) private readonly health?: HealthChecks;
  private readonly log = new Logger('TypedProcessor');
  private failuresInARow = 0;
  private errors = { second: 0, count: 0 };

  protected abstract handle(payload: PayloadOf<Q>): Promise<JobOutcome>;

  onApplicationBootstrap(): void {
    this.worker.concurrency = this.concurrency;
    this.health?.watchPart(this.queue.name, () => this.failuresInARow, degradedAfter);
  }

  async process(job: Job): Promise<void> {
    const parsed = this.queue.payload.safeParse(job.data);
    if (!parsed.success) throw new UnrecoverableError(`A job of ${this.queue.name} has a payload that does not parse.`);
    const payload = parsed.data as PayloadOf<Q>;
    const outcome = await this.handleCounted(payload);
    if (outcome.kind === 'ring-again') await this.producer.add(this.queue, payload, { delayMs: outcome.inMs });
  }

  /** A role whose every run fails does no work but looks alive; readiness reports it. */
  private async handleCounted(payload: PayloadOf<Q>): Promise<JobOutcome> {
    try {
      const outcome = await this.handle(payload);
      this.failuresInARow = 0;
      return outcome;
    } catch (error) {
      this.failuresInARow++;
      throw error;
    }
  }

  @OnWorkerEvent('failed')
  onFailed(_job: Job | undefined, error: Error): void {
    this.log.error({ event: 'job.failed', queue: this.queue.name, error: error.message });
  }

  @OnWorkerEvent('error')
  onError(error: Error): void {
    const second = Math.floor(Date.now() / 1_000);
    if (second !== this.errors.second) this.errors = { second, count: 0 };
    this.errors.count++;
    if (this.errors.count === 1) this.log.error({ event: 'queue.error', queue: this.queue.name, error: error.message });
    if (this.errors.count > fatalErrorsPerSecond) {
      this.log.fatal({ event: 'queue.beyond_recovery', queue: this.queue.name });
      process.exit(1);
    }
  }
}
