import type { SimSession } from './accounts';
import type { SimulatorSettings } from './settings';

/** The provider's send limits (WasenderApi docs, rate-limits). */
const plans = {
  paid: { limit: 256, windowMs: 60_000, perDay: Infinity, text: 'Too many requests' },
  protected: { limit: 1, windowMs: 5_000, perDay: Infinity, text: 'Account protection is on: one message per 5 seconds' },
  trial: { limit: 1, windowMs: 60_000, perDay: 50, text: 'Trial plan: one message per minute' },
} as const;
const dayMs = 86_400_000;

/** What the limit says of one send: its headers, and the refusal if it is one too many. */
export interface LimitVerdict {
  headers: Record<string, string>;
  refusal: { message: string; retryAfterS: number } | null;
}

const none: LimitVerdict = { headers: {}, refusal: null };

/** Counts the send against the session's plan unless it is refused. `now`: monotonic ms of arrival. */
export function countSend(session: SimSession, now: number, settings: SimulatorSettings): LimitVerdict {
  const name = session.accountProtection && session.plan === 'paid' ? 'protected' : session.plan;
  if (name === 'off') return none;
  const plan = plans[name];
  while (session.recent.length > 0 && now - (session.recent[0] as number) >= plan.windowMs) session.recent.shift();
  if (now - session.dayFrom >= dayMs) {
    session.dayFrom = now;
    session.daySent = 0;
  }
  const dayLeft = plan.perDay - session.daySent;
  const over = session.recent.length >= plan.limit || dayLeft <= 0;
  if (!over) {
    session.recent.push(now);
    session.daySent++;
  }
  const resetMs = session.recent.length > 0 ? (session.recent[0] as number) + plan.windowMs - now : plan.windowMs;
  const reset = (ms: number) => String(settings.resetStyle === 'epoch' ? Math.ceil((Date.now() + ms) / 1_000) : Math.ceil(ms / 1_000));
  const headers: Record<string, string> = {
    'X-RateLimit-Limit': String(plan.limit),
    'X-RateLimit-Remaining': String(Math.max(0, plan.limit - session.recent.length)),
  };
  if (settings.resetStyle !== 'absent') headers['X-RateLimit-Reset'] = reset(resetMs);
  if (Number.isFinite(plan.perDay)) {
    headers['X-RateLimit-Daily-Limit'] = String(plan.perDay);
    headers['X-RateLimit-Daily-Remaining'] = String(Math.max(0, dayLeft - (over ? 0 : 1)));
    headers['X-RateLimit-Daily-Reset'] = reset(session.dayFrom + dayMs - now);
  }
  return {
    headers,
    refusal: over ? { message: plan.text, retryAfterS: name === 'trial' ? 60 : Math.max(1, Math.ceil(resetMs / 1_000)) } : null,
  };
}
