import { Processor } from '@nestjs/bullmq';
import { Inject } from '@nestjs/common';
import { APP_CONFIG, done, type JobOutcome, type PayloadOf, ringAgain, TypedProcessor } from '@heliograph/kernel';
import type { MessagingConfig } from '../messaging.config';
import { longestDelayMs } from './lane-bell';
import { laneQueue } from './lane.queue';
import { LaneRunner } from './lane-runner';

/** A closed lane is never rung again at once, whatever the end of its pause or its cap's day was taken for, in ms. */
const minClosedMs = 250;

/** Turns a ring into a turn of its lane, and the turn's end into the next ring. */
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
        return end.inMs === null || end.inMs > longestDelayMs ? done() : ringAgain(end.inMs);
      case 'closed':
        return end.inMs === null || end.inMs > longestDelayMs ? done() : ringAgain(Math.max(minClosedMs, end.inMs));
    }
  }
}
