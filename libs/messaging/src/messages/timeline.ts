import type { MessageState } from '../message';
import type { MessageRecord } from './message-record';

/** One line of a message's history. The first has `from` null; a note (late answer, binding) has the same state twice. */
export interface TimelineEntry {
  at: Date;
  from: MessageState | null;
  to: MessageState;
  attempt: number;
  cause: string | null;
  detail: string | null;
}

/** One call to the provider. `outcome` is null while it is under way. */
export interface Attempt {
  number: number;
  calledAt: Date;
  settledAt: Date | null;
  outcome: MessageState | null;
  cause: string | null;
  detail: string | null;
}

/** The stored events behind the state in which the message was accepted, which only its row tells. */
export function toTimeline(message: Pick<MessageRecord, 'createdAt' | 'sendAt'>, events: TimelineEntry[]): TimelineEntry[] {
  const first = message.sendAt && message.sendAt > message.createdAt ? 'scheduled' : 'queued';
  return [{ at: message.createdAt, from: null, to: first, attempt: 0, cause: null, detail: null }, ...events];
}

/** The calls a timeline tells of: each step into `calling`, and the next step after it. */
export function attemptsOf(timeline: TimelineEntry[]): Attempt[] {
  const attempts: Attempt[] = [];
  for (const entry of timeline) {
    if (entry.from === entry.to) continue;
    const open = attempts.at(-1);
    if (entry.to === 'calling') {
      attempts.push({ number: entry.attempt, calledAt: entry.at, settledAt: null, outcome: null, cause: null, detail: null });
    } else if (open && open.outcome === null && entry.from === 'calling') {
      Object.assign(open, { settledAt: entry.at, outcome: entry.to, cause: entry.cause, detail: entry.detail });
    }
  }
  return attempts;
}
