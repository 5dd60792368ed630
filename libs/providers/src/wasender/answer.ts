import { cleanDeep, cleanText, parseKeepingDigits } from '@heliograph/kernel';
import type { RateFeedback } from '../whatsapp-provider';

/** What came back over the wire: a whole answer, or where the call broke. */
export type WireResult =
  | { kind: 'answer'; status: number; headers: Record<string, string | string[] | undefined>; text: string }
  /** `written`: whether a byte of the request may have left. */
  | { kind: 'broken'; written: boolean; detail: string };

/**
 * Reads JSON of the provider: the one place where its texts are cleaned, deep. U+0000 and lone surrogates are dropped, since
 * PostgreSQL cannot store them; a byte order mark before it is ignored; integers beyond 2^53 become their digits.
 * @throws SyntaxError for what is not JSON; RangeError for what is nested too deep
 */
export function parseJson(text: string): unknown {
  const value = parseKeepingDigits(text);
  // Only an escape brings such a character into JSON, or a text that is not well formed itself.
  return /\\u(?:0000|d[89a-f])/i.test(text) || !text.isWellFormed() ? cleanDeep(value) : value;
}

/** At most `most` characters, never half of one. */
export function cut(text: string, most: number): string {
  return cleanText(text.slice(0, most));
}

/** A parsed JSON object, or null for anything else. */
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

/** The provider's own words: `message`, else `error`; no member is documented as stable. At most 300 characters. */
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

/** Seconds left, or Unix time: the docs say both. Above a thousand million it is a time (WasenderApi docs, rate-limits and response-headers). */
function resetMs(value: string | undefined, nowMs: number): number | undefined {
  const seconds = integer(value);
  if (seconds === undefined) return undefined;
  return seconds > 1_000_000_000 ? Math.max(0, seconds * 1_000 - nowMs) : seconds * 1_000;
}

/**
 * How long to wait, by order of trust: body `retry_after`, `Retry-After`, the daily reset when the day is used up, the
 * window's reset when the window is. Where several apply, the longest.
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
