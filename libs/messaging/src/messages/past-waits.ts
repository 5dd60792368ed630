import type { MessageStep } from '../history/step-actor';
import { type WaitReason, waitReasons } from './message-why.repository';

/** Reasons of waits that are over. The history does not keep the others: their time belongs to `pace` and `lane`. */
export const pastReasons = [
  'group_paused',
  'send_at',
  'file',
  'retry',
  'session',
  'provider',
  'source',
  'send_window',
  'pace',
  'lane',
  'evidence',
] as const satisfies (WaitReason | 'evidence')[];
export type PastReason = (typeof pastReasons)[number];

/** Span of time. */
export interface Span {
  from: Date;
  until: Date;
}

/** A wait of a message that is over. */
export interface PastWait extends Span {
  reason: PastReason;
  /** Messages of its lane that were sent meanwhile; null where the wait has another reason. */
  ahead: number | null;
}

/** Spans in which a reason held, from the histories of what a message depends on. */
export type HoldingSpans = Partial<Record<PastReason, Span[]>>;

/** Facts from which the waits of a message are derived. */
export interface WaitFacts {
  createdAt: Date;
  sendAt: Date | null;
  steps: readonly Pick<MessageStep, 'at' | 'from' | 'to' | 'cause' | 'dueAt'>[];
  held: HoldingSpans;
  /** Times at which other messages of the lane were sent, in any order. */
  sentInLane: readonly Date[];
}

/** Causes of a return to the lane that name what the message waits for next, up to its next claim. */
const waitsAfter: Record<string, PastReason | undefined> = { source_unavailable: 'source', file_unavailable: 'file' };

/** A stretch of waiting, from the acceptance or a return to the lane to the next call or the end. */
interface Stretch extends Span {
  held: HoldingSpans;
}

/** Returns the stretches in which a message waited in its lane, and those in which evidence of its outcome was looked for. */
function stretchesOf({ createdAt, sendAt, steps }: WaitFacts): Stretch[] {
  const stretches: Stretch[] = [];
  let since: Date | null = createdAt;
  let held: HoldingSpans = sendAt ? { send_at: [{ from: createdAt, until: sendAt }] } : {};
  let doubtSince: Date | null = null;
  for (const { at, from, to, cause, dueAt } of steps) {
    if (from === to) continue;
    if (from === 'uncertain' && doubtSince) {
      stretches.push({ from: doubtSince, until: at, held: { evidence: [{ from: doubtSince, until: at }] } });
      doubtSince = null;
    }
    if (since && !['scheduled', 'queued', 'claimed'].includes(to)) {
      stretches.push({ from: since, until: at, held });
      since = null;
    }
    if (to === 'uncertain') doubtSince = at;
    if (to !== 'queued' || from === 'scheduled') continue;
    // What is claimed and given back unchanged goes on waiting.
    const reason = waitsAfter[cause ?? ''];
    if (since && !reason && !dueAt) continue;
    if (since) stretches.push({ from: since, until: at, held });
    since = at;
    held = {
      ...(dueAt && { retry: [{ from: at, until: dueAt }] }),
      ...(reason && { [reason]: [{ from: at, until: claimAfter(steps, at) }] }),
    };
  }
  return stretches;
}

/** Returns the time of the next claim after this time. */
function claimAfter(steps: WaitFacts['steps'], at: Date): Date {
  return steps.find((step) => step.at > at && (step.to === 'claimed' || step.to === 'calling'))?.at ?? at;
}

/** The most decisive reason first, as for a message that waits now. */
const order = [...waitReasons, 'evidence'] as readonly PastReason[];

/**
 * Returns the waits of a message that are over, the first one first. They do not overlap, and together with the calls they are the whole time from
 * its acceptance to its last call. Where several reasons held, the most decisive one counts.
 */
export function pastWaits(facts: WaitFacts): PastWait[] {
  return stretchesOf(facts).flatMap((stretch) => {
    const spans = pastReasons.map((reason) => ({ reason, of: [...(facts.held[reason] ?? []), ...(stretch.held[reason] ?? [])] }));
    const cuts = [stretch, ...spans.flatMap(({ of }) => of)]
      .flatMap(({ from, until }) => [from.getTime(), until.getTime()])
      .filter((cut) => cut >= stretch.from.getTime() && cut <= stretch.until.getTime());
    const edges = [...new Set(cuts)].sort((a, b) => a - b);
    const waits: PastWait[] = [];
    for (const [i, from] of edges.slice(0, -1).entries()) {
      const until = edges[i + 1] as number;
      const holds = spans.filter(({ of }) => of.some((span) => span.from.getTime() <= from && span.until.getTime() >= until));
      const reason = order.find((name) => holds.some((hold) => hold.reason === name)) ?? 'pace';
      const last = waits.at(-1);
      if (last?.reason === reason) last.until = new Date(until);
      else waits.push({ reason, from: new Date(from), until: new Date(until), ahead: null });
    }
    return waits.map((wait) => (wait.reason === 'pace' ? behindOthers(wait, facts.sentInLane) : wait));
  });
}

/** Tells a wait for other messages from one for the next slot alone. */
function behindOthers(wait: PastWait, sentInLane: readonly Date[]): PastWait {
  const ahead = sentInLane.filter((at) => at > wait.from && at <= wait.until).length;
  return { ...wait, reason: ahead > 0 ? 'lane' : 'pace', ahead };
}
