import type { CallWindow, LimitPlan, SimSession } from './accounts';
import type { SimulatorSettings } from './settings';

interface Limit {
  max: number;
  windowMs: number;
  perDay: number;
  text: string;
}

const dayMs = 86_400_000;
const perMinute = (max: number, perDay: number, text = 'Too many requests'): Limit => ({ max, windowMs: 60_000, perDay, text });

/** The provider's limits per endpoint and plan (WasenderApi docs, rate-limits). No limits are known for other endpoints. */
const limits = {
  send: {
    paid: perMinute(256, Infinity),
    protected: { max: 1, windowMs: 5_000, perDay: Infinity, text: 'Account protection is on: one message per 5 seconds' },
    trial: perMinute(1, 50, 'Trial plan: one message per minute'),
  },
  lookup: { paid: perMinute(60, 1_000), trial: perMinute(10, 100) },
  group: { paid: perMinute(10, 500), trial: perMinute(10, 100) },
} as const satisfies Record<string, Partial<Record<LimitPlan, Limit>>>;

/** Endpoints with a limit: sends, contact lookups, group details. */
export type Limited = keyof typeof limits;

/** A response that refuses a call. */
export interface Refusal {
  status: number;
  body: unknown;
  headers: Record<string, string>;
}

/** Result of the limit for one call: headers of its response, or the refusal. */
export interface LimitVerdict {
  headers: Record<string, string>;
  refusal: Refusal | null;
}

/** Counts a call against the session's plan unless it is refused. `now`: monotonic ms of arrival. */
export function countCall(
  session: SimSession,
  endpoint: Limited,
  now: number,
  s: SimulatorSettings,
  counter: string = endpoint,
): LimitVerdict {
  const limit = limitOf(session, endpoint);
  if (!limit) return { headers: {}, refusal: null };
  const window = session.windows.get(counter) ?? { recent: [], today: 0, dayFrom: now };
  session.windows.set(counter, window);
  while (window.recent.length > 0 && now - (window.recent[0] as number) >= limit.windowMs) window.recent.shift();
  if (now - window.dayFrom >= dayMs) Object.assign(window, { dayFrom: now, today: 0 });
  const isOver = window.recent.length >= limit.max || window.today >= limit.perDay;
  if (!isOver) {
    window.recent.push(now);
    window.today++;
  }
  const resetMs = window.recent.length > 0 ? (window.recent[0] as number) + limit.windowMs - now : limit.windowMs;
  const headers = s.limitHeaders ? headersOf(limit, window, resetMs, now, s) : {};
  // A trial always gets a wait of a minute, even when its day is used up: only the daily header shows that.
  const retryAfterS = limit.windowMs === 60_000 && session.plan === 'trial' ? 60 : Math.max(1, Math.ceil(resetMs / 1_000));
  return { headers, refusal: isOver ? tooMany(retryAfterS, limit.text, headers, s) : null };
}

/** Returns a 429 in the selected form. */
export function tooMany(ownWaitS: number, message: string, headers: Record<string, string>, s: SimulatorSettings): Refusal {
  const retryAfterS = s.retryAfterS ?? ownWaitS;
  return {
    status: 429,
    body: s.retryAfterInBody ? { message, retry_after: retryAfterS } : { success: false, message },
    headers: { ...headers, ...(s.retryAfterHeader && { 'Retry-After': String(retryAfterS) }) },
  };
}

function limitOf(session: SimSession, endpoint: Limited): Limit | null {
  if (session.plan === 'off') return null;
  const ofPlan: Partial<Record<LimitPlan, Limit>> = limits[endpoint];
  const isProtected = session.plan === 'protected' || (session.plan === 'paid' && session.accountProtection);
  return (isProtected ? ofPlan.protected : undefined) ?? ofPlan[session.plan] ?? ofPlan.paid ?? null;
}

function headersOf(limit: Limit, window: CallWindow, resetMs: number, now: number, s: SimulatorSettings): Record<string, string> {
  const reset = (ms: number) => String(Math.ceil(Math.round(s.resetStyle === 'epoch' ? Date.now() + ms : ms) / 1_000));
  const hasReset = s.resetStyle !== 'absent';
  return {
    'X-RateLimit-Limit': String(limit.max),
    'X-RateLimit-Remaining': String(Math.max(0, limit.max - window.recent.length)),
    ...(hasReset && { 'X-RateLimit-Reset': reset(resetMs) }),
    ...(Number.isFinite(limit.perDay) && {
      'X-RateLimit-Daily-Limit': String(limit.perDay),
      'X-RateLimit-Daily-Remaining': String(Math.max(0, limit.perDay - window.today)),
      ...(hasReset && { 'X-RateLimit-Daily-Reset': reset(window.dayFrom + dayMs - now) }),
    }),
  };
}
