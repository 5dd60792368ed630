import type { ReportedCampaignMove } from '@heliograph/campaigns';
import type { ReportedConsent } from '@heliograph/contacts';
import type { ReportedEntry, ReportedEntryChange } from '@heliograph/inbox';
import type { OpenedLetter } from '@heliograph/dead-letters';
import { type LetterMessage, messageOf, type MessageState, originView, type ReportedMessageEvent } from '@heliograph/messaging';
import type { ReportedSessionEvent } from '@heliograph/tenants';
import { type CallbackData, type CallbackEvent, callbackEvent, type CallbackType } from './callback-types';

/** Order of the states of a sent message. */
const rank: Partial<Record<MessageState, number>> = { sent: 1, delivered: 2, read: 3, played: 3 };
const ranked = ['message.sent', 'message.delivered', 'message.read'] as const satisfies CallbackType[];
const failures: ReadonlySet<MessageState> = new Set(['failed', 'expired', 'suppressed']);

/** States that are reported to endpoints. */
export const reportedStates = [
  'sent',
  'delivered',
  'read',
  'played',
  'failed',
  'expired',
  'suppressed',
  'uncertain',
] as const satisfies MessageState[];

/** Returns the events of one move. A message that moves to delivered without sent gets both events. */
export function messageEvents(move: ReportedMessageEvent, persons: PersonOf): CallbackEvent[] {
  const report = (type: 'message.failed' | 'message.uncertain' | (typeof ranked)[number]) =>
    callbackEvent(
      type,
      placeOf(move, persons, new Date(move.at)),
      messageData(move.messageId, { ...move, state: move.to }, new Date(move.at)),
    );
  if (failures.has(move.to)) return [report('message.failed')];
  if (move.to === 'uncertain') return [report('message.uncertain')];
  const last = rank[move.to] ?? 0;
  // A failure that evidence corrected: the earlier states were reported.
  return ranked.slice(move.from === 'failed' ? last - 1 : (rank[move.from] ?? 0), last).map(report);
}

/** Returns the event of a dead letter; for a message, also that the message is dead. */
export function letterEvents(letter: OpenedLetter, persons: PersonOf): CallbackEvent[] {
  const { tenantId, sessionId, createdAt: at } = letter;
  const message = messageOf(letter);
  const created = callbackEvent(
    'dead_letter.created',
    { tenantId, sessionId, orderKey: message ? orderKey(tenantId, message, persons) : letter.id, at },
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
  return [callbackEvent('message.dead', placeOf({ ...message, tenantId }, persons, at), data), created];
}

export function sessionEvent(change: ReportedSessionEvent): CallbackEvent {
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

/** Returns the event of a campaign that was decided on, started, was paused or cancelled, or is over. */
export function campaignEvent({ tenantId, campaignId, name, move, detail, actor, at, messages }: ReportedCampaignMove): CallbackEvent {
  return callbackEvent(
    `campaign.${move}`,
    { tenantId, sessionId: null, orderKey: campaignId, at },
    { campaign_id: campaignId, name, actor, detail, messages, at: at.toISOString() },
  );
}

/** Returns the event of an entry. */
export function entryEvent(entry: ReportedEntry, persons: PersonOf): CallbackEvent {
  const { tenantId, sessionId, chat, phone, lid, answers, media, receivedAt: at, actionable } = entry;
  const isPerson = chat === null || !/@(g\.us|newsletter)$/.test(chat);
  const address = (isPerson ? (phone ?? lid) : chat) ?? chat ?? entry.id;
  return callbackEvent(
    'message.received',
    {
      tenantId,
      sessionId,
      orderKey: orderKey(tenantId, { sessionId, recipient: address }, persons),
      at,
      actionable: actionable.length > 0,
    },
    {
      entry_id: entry.id,
      session_id: sessionId,
      conversation_id: entry.conversationId,
      contact_id: entry.contactId,
      whatsapp_id: entry.keyId,
      chat,
      from: { phone, lid, name: entry.pushName },
      type: entry.kind,
      text: entry.text,
      choice_id: entry.choiceId,
      media: media && { type: media.kind, mimetype: media.mimetype, file_name: media.fileName, view_once: media.viewOnce },
      in_reply_to: answers && { message_id: answers.messageId, by: answers.by, group_id: answers.groupId, client_ref: answers.clientRef },
      actionable: actionable.length > 0,
      reasons: actionable,
      sent_at: entry.sentAt?.toISOString() ?? null,
      received_at: at.toISOString(),
    },
  );
}

/** Returns the event of an edit, a deletion or a reaction. */
export function changeEvent(change: ReportedEntryChange, persons: PersonOf): CallbackEvent {
  const { tenantId, sessionId, at, chat, text } = change;
  const place = { tenantId, sessionId, orderKey: orderKey(tenantId, { sessionId, recipient: chat ?? change.keyId }, persons), at };
  const data = {
    whatsapp_id: change.keyId,
    session_id: sessionId,
    conversation_id: change.conversationId,
    entry_id: change.entryId,
    message_id: change.messageId,
    chat,
    at: at.toISOString(),
  };
  switch (change.kind) {
    case 'edited':
      return callbackEvent('message.edited', place, { ...data, text });
    case 'deleted':
      return callbackEvent('message.deleted', place, data);
    case 'reaction':
      return callbackEvent('message.reaction', place, { ...data, author: change.author, emoji: text });
  }
}

/** Returns the event of an opt-out, an opt-in, or a consent that no longer counts. */
export function consentEvent(consent: ReportedConsent, persons: PersonOf): CallbackEvent {
  const { tenantId, sessionId, at, address, voids } = consent;
  // The contact may have no address.
  const recipient = address ?? consent.contactId;
  const place = { tenantId, sessionId, orderKey: orderKey(tenantId, { sessionId: sessionId ?? '', recipient }, persons), at };
  const data = {
    consent_id: consent.id,
    contact_id: consent.contactId,
    address,
    addresses: consent.addresses,
    session_id: sessionId,
    source: consent.source,
    text: consent.text,
    actor: consent.actor,
    at: at.toISOString(),
  };
  if (voids !== null) return callbackEvent('contact.consent_voided', place, { ...data, voids });
  return callbackEvent(consent.action === 'opt_out' ? 'contact.opted_out' : 'contact.opted_in', place, data);
}

/** Returns the number of an address where it is known: one value per person, whichever address a message names. */
export type PersonOf = (tenantId: string, address: string) => string;

/** Returns the key of a conversation: one session and one person. */
function orderKey(tenantId: string, of: { sessionId: string; recipient: string }, persons: PersonOf): string {
  return `${of.sessionId}/${persons(tenantId, of.recipient)}`;
}

function placeOf(of: { tenantId: string; sessionId: string; recipient: string }, persons: PersonOf, at: Date) {
  return { tenantId: of.tenantId, sessionId: of.sessionId, orderKey: orderKey(of.tenantId, of, persons), at };
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
    type: of.kind,
    class: of.class,
    client_ref: of.clientRef,
    tags: of.tags,
    state: of.state,
    attempt: of.attempt,
    cause: of.cause,
    detail: of.detail,
    origin: originView(of.origin),
    at: at.toISOString(),
  };
}
