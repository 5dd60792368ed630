import { getQueueToken } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { JobsOptions, Queue } from 'bullmq';
import type { PayloadOf, QueueDefinition } from './define-queue';

/** Options that define when a job may run. */
export interface RingOptions {
  /** Delay in milliseconds; 0 or absent: none. */
  delayMs?: number;
  /** Shortens the delay of a job that is already waiting to this one's delay. Without it, the waiting job is unchanged. */
  reschedule?: boolean;
}

/** Adds jobs to the queues of this process. A job is a doorbell: losing one loses nothing, so none is kept after its run. */
@Injectable()
export class JobProducer {
  constructor(private readonly modules: ModuleRef) {}

  async add<Q extends QueueDefinition>(queue: Q, payload: PayloadOf<Q>, options: RingOptions = {}): Promise<void> {
    await this.queueOf(queue).add(queue.name, payload, jobOptions(queue, payload, options));
  }

  async addMany<Q extends QueueDefinition>(queue: Q, jobs: { payload: PayloadOf<Q>; options?: RingOptions }[]): Promise<void> {
    if (jobs.length === 0) return;
    await this.queueOf(queue).addBulk(
      jobs.map(({ payload, options }) => ({ name: queue.name, data: payload, opts: jobOptions(queue, payload, options ?? {}) })),
    );
  }

  private queueOf(queue: QueueDefinition): Queue {
    return this.modules.get<Queue>(getQueueToken(queue.name), { strict: false });
  }
}

function jobOptions<Q extends QueueDefinition>(queue: Q, payload: PayloadOf<Q>, options: RingOptions): JobsOptions {
  return {
    delay: options.delayMs && options.delayMs > 0 ? Math.ceil(options.delayMs) : undefined,
    // Finished jobs are never kept: a kept id would make a later ring a silent no-op.
    removeOnComplete: true,
    removeOnFail: true,
    attempts: 1,
    ...(queue.deduplicate && {
      deduplication: { ...queue.deduplicate(payload), keepLastIfActive: true, ...(options.reschedule && { reschedule: true }) },
    }),
  };
}
