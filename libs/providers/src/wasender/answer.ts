import { cleanDeep, cleanText, parseKeepingDigits } from '@heliograph/kernel';
import type { RateFeedback } from '../whatsapp-provider';

/** Result of a call on the wire: a complete answer, or the stage at which the call failed. */
export type WireResult =
  | { kind: 'answer'; status: number; headers: Record<string, string | string[] | undefined>; text: string }
  /** `written`: true when a byte of the request may have been sent. */
  | { kind: 'broken'; written: boolean; detail: string };

/**
 * Parses JSON of the provider, and is the only place that cleans its texts, at any depth. Drops U+0000 and lone surrogates, since
 * PostgreSQL cannot store them; ignores a leading byte order mark; turns integers beyond 2^53 into their digits.
 * @throws SyntaxError when it is not JSON; RangeError when it is nested too deep
 */
export function parseJson(text: string): unknown {
  const value = parseKeepingDigits(text);
  // Only an escape, or a text that is not well formed, can contain such a character.
  return /\\u(?:0000|d[89a-f])/i.test(text) || !text.isWellFormed() ? cleanDeep(value) : value;
}

/** Returns at most `max` characters, without splitting one. */
export function cut(text: string, max: number): string {
  return cleanText(text.slice(0, max));
}

/** Returns a parsed JSON object, or null for anything else. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value = parseJson(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Returns the first of these values that is a numeric id of the provider, as its digits. Answers and hooks are compared by it, so both read
 * it here. A WhatsApp id has letters, or more digits.
 */
export function numericId(...values: unknown[]): string | null {
  for (const value of values) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return String(value);
    if (typeof value === 'string' && /^\d{1,30}$/.test(value)) return value;
  }
  return null;
}

/** Returns the provider's message: `message`, else `error`; no member is documented as stable. At most 300 characters. */
export function textOf(body: Record<string, unknown> | null): string {
  const text = [body?.message, body?.error].find((v) => typeof v === 'string' && v !== '');
  const errors = isObject(body?.errors) ? Object.keys(body.errors).join(', ') : '';
  return cut(`${typeof text === 'string' ? text : ''}${errors ? ` (${errors})` : ''}`, 300);
}

function header(headers: Record<string, string | string[] | undefined>, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function integer(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : NaN;
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** Seconds left, or a Unix time: the docs allow both. A value above 10^9 is a time (WasenderApi docs, rate-limits and response-headers). */
function resetMs(value: string | undefined, nowMs: number): number | undefined {
  const seconds = integer(value);
  if (seconds === undefined) return undefined;
  return seconds > 1_000_000_000 ? Math.max(0, seconds * 1_000 - nowMs) : seconds * 1_000;
}

/**
 * Returns the time to wait, by order of trust: body `retry_after`, `Retry-After`, the daily reset when the daily limit is used up,
 * the reset of the window when the window is used up. When several apply, the longest.
 */
export function rateFeedback(
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: Record<string, unknown> | null,
  nowMs = Date.now(),
): RateFeedback {
  const limit = integer(header(headers, 'x-ratelimit-limit'));
  const remaining = integer(header(headers, 'x-ratelimit-remaining'));
  const reset = resetMs(header(headers, 'x-ratelimit-reset'), nowMs);
  const feedback: RateFeedback = {};
  if (limit !== undefined) feedback.limit = limit;
  if (remaining !== undefined) feedback.remaining = remaining;
  if (reset !== undefined) feedback.resetMs = reset;
  if (status !== 429) return feedback;

  const asked: number[] = [];
  const inBody = integer(body?.retry_after);
  if (inBody !== undefined) asked.push(inBody * 1_000);
  const retryAfter = header(headers, 'retry-after');
  if (retryAfter !== undefined) {
    const seconds = integer(retryAfter);
    const date = seconds === undefined ? Date.parse(retryAfter) : NaN;
    if (seconds !== undefined) asked.push(seconds * 1_000);
    else if (!Number.isNaN(date)) asked.push(Math.max(0, date - nowMs));
  }
  const daily = resetMs(header(headers, 'x-ratelimit-daily-reset'), nowMs);
  if (integer(header(headers, 'x-ratelimit-daily-remaining')) === 0 && daily !== undefined) asked.push(daily);
  if (asked.length === 0 && remaining === 0 && reset !== undefined) asked.push(reset);
  feedback.retryAfterMs = asked.length > 0 ? Math.max(...asked) : /protection/i.test(textOf(body)) ? 5_000 : 60_000;
  return feedback;
}
