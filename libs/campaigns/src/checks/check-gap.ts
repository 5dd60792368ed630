import type { LaneView } from '@heliograph/messaging';

const dayMs = 86_400_000;
/** Time by which a call may reach the provider later than its slot. */
const slackMs = 30_000;

/** Limits of a session that its number checks keep too. */
export type CheckLane = Pick<LaneView, 'windowMs' | 'windowLimit' | 'dailyCap' | 'warmUp' | 'warmUpDay'>;

/**
 * Returns the ms between two number checks of a session; null: it makes none today. The budget is spread evenly over 24 hours, so that no window
 * of 24 hours has more checks than the budget. A session makes no more checks than it may send messages, by its caps, its warm-up and its pace.
 * @param lane null: the session has no limits of its own
 */
export function checkGapMs(perDay: number, lane: CheckLane | null): number | null {
  const warmUp = lane?.warmUp && lane.warmUpDay ? (lane.warmUp[lane.warmUpDay - 1] ?? null) : null;
  const maxPerDay = Math.min(perDay, lane?.dailyCap ?? Infinity, warmUp ?? Infinity);
  if (maxPerDay < 1) return null;
  const pacedMs = lane && lane.windowLimit > 0 ? lane.windowMs / lane.windowLimit : 0;
  return Math.ceil(Math.max((dayMs + slackMs) / maxPerDay, pacedMs));
}
