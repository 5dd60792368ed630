import type { EgressAnswer } from '@heliograph/kernel';

/** Maximum time an endpoint may ask us to wait, in s. */
const maxWaitS = 86_400;
/** Share by which a wait is lengthened or shortened at random, so that callbacks that failed together are not retried together. */
const jitter = 0.1;

/** Meaning of a response for the callback and its endpoint. */
export interface PostOutcome {
  delivered: boolean;
  status: number | null;
  /** Why it does not count as delivered; null when it does. */
  reason: string | null;
  /** Seconds for which the endpoint asked for no calls; 0: none. */
  closeS: number;
  /** True when the endpoint answered that it is gone. */
  gone: boolean;
}

/**
 * Returns the meaning of a response: any 2xx is a delivery, nothing else is. A redirect is not followed, 410 disables the endpoint,
 * Retry-After closes it.
 */
export function outcomeOf(answer: EgressAnswer, now: Date): PostOutcome {
  if (answer.kind === 'failed') return { delivered: false, status: null, reason: answer.reason, closeS: 0, gone: false };
  const { status } = answer;
  if (status >= 200 && status < 300) return { delivered: true, status, reason: null, closeS: 0, gone: false };
  const reason = status === 410 ? 'gone' : status >= 300 && status < 400 ? 'redirect' : 'status';
  // The endpoint uses its own clock, so its wait is computed from its own Date header.
  const theirs = new Date(String(answer.headers.date));
  const closeS =
    status === 429 || status === 503 ? retryAfterS(answer.headers['retry-after'], Number.isNaN(theirs.getTime()) ? now : theirs) : 0;
  return { delivered: false, status, reason, closeS, gone: status === 410 };
}

/** Returns the seconds of a Retry-After header (seconds or an HTTP date), at most a day; 0 without one. */
function retryAfterS(header: string | string[] | undefined, now: Date): number {
  const text = (Array.isArray(header) ? header[0] : header)?.trim() ?? '';
  const seconds = /^\d{1,300}$/.test(text) ? Number(text) : (Date.parse(text) - now.getTime()) / 1_000;
  return Number.isFinite(seconds) ? Math.min(Math.max(seconds, 0), maxWaitS) : 0;
}

/**
 * Returns the seconds until the next attempt, or null when there is none.
 * @param attempt number of the attempt that failed, from 1
 * @param schedule seconds between attempts
 * @param random 0 to below 1
 */
export function nextAttemptS(attempt: number, schedule: readonly number[], closeS: number, random: number): number | null {
  const wait = schedule[attempt - 1];
  if (wait === undefined) return null;
  return Math.max(wait * (1 + jitter * (2 * random - 1)), closeS);
}
