import { Injectable } from '@nestjs/common';
import { Database, Metrics } from '@heliograph/kernel';
import type { SendOutcome } from '@heliograph/providers';
import { type Breach, cheapInvariants } from './invariants/invariants.repository';
import { lanesDue, messagesStuckAtSent, messagesUncertain, oldestDueSeconds } from './messaging-figures.repository';

/** Metrics of sending. */
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
    this.mismatched = metrics.counter(
      'provider_answers_mismatched_total',
      'Successful answers that named another recipient than the call.',
    );
    this.calls = metrics.counter('provider_calls_total', 'Send calls by outcome.', ['outcome']);
    this.duration = metrics.histogram('provider_call_seconds', 'Time of a send call.', ['outcome']);
    this.invalid = metrics.counter(
      'lanes_closed_invalid_total',
      'Lanes closed because the database cannot compute with a value in their rows.',
    );
    this.broken = metrics.gauge('invariants_broken', 'Rows that break an invariant, as of the last check by this worker.', ['invariant']);
    for (const invariant of cheapInvariants) this.broken.set({ invariant }, 0);
    this.swept = metrics.counter('lanes_found_by_sweep_total', 'Lanes with due work that the sweep found and no ring had announced.');
    this.turns = metrics.counter('lane_turns_total', 'Turns of lanes, by whether the turn claimed a message.', ['claimed']);
    const gauge = (name: string, help: string, figure: (db: Database) => Promise<number>) =>
      metrics.gauge(name, help, [], async (measured) => measured.set(await figure(db)));
    gauge('lanes_due', 'Lanes with a message due now.', lanesDue);
    gauge('lane_oldest_due_seconds', 'Time since the oldest due message of a lane that may send.', oldestDueSeconds);
    gauge('messages_uncertain', 'Messages of unknown outcome that wait for evidence, not for a person.', messagesUncertain);
    gauge('messages_stuck_at_sent', 'Messages whose call began over an hour ago and whose WhatsApp id is not known.', messagesStuckAtSent);
  }

  laneClosedInvalid(): void {
    this.invalid.inc();
  }

  laneFoundBySweep(): void {
    this.swept.inc();
  }

  /** Counts the end of a turn. A turn that claimed nothing was rung in vain. */
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
