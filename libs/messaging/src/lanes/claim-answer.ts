import type { MessageBody } from '../message';
import type { MessageSource } from '../rendering/message-source.repository';

/** A message leased to this worker for one call. */
export interface ClaimedMessage {
  tenantId: string;
  sessionId: string;
  id: string;
  attempt: number;
  tries: number;
  state: 'claimed' | 'calling';
  classRank: number;
  recipient: string;
  /** Null when the body must first be made of the source. Such a message is `claimed`. */
  body: MessageBody | null;
  source: MessageSource | null;
  replyTo: string | null;
  /** Ms between the answer's clock reading and the slot; 0 or less: at once. */
  slotInMs: number;
  /** Ms between the answer's clock reading and the expiry of the message. */
  expiresInMs: number;
}

/** Reasons why a lane gave no message although one may be due. */
export type LaneBlock = 'taken' | 'invalid' | 'session' | 'provider' | 'released' | 'cap' | 'slot';

/**
 * Result of a claim. `askedAt` is the time when the statement was sent, in ms of `performance.now()`: never later than the database's clock
 * reading. `windowMs` 0: no pace.
 */
export type ClaimAnswer =
  /** The lease of the worker is over by the database's clock: nothing was claimed. */
  | { kind: 'lapsed' }
  /** Another claim or an intake holds the lane at this moment, or rows were stored that this claim could not see: claim again at once. */
  | { kind: 'again'; revision: string }
  | { kind: 'messages'; revision: string; messages: ClaimedMessage[]; windowMs: number; typingMs: number; askedAt: number }
  /** `inMs` null: blocked until the session changes. */
  | { kind: 'blocked'; why: LaneBlock; inMs: number | null; revision: string }
  /** This claim closed the lane, because the database cannot compute with a value in one of its rows. */
  | { kind: 'invalid'; inMs: number; detail: string }
  /** Nothing is due. `inMs`: time until something is due; null: nothing waits. */
  | { kind: 'idle'; inMs: number | null };

/** A row of the claim's answer: one for each message of a lane, or one that says why the lane gave none. */
export interface ClaimRow {
  session_id: string;
  lapsed: boolean;
  busy: boolean;
  /** True when groups stand apart in the lane: the claim of plain lanes skipped it. */
  grouped: boolean;
  /** Ms until the limits of a group allow a message. */
  group_wait_ms: number | null;
  block: LaneBlock | null;
  block_in_ms: number | null;
  revision: string | null;
  unseen: boolean;
  seen: number;
  window_ms: number;
  typing_ms: number;
  due_in_ms: number | null;
  tenant_id: string;
  id: string | null;
  attempt: number;
  tries: number;
  state: 'claimed' | 'calling';
  class: number;
  recipient: string;
  body: MessageBody | null;
  source: MessageSource | null;
  reply_to: string | null;
  slot_in_ms: number;
  expires_in_ms: number;
}

/** Returns what the rows of one lane say. */
export function toAnswer(rows: ClaimRow[], askedAt: number): ClaimAnswer {
  const [first] = rows;
  if (first?.lapsed) return { kind: 'lapsed' };
  if (!first || first.revision === null) return first?.busy ? { kind: 'again', revision: '-1' } : { kind: 'idle', inMs: null };
  if (first.id !== null) {
    return {
      kind: 'messages',
      revision: first.revision,
      messages: rows.map(toMessage),
      windowMs: first.window_ms,
      typingMs: first.typing_ms,
      askedAt,
    };
  }
  if (first.block) return { kind: 'blocked', why: first.block, inMs: first.block_in_ms, revision: first.revision };
  if (first.seen > 0 || first.unseen) return { kind: 'again', revision: first.revision };
  if (first.group_wait_ms !== null && first.due_in_ms !== null && first.group_wait_ms <= first.due_in_ms)
    return { kind: 'blocked', why: 'slot', inMs: first.group_wait_ms, revision: first.revision };
  return { kind: 'idle', inMs: first.due_in_ms };
}

function toMessage(row: ClaimRow): ClaimedMessage {
  return {
    tenantId: row.tenant_id,
    sessionId: row.session_id,
    id: row.id as string,
    attempt: row.attempt,
    tries: row.tries,
    state: row.state,
    classRank: row.class,
    recipient: row.recipient,
    body: row.body,
    source: row.source,
    replyTo: row.reply_to,
    slotInMs: row.slot_in_ms,
    expiresInMs: row.expires_in_ms,
  };
}
