import type { DeadLetter } from '../dead-letters/dead-letter';
import type { LaneStanding } from '../lanes/lane-standing';
import type { MessageState } from '../message';
import type { MessageRecord } from './message-record';
import { type Reason, reasonOf } from './reason-catalogue';

/**
 * One thing that keeps a message from being sent. `scheduled`: its time has not come. `retry`: a pause after a failed try.
 * `session`: not connected, or held. `provider_pause`: the provider asked to wait. `hourly_cap`, `daily_cap`: used up.
 * `send_window`: closed. `pace`: the lane's next slot. `place_in_lane`: others go first. `in_flight`: it is being sent now.
 * `turn`: nothing; a worker takes it in a moment.
 */
export interface Obstacle {
  reason:
    | 'scheduled'
    | 'retry'
    | 'session'
    | 'provider_pause'
    | 'hourly_cap'
    | 'daily_cap'
    | 'send_window'
    | 'pace'
    | 'place_in_lane'
    | 'in_flight'
    | 'turn';
  /** When it ends by itself; null: not by time. */
  until: Date | null;
  detail: string | null;
}

/** Why a message stands where it stands. */
export interface MessageWait {
  id: string;
  state: MessageState;
  obstacles: Obstacle[];
  /** Earliest time of the call as far as time alone decides; null when something else must happen first, or the message is out of its lane. */
  earliestAt: Date | null;
  /** Messages of the lane that go first. `orMore`: there are more than were counted. */
  ahead: { count: number; orMore: boolean };
  /** What the last cause means; null when nothing went wrong. */
  explanation: Reason | null;
  detail: string | null;
}

/** Puts together what the row, its lane and its dead letter say. `ahead` counts one more than `mostAhead` at most. */
export function waitOf(
  message: MessageRecord,
  lane: LaneStanding | null,
  ahead: number,
  mostAhead: number,
  letter: Pick<DeadLetter, 'state' | 'cause'> | null,
): MessageWait {
  const cause = message.state === 'uncertain' && letter?.state === 'open' ? letter.cause : message.cause;
  const obstacles = lane ? obstaclesOf(message, lane, Math.min(ahead, mostAhead), ahead > mostAhead) : [];
  const isWaiting = obstacles.length > 0;
  const byTime = obstacles.flatMap((obstacle) => obstacle.until ?? []);
  return {
    id: message.id,
    state: message.state,
    obstacles,
    earliestAt:
      !isWaiting || !lane || obstacles.some((o) => o.reason === 'session')
        ? null
        : new Date(Math.max(lane.now.getTime(), ...byTime.map((at) => at.getTime()))),
    ahead: { count: Math.min(ahead, mostAhead), orMore: ahead > mostAhead },
    explanation: cause === null ? null : reasonOf(cause),
    detail: message.detail,
  };
}

function obstaclesOf(message: MessageRecord, lane: LaneStanding, ahead: number, orMore: boolean): Obstacle[] {
  if (message.state === 'claimed' || message.state === 'calling') return [{ reason: 'in_flight', until: null, detail: null }];
  const found: Obstacle[] = [];
  const add = (applies: boolean, reason: Obstacle['reason'], until: Date | null = null, detail: string | null = null): void => {
    if (applies) found.push({ reason, until, detail });
  };
  const isAhead = message.dueAt !== null && message.dueAt > lane.now;
  add(isAhead, message.state === 'scheduled' ? 'scheduled' : 'retry', message.dueAt, message.cause);
  add(lane.sessionStatus !== 'connected' || lane.heldReason !== null, 'session', null, lane.heldReason ?? lane.sessionStatus);
  add(lane.closedUntil !== null, 'provider_pause', lane.closedUntil, lane.closedReason);
  add(lane.leftThisHour === 0, 'hourly_cap', lane.hourEndsAt);
  add(lane.leftToday === 0, 'daily_cap', lane.dayEndsAt);
  add(lane.windowClosed !== null && !lane.windowClosed.exempt.includes(message.class), 'send_window', lane.windowClosed?.opensAt ?? null);
  add(lane.nextSlotAt > lane.now, 'pace', lane.nextSlotAt);
  add(ahead > 0, 'place_in_lane', null, `${orMore ? 'more than ' : ''}${ahead} ahead`);
  add(found.length === 0, 'turn', null);
  return found;
}
