import { Injectable } from '@nestjs/common';
import { Database, Metrics } from '@heliograph/kernel';
import type { SendOutcome } from '@heliograph/providers';
import { type Breach, cheapInvariants } from './invariants/invariants.repository';
import { lanesDue, messagesStuckAtSent, messagesUncertain, oldestDueSeconds } from './messaging-figures.repository';

/** What is measured of sending. */
@Injectable()
export class MessagingMetrics {
  private readonly calls;
  private readonly duration;
  private readonly invalid;
  private readonly broken;
  private readonly swept;
  private readonly turns;
  private readonly mismatched;

  constructor(metrics: Metrics, db: Database) {
    this.mismatched = metrics.counter('provider_answers_mismatched_total', 'Successes that named another recipient than was asked for.');
    this.calls = metrics.counter('provider_calls_total', 'Send calls by what they came to.', ['outcome']);
    this.duration = metrics.histogram('provider_call_seconds', 'Time of a send call.', ['outcome']);
    this.invalid = metrics.counter('lanes_closed_invalid_total', 'Lanes closed because the database refuses what their rows hold.');
    this.broken = metrics.gauge('invariants_broken', 'Rows that break an invariant, by the last check of this worker.', ['invariant']);
    for (const invariant of cheapInvariants) this.broken.set({ invariant }, 0);
    this.swept = metrics.counter('lanes_found_by_sweep_total', 'Lanes with due work that no ring had brought to a worker.');
    this.turns = metrics.counter('lane_turns_total', 'Turns of lanes by whether there was a message to send.', ['claimed']);
    const gauge = (name: string, help: string, figure: (db: Database) => Promise<number>) =>
      metrics.gauge(name, help, [], async (measured) => measured.set(await figure(db)));
    gauge('lanes_due', 'Lanes with a message due now.', lanesDue);
    gauge('lane_oldest_due_seconds', 'How long the longest waiting lane that may send has had a message due.', oldestDueSeconds);
    gauge('messages_uncertain', 'Messages of unknown outcome, people’s decisions not counted.', messagesUncertain);
    gauge('messages_stuck_at_sent', 'Messages taken over an hour ago of which nothing was heard since.', messagesStuckAtSent);
  }

  laneClosedInvalid(): void {
    this.invalid.inc();
  }

  laneFoundBySweep(): void {
    this.swept.inc();
  }

  /** A turn ended; one that claimed nothing is a job that came back for nothing. */
  turned(hasClaimed: boolean): void {
    this.turns.inc({ claimed: hasClaimed ? 'yes' : 'no' });
  }

  /** Records the result of the last check. */
  checked(breaches: Breach[]): void {
    for (const invariant of cheapInvariants)
      this.broken.set({ invariant }, breaches.find((breach) => breach.invariant === invariant)?.count ?? 0);
  }

  called({ kind: outcome, ...answer }: SendOutcome, durationMs: number): void {
    this.calls.inc({ outcome });
    if ('isMismatched' in answer) this.mismatched.inc();
    this.duration.observe({ outcome }, durationMs / 1_000);
  }
}
