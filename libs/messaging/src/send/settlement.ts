import { doubledMs } from '@heliograph/kernel';
import { clampedWaitMs, type SendOutcome } from '@heliograph/providers';
import type { LedgerStep } from './ledger.repository';

/** Maximum number of calls that may fail provably unsent before the message becomes a dead letter. */
export const maxTries = 8;
const firstRetryMs = 2_000;
const maxRetryMs = 15 * 60_000;
/** Minimum pause of a session that reports it is not connected, so that a flapping status does not use up calls. */
const sessionDownMs = 5_000;
/** Calls in a row without a readable answer after which a lane pauses: further calls would become uncertain too. */
export const unansweredBeforePause = 3;
const firstUnansweredPauseMs = 5_000;
const maxUnansweredPauseMs = 5 * 60_000;

/** Facts about the message when its answer arrives. */
export interface AttemptFacts {
  /** Tries used up before this one. */
  tries: number;
  /** Ms until the message expires. */
  expiresInMs: number;
  /** False when this process stopped the call (lease lost, shutdown): the try then does not count. */
  countsTry: boolean;
  /** Calls of the session in a row, this one included, without a readable answer. */
  unanswered: number;
  /** Random number in [0, 1). */
  random: number;
}

/** Effect of an answer on the message, its lane and its session. */
export interface Settlement {
  step: Pick<LedgerStep, 'to' | 'cause' | 'detail' | 'providerMessageId' | 'dueInMs' | 'countsTry' | 'closeLaneMs'>;
  /** State of the session to report to its owner. */
  session?: 'down' | 'unauthorised';
  /** True when the lane may continue with its next message at once. */
  laneOpen: boolean;
}

/** Returns the delay before the next try: exponential with full jitter, 2 s doubling to 15 min, in ms. */
export function retryDelayMs(tries: number, random: number): number {
  return Math.max(250, Math.round(random * doubledMs(firstRetryMs, tries, maxRetryMs)));
}

/**
 * Returns the pause of a lane after this many unanswered calls in a row: none, then 5 s doubling to 5 min, in ms. The first call after it
 * is the probe.
 */
export function unansweredPauseMs(unanswered: number): number {
  if (unanswered < unansweredBeforePause) return 0;
  return doubledMs(firstUnansweredPauseMs, unanswered - unansweredBeforePause, maxUnansweredPauseMs);
}

/** Maps each answer of the provider to its settlement. Only messages that were provably not accepted return to `queued`. */
export function settle(outcome: SendOutcome, facts: AttemptFacts): Settlement {
  switch (outcome.kind) {
    case 'accepted':
      // Without an id the provider cannot be asked about the message. It was probably accepted, but that does not prove it sent.
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
