import { Processor } from '@nestjs/bullmq';
import { Inject } from '@nestjs/common';
import { APP_CONFIG, done, type JobOutcome, type PayloadOf, ringAgain, TypedProcessor } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';
import { maxDelayMs } from './lane-bell';
import { laneQueue } from './lane.queue';
import { LaneRunner } from './lane-runner';

/** Minimum delay of the next ring of a closed lane, in ms, also when its pause or its cap's day has just ended. */
const minClosedMs = 250;

/** Runs a turn of the lane for each ring, and schedules the next ring from the result of the turn. */
@Processor(laneQueue.name)
export class LaneProcessor extends TypedProcessor<typeof laneQueue> {
  protected readonly queue = laneQueue;
  protected readonly concurrency: number;

  constructor(
    private readonly lanes: LaneRunner,
    @Inject(APP_CONFIG) config: MessagingConfig,
  ) {
    super();
    this.concurrency = config.LANES_IN_HAND;
  }

  protected async handle({ sessionId }: PayloadOf<typeof laneQueue>): Promise<JobOutcome> {
    const end = await this.lanes.takeTurn(sessionId);
    switch (end.kind) {
      case 'due':
        return ringAgain(end.inMs);
      case 'idle':
        return end.inMs === null || end.inMs > maxDelayMs ? done() : ringAgain(end.inMs);
      case 'closed':
        return end.inMs === null || end.inMs > maxDelayMs ? done() : ringAgain(Math.max(minClosedMs, end.inMs));
    }
  }
}
