import { Injectable } from '@nestjs/common';
import { Metrics } from '@heliograph/kernel';
import type { SendOutcome } from '@heliograph/providers';

/** What is measured of sending. */
@Injectable()
export class MessagingMetrics {
  private readonly calls;
  private readonly duration;

  constructor(metrics: Metrics) {
    this.calls = metrics.counter('provider_calls_total', 'Send calls by what they came to.', ['outcome']);
    this.duration = metrics.histogram('provider_call_seconds', 'Time of a send call.', ['outcome']);
  }

  called(outcome: SendOutcome['kind'], durationMs: number): void {
    this.calls.inc({ outcome });
    this.duration.observe({ outcome }, durationMs / 1_000);
  }
}
