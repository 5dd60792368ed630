import { createHash } from 'node:crypto';

/*
 * Says from the outside what became of messages: what was asked for against what the provider took. Shares no code with the
 * product, so that a mistake there cannot hide here.
 */

/** One message the driver means to have sent, written down before the product hears of it. */
export interface Intent {
  /** The driver's own number. */
  id: number;
  /** The session at the provider it must leave through. */
  session: number;
  /** As the driver spelled it. */
  to: string;
  text: string;
  /** The product's id, once it answered with one; null: it never acknowledged the message. */
  messageId: string | null;
}

/** One accepted send of the provider's ledger. */
export interface Accept {
  seq: number;
  wallMs: number;
  sessionId: number;
  recipient: string;
  hash: string;
}

/** States of messages as the product reports them at one moment, by message id. */
export interface Sample {
  atMs: number;
  states: Map<string, string>;
}

/** One thing that went wrong, with the evidence to look at it. */
export interface Violation {
  kind: 'duplicate' | 'missing' | 'false-sent' | 'false-failed' | 'phantom' | 'unsettled' | 'regression' | 'pace';
  detail: string;
  intents: Intent[];
  accepts: Accept[];
}

/** All there is to judge. */
export interface Evidence {
  intents: Intent[];
  accepts: Accept[];
  /** Final states by message id. */
  states: Map<string, string>;
  samples?: Sample[];
  /** Most accepts per session in any window. */
  pace?: { windowMs: number; limit: number };
}

/** The judgement. */
export interface Verdict {
  counts: Record<string, number>;
  violations: Violation[];
}

const rank: Record<string, number> = { sent: 2, delivered: 3, read: 4, played: 5 };
const left = new Set(Object.keys(rank));
const notSent = new Set(['failed', 'cancelled', 'expired', 'suppressed']);

/** Digits of a phone in any spelling. */
export const digitsOf = (to: string): string => to.replace(/@.*$/, '').replace(/\D/g, '');

/** SHA-256 of a text message's content, as the provider's ledger writes it. */
export const textHash = (text: string): string =>
  createHash('sha256')
    .update(JSON.stringify([['text', text]]))
    .digest('hex');

/**
 * Compares as multisets: messages with the same session, person and text look the same at the provider, so each such group
 * is judged as one. With unique texts every group is one message.
 */
export function judge({ intents, accepts, states, samples = [], pace }: Evidence): Verdict {
  const violations: Violation[] = [];
  const counts = { intents: intents.length, accepts: accepts.length, left: 0, notSent: 0, uncertain: 0, unacknowledged: 0 };
  const groups = new Map<string, { intents: Intent[]; accepts: Accept[] }>();
  const groupOf = (key: string) => {
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { intents: [], accepts: [] }));
    return group;
  };
  for (const intent of intents) groupOf(`${intent.session}/${digitsOf(intent.to)}/${textHash(intent.text)}`).intents.push(intent);
  for (const accept of accepts) groupOf(`${accept.sessionId}/${accept.recipient}/${accept.hash}`).accepts.push(accept);

  for (const group of groups.values()) {
    const blame = (kind: Violation['kind'], detail: string) => violations.push({ kind, detail, ...group });
    if (group.intents.length === 0) {
      blame('phantom', 'the provider took a message nobody asked for');
      continue;
    }
    const tally = { left: 0, uncertain: 0, notSent: 0, unacknowledged: 0, other: [] as string[] };
    for (const intent of group.intents) {
      const state = intent.messageId === null ? null : states.get(intent.messageId);
      if (state === null) tally.unacknowledged++;
      else if (state !== undefined && left.has(state)) tally.left++;
      else if (state === 'uncertain') tally.uncertain++;
      else if (state !== undefined && notSent.has(state)) tally.notSent++;
      else tally.other.push(state ?? 'not there');
    }
    counts.left += tally.left;
    counts.notSent += tally.notSent;
    counts.uncertain += tally.uncertain;
    counts.unacknowledged += tally.unacknowledged;
    const taken = group.accepts.length;
    if (taken > group.intents.length) blame('duplicate', `taken ${taken} times, wanted ${group.intents.length} times`);
    else if (taken > tally.left + tally.uncertain + tally.unacknowledged + tally.other.length)
      blame('false-failed', `taken ${taken} times, and ${tally.notSent} said not to be sent`);
    if (taken < tally.left) blame('false-sent', `${tally.left} said to be sent, taken ${taken} times`);
    if (tally.other.includes('not there')) blame('missing', 'acknowledged, and not there any more');
    else if (tally.other.length > 0) blame('unsettled', `still ${tally.other.join(', ')}`);
  }
  violations.push(...regressions(samples, intents), ...(pace ? paceViolations(accepts, pace) : []));
  return { counts: { ...counts, ...tallyOf(violations) }, violations };
}

/** A message whose state fell from one sample to the next, or left a final one. */
function regressions(samples: Sample[], intents: Intent[]): Violation[] {
  const found: Violation[] = [];
  const highest = new Map<string, string>();
  for (const { states } of samples)
    for (const [id, state] of states) {
      const before = highest.get(id);
      const fell = before !== undefined && ((rank[before] ?? 0) > (rank[state] ?? 0) || (notSent.has(before) && before !== state));
      // A provider may report a failure of what it had taken; that is no fall.
      // Nor is it one when what reached the person outranks that report.
      if (fell && !(before === 'sent' && state === 'failed') && !(before === 'failed' && (rank[state] ?? 0) >= 2))
        found.push({
          kind: 'regression',
          detail: `${id} fell from ${before} to ${state}`,
          intents: intents.filter((i) => i.messageId === id),
          accepts: [],
        });
      else highest.set(id, state);
    }
  return found;
}

function paceViolations(accepts: Accept[], { windowMs, limit }: { windowMs: number; limit: number }): Violation[] {
  const found: Violation[] = [];
  for (const [session, lines] of Map.groupBy(accepts, (accept) => accept.sessionId)) {
    const sorted = [...lines].sort((a, b) => a.wallMs - b.wallMs);
    sorted.forEach((line, i) => {
      const first = sorted[i - limit];
      if (first && line.wallMs - first.wallMs < windowMs)
        found.push({
          kind: 'pace',
          detail: `session ${session}: ${limit + 1} in ${line.wallMs - first.wallMs} ms`,
          intents: [],
          accepts: sorted.slice(i - limit, i + 1),
        });
    });
  }
  return found;
}

function tallyOf(violations: Violation[]): Record<string, number> {
  const tally: Record<string, number> = {
    duplicate: 0,
    missing: 0,
    'false-sent': 0,
    'false-failed': 0,
    phantom: 0,
    unsettled: 0,
    regression: 0,
    pace: 0,
  };
  for (const { kind } of violations) tally[kind] = (tally[kind] ?? 0) + 1;
  return tally;
}
