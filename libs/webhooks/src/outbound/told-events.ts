import type { LetterMessage, MessageState, OpenedLetter, ToldMessageEvent } from '@heliograph/messaging';
import type { ToldSessionEvent } from '@heliograph/tenants';
import { type CallbackData, type CallbackEvent, callbackEvent, type CallbackType } from './callback-types';

/** How far a message is that has left. */
const rank: Partial<Record<MessageState, number>> = { sent: 1, delivered: 2, read: 3, played: 3 };
const ranked = ['message.sent', 'message.delivered', 'message.read'] as const satisfies CallbackType[];
const failures: ReadonlySet<MessageState> = new Set(['failed', 'expired', 'suppressed']);

/** States whose reaching is told. */
export const toldStates = [
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'expired',
  'suppressed',
  'uncertain',
] as const satisfies MessageState[];

/** What is told of one move. A message that was found delivered without having been seen sent was sent too. */
export function messageEvents(move: ToldMessageEvent): CallbackEvent[] {
  const tell = (type: 'message.failed' | 'message.uncertain' | (typeof ranked)[number]) =>
    callbackEvent(type, placeOf(move, new Date(move.at)), messageData(move.messageId, { ...move, state: move.to }, new Date(move.at)));
  if (failures.has(move.to)) return [tell('message.failed')];
  if (move.to === 'uncertain') return [tell('message.uncertain')];
  return ranked.slice(rank[move.from] ?? 0, rank[move.to]).map(tell);
}

/** A dead letter; of a message, also that the message is dead. */
export function letterEvents(letter: OpenedLetter): CallbackEvent[] {
  const { tenantId, sessionId, message, createdAt: at } = letter;
  const created = callbackEvent(
    'dead_letter.created',
    { tenantId, sessionId, orderKey: message ? orderKey(message) : letter.id, at },
    {
      dead_letter_id: letter.id,
      kind: letter.kind,
      subject_id: letter.subjectId,
      session_id: sessionId,
      group_id: letter.groupId,
      cause: letter.cause,
      detail: letter.detail,
      at: at.toISOString(),
    },
  );
  if (!message) return [created];
  const { cause, detail } = letter;
  const data = messageData(letter.subjectId, { ...message, cause, detail }, at);
  return [callbackEvent('message.dead', placeOf({ ...message, tenantId }, at), data), created];
}

export function sessionEvent(change: ToldSessionEvent): CallbackEvent {
  const { tenantId, sessionId, at } = change;
  return callbackEvent(
    'session.status',
    { tenantId, sessionId, orderKey: sessionId, at },
    {
      session_id: sessionId,
      status: change.toStatus,
      previous_status: change.fromStatus,
      raw_status: change.rawStatus,
      reason: change.reason,
      source: change.source,
      at: at.toISOString(),
    },
  );
}

/** Messages to one address through one session are one conversation. */
const orderKey = (of: { sessionId: string; recipient: string }) => `${of.sessionId}/${of.recipient}`;

function placeOf(of: { tenantId: string; sessionId: string; recipient: string }, at: Date) {
  return { tenantId: of.tenantId, sessionId: of.sessionId, orderKey: orderKey(of), at };
}

function messageData(
  id: string,
  of: LetterMessage & { cause: string | null; detail: string | null },
  at: Date,
): CallbackData<'message.sent'> {
  return {
    message_id: id,
    session_id: of.sessionId,
    group_id: of.groupId,
    to: of.recipient,
    kind: of.kind,
    class: of.class,
    client_ref: of.clientRef,
    tags: of.tags,
    state: of.state,
    attempt: of.attempt,
    cause: of.cause,
    detail: of.detail,
    origin: of.origin && { event_id: of.origin.eventId, rule_id: of.origin.ruleId, rule_version: of.origin.ruleVersion },
    at: at.toISOString(),
  };
}
