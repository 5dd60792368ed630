import { clampedWaitMs, type SendOutcome } from '@heliograph/providers';
import type { LedgerStep } from './ledger.repository';

/** Most calls that may fail provably unsent before the message is a dead letter. */
export const maxTries = 8;
const firstRetryMs = 2_000;
const longestRetryMs = 15 * 60_000;
/** A session that says it is not connected stays closed at least this long, so that a flapping status does not burn calls. */
const sessionDownMs = 5_000;
/** Calls in a row without a readable answer after which a lane pauses: whatever follows would become uncertain too. */
export const unansweredBeforePause = 3;
const firstUnansweredPauseMs = 5_000;
const longestUnansweredPauseMs = 5 * 60_000;

/** What is known of the message when its answer comes. */
export interface AttemptFacts {
  /** Tries used up before this one. */
  tries: number;
  /** Ms until the message expires. */
  expiresInMs: number;
  /** False when the call was stopped by us (lease lost, shutdown): then the try does not count. */
  countsTry: boolean;
  /** Calls of the session in a row, this one included, that were not answered readably. */
  unanswered: number;
  /** Random number in [0, 1). */
  random: number;
}

/** What an answer does to the message, to its lane and to its session. */
export interface Settlement {
  step: Pick<LedgerStep, 'to' | 'cause' | 'detail' | 'providerMessageId' | 'dueInMs' | 'countsTry' | 'closeLaneMs'>;
  /** What the session's owner must hear. */
  session?: 'down' | 'unauthorised';
  /** Whether the lane may go on to its next message at once. */
  laneOpen: boolean;
}

/** Exponential with full jitter: 2 s doubling to 15 min, in ms. */
export function retryDelayMs(tries: number, random: number): number {
  return Math.max(250, Math.round(random * Math.min(longestRetryMs, firstRetryMs * 2 ** tries)));
}

/** Pause of a lane after so many unanswered calls in a row: none, then 5 s doubling to 5 min, in ms. The first call after it is the probe. */
export function unansweredPauseMs(unanswered: number): number {
  if (unanswered < unansweredBeforePause) return 0;
  return Math.min(longestUnansweredPauseMs, firstUnansweredPauseMs * 2 ** (unanswered - unansweredBeforePause));
}

/** The one table from a provider's answer to what happens next. Only what was provably not taken goes back to `queued`. */
export function settle(outcome: SendOutcome, facts: AttemptFacts): Settlement {
  switch (outcome.kind) {
    case 'accepted':
      // Without an id nothing can be asked about it: it was probably taken, which is not enough to call it sent.
      if (outcome.providerMessageId === null) return uncertain('answer_unreadable', 'The provider accepted without naming an id.', facts);
      return { step: { to: 'sent', providerMessageId: outcome.providerMessageId }, laneOpen: true };
    case 'unknown':
      return uncertain(outcome.isMismatched ? 'answer_mismatched' : 'answer_lost', outcome.detail, facts);
    case 'refused':
      return { step: { to: 'failed', cause: outcome.cause, detail: outcome.detail }, laneOpen: true };
    case 'throttled': {
      const waitMs = clampedWaitMs(outcome.feedback.retryAfterMs) + 250 + facts.random * 750;
      return { step: { to: 'queued', cause: 'throttled', detail: outcome.detail, dueInMs: 0, closeLaneMs: waitMs }, laneOpen: false };
    }
    case 'session_down':
      return {
        step: { to: 'queued', cause: 'session_down', detail: outcome.detail, dueInMs: 0, closeLaneMs: sessionDownMs },
        session: 'down',
        laneOpen: false,
      };
    case 'unauthorised':
      return {
        step: { to: 'queued', cause: 'unauthorised', detail: outcome.detail, dueInMs: 0 },
        session: 'unauthorised',
        laneOpen: false,
      };
    case 'not_sent': {
      const tries = facts.tries + (facts.countsTry ? 1 : 0);
      if (tries >= maxTries) return { step: { to: 'failed', cause: 'retries_exhausted', detail: outcome.detail }, laneOpen: false };
      const dueInMs = facts.countsTry ? Math.min(retryDelayMs(facts.tries, facts.random), Math.max(0, facts.expiresInMs)) : 0;
      return { step: { to: 'queued', cause: 'not_sent', detail: outcome.detail, dueInMs, countsTry: facts.countsTry }, laneOpen: false };
    }
  }
}

function uncertain(cause: string, detail: string, { unanswered }: AttemptFacts): Settlement {
  const closeLaneMs = unansweredPauseMs(unanswered);
  if (closeLaneMs === 0) return { step: { to: 'uncertain', cause, detail }, laneOpen: true };
  return { step: { to: 'uncertain', cause, detail, closeLaneMs }, laneOpen: false };
}
