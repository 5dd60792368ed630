import { cleanText } from '@heliograph/kernel';
import type { ParsedHook, ReceiptStatus, UnreadableReason } from '../whatsapp-provider';
import { isObject, parseJson } from './answer';
import { chatOf, chatOfNobody, keyId, lidOf, phoneOf, reactionAuthor } from './addresses';
import { editFact, isRevokeStub, type ItemFact, messageFacts, pairs, protocolFact, protocolIn, timeOf, unreadable } from './hook-message';
import { foldStatus } from './fold-status';

const messageEvents = new Set([
  'messages.received',
  'messages.recieved', // the spelling of one client library
  'messages-personal.received',
  'messages-group.received',
  'messages-newsletter.received',
  'messages.upsert',
]);
const knownUnhandled = /^(chats|groups|contacts|group-participants|passkey|call)(\.|$)/;

const statusByNumber: ReceiptStatus[] = ['error', 'pending', 'sent', 'delivered', 'read', 'played'];
const statusByWord: Record<string, ReceiptStatus> = {
  error: 'error',
  failed: 'error',
  pending: 'pending',
  sent: 'sent',
  server_ack: 'sent',
  delivered: 'delivered',
  delivery_ack: 'delivered',
  read: 'read',
  played: 'played',
};

type Json = Record<string, unknown>;

/** Parses a status: a number, digits as text, or a word in any case; null for anything else. */
export function receiptStatus(value: unknown): ReceiptStatus | null {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d$/.test(value))) return statusByNumber[Number(value)] ?? null;
  return typeof value === 'string' ? (statusByWord[value.toLowerCase()] ?? null) : null;
}

function list(value: unknown): unknown[] {
  return value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
}

/** Parses each item of a list, or a single item in place of a list. Skips chats in which no person writes. */
function each(value: unknown, read: (item: Json) => ItemFact[]): ItemFact[] {
  return list(value).flatMap((item): ItemFact[] => {
    if (!isObject(item)) return [unreadable('not_an_object')];
    const key = [item.key, isObject(item.message) ? item.message.key : null].find(isObject) ?? item;
    const nobody = chatOfNobody(key.remoteJid);
    return nobody ? [{ type: 'contentless', kind: nobody }] : read(item);
  });
}

/** Returns the messages of a hook, in any wrapper: `data.messages`, `data.message` with a key, or `data` with a key. */
function messagesOf(data: unknown): unknown[] {
  if (Array.isArray(data)) return data;
  if (!isObject(data)) return list(data);
  if (data.messages !== undefined) return list(data.messages);
  if (isObject(data.message) && data.message.key !== undefined) return [data.message];
  return data.key !== undefined ? [data] : [];
}

/** Parses one hook body (contract section 8, every documented form and every variant seen in the field). Never throws. */
export function parseHook(body: string): ParsedHook {
  let envelope: unknown;
  try {
    envelope = parseJson(body);
  } catch {
    return { kind: 'malformed', reason: 'not_json' };
  }
  if (!isObject(envelope)) return { kind: 'malformed', reason: 'not_an_object' };
  if (typeof envelope.event !== 'string' || envelope.event === '') return { kind: 'malformed', reason: 'no_event' };
  const event = cleanText(envelope.event.slice(0, 100));
  const at = timeOf(envelope.timestamp);
  const read = factsOf(event, envelope.data, at);
  if (read === null) return { kind: 'unhandled', event };
  const facts = read.filter((fact) => fact.type !== 'contentless' && fact.type !== 'unreadable');
  const contentless = read.flatMap((fact) => (fact.type === 'contentless' ? [fact.kind] : []));
  if (facts.length === 0 && contentless.length === 0 && !knownUnhandled.test(event))
    return { kind: 'malformed', reason: 'nothing_readable' };
  const reasons: Partial<Record<UnreadableReason, number>> = {};
  for (const fact of read) if (fact.type === 'unreadable') reasons[fact.reason] = (reasons[fact.reason] ?? 0) + 1;
  return {
    kind: 'facts',
    event,
    at,
    facts,
    ...(contentless.length > 0 && { contentless }),
    ...(Object.keys(reasons).length > 0 && { unreadable: reasons }),
  };
}

function factsOf(event: string, data: unknown, at: Date | null): ItemFact[] | null {
  if (messageEvents.has(event)) {
    const items = messagesOf(data);
    // An id at the top of `data` belongs to a single message; among several it is ambiguous.
    const outerIds = items.length === 1 && isObject(data) ? [data.msgId, data.id] : [];
    return each(items, (item) => messageFacts(item, at, outerIds));
  }
  switch (event) {
    case 'message.sent':
      return sentFacts(data, at);
    case 'messages.update':
      return each(data, (item) => updateFacts(item, at));
    case 'message-receipt.update':
      return each(data, (item) => receiptFacts(isObject(item.message) ? item.message : item, at));
    case 'messages.delete':
      // The owner of the session cleared a chat on the phone: nothing was deleted for the other side.
      if (isObject(data) && data.all === true) return [{ type: 'contentless', kind: 'chat_cleared' }];
      return each(isObject(data) ? (data.keys ?? data.key) : data, (key) => {
        const id = keyId(key);
        return id ? [{ type: 'deleted', keyId: id }] : [unreadable('no_id')];
      });
    case 'messages.reaction':
      return each(data, (item) => reactionFacts(item, at));
    case 'poll.results':
      return each(data, (item) => pollFacts(item, at));
    case 'session.status':
      return isObject(data) && typeof data.status === 'string'
        ? [
            {
              type: 'session_status',
              status: foldStatus(data.status),
              rawStatus: cleanText(data.status.slice(0, 60)),
              detail: typeof data.reason === 'string' ? cleanText(data.reason.slice(0, 200)) : null,
              ...phoneIn(data),
            },
          ]
        : [];
    case 'qrcode.updated': {
      const qr = isObject(data) ? (data.qr ?? data.qrCode) : null;
      return typeof qr === 'string' && qr !== '' ? [{ type: 'qr', qr: cleanText(qr.slice(0, 16_384)) }] : [];
    }
    case 'contacts.upsert':
    case 'contacts.update':
      return each(data, (contact) => {
        const phone = phoneOf(contact.phoneNumber) ?? phoneOf(contact.jid) ?? phoneOf(contact.id);
        const lid = lidOf(contact.lid) ?? lidOf(contact.jid) ?? lidOf(contact.id);
        return phone && lid ? [{ type: 'lid_pair', phone, lid }] : [];
      });
    default:
      return null;
  }
}

/** Returns the phone number that a session's hook contains, in any member. */
function phoneIn(data: Json): { phone?: string } {
  const user = isObject(data.user) ? data.user : {};
  const phone = [data.phone, data.phoneNumber, data.phone_number, user.id, user.phone, data.jid].map(phoneOf).find((one) => one !== null);
  return phone ? { phone } : {};
}

function sentFacts(data: unknown, at: Date | null): ItemFact[] {
  if (!isObject(data)) return [];
  if (data.success === false || (data.key === undefined && typeof data.error === 'string')) {
    const detail = typeof data.error === 'string' ? cleanText(data.error.slice(0, 300)) : '';
    return [{ type: 'send_failed', detail: detail.replace(/\+?\d{6,15}/g, '(number)'), phone: phoneOf(/\+?\d{7,15}/.exec(detail)?.[0]) }];
  }
  const items = messagesOf(data.messages === undefined && data.key !== undefined ? { messages: { ...data, message: data.message } } : data);
  return each(items, (item) => {
    const own = isObject(item.key) ? { ...item, key: { ...item.key, fromMe: true } } : item;
    const status = receiptStatus(item.status);
    const facts = messageFacts(own, at, [data.msgId, data.id]).map((fact) =>
      fact.type === 'own_message' ? { ...fact, viaApi: true } : fact,
    );
    const id = keyId(own.key);
    return id && status ? [...facts, { type: 'receipt', keyId: id, status, member: null, at }] : facts;
  });
}

function updateFacts(item: Json, at: Date | null): ItemFact[] {
  const id = keyId(item.key);
  if (!id) return [unreadable('no_id')];
  const update = isObject(item.update) ? item.update : item;
  const status = receiptStatus(update.status);
  const key = item.key as Json;
  // The participant of our own message is ourselves. Receipts of members come as an event of their own.
  const member = key.fromMe === true ? null : memberIn(key, null);
  if (status) return [member === undefined ? unreadable('unknown_address') : { type: 'receipt', keyId: id, status, member, at }];
  if (update.status !== undefined && update.status !== null) return [unreadable('unknown_status')];
  // An update of our own message may be reported here too; its key is then the key of the message.
  const editedAt = timeOf(update.messageTimestamp) ?? at;
  const protocol = protocolIn(update.message);
  const change = protocol && protocolFact(protocol, id, editedAt);
  if (change) return [change];
  const edited = isObject(update.message) ? update.message.editedMessage : undefined;
  if (isObject(edited)) return [editFact(id, edited.message ?? edited, editedAt)];
  if (isRevokeStub(update)) return [{ type: 'deleted', keyId: id }];
  return isObject(item.update) && Object.keys(update).length > 0
    ? [{ type: 'contentless', kind: 'update' }]
    : [unreadable('unknown_status')];
}

/** Members of a member's receipt whose times show its state. */
const receiptTimes = [
  ['receiptTimestamp', 'delivered'],
  ['readTimestamp', 'read'],
  ['playedTimestamp', 'played'],
] as const;

function receiptFacts(item: Json, at: Date | null): ItemFact[] {
  const id = keyId(item.key);
  if (!id) return [unreadable('no_id')];
  const { receipt } = item;
  if (!isObject(receipt)) return [unreadable('no_receipt')];
  const key = item.key as Json;
  const member = memberIn(key, receipt.userJid);
  // Taken as a receipt of the whole group, one of an unidentified member would report too much.
  if (member === undefined || (member === null && isGroup(key))) return [unreadable('unknown_address')];
  const facts: ItemFact[] = receiptTimes.flatMap(([name, status]) => {
    // A time that is not set is written as zero, an empty text or false.
    const time = timeOf(receipt[name]);
    return time ? [{ type: 'receipt', keyId: id, status, member, at: time }] : [];
  });
  if (facts.length > 0) return facts;
  const status = receiptStatus(receipt.status);
  return status ? [{ type: 'receipt', keyId: id, status, member, at: timeOf(receipt.t) ?? at }] : [unreadable('unknown_status')];
}

const isGroup = (key: Json): boolean => typeof key.remoteJid === 'string' && key.remoteJid.endsWith('@g.us');

/** Returns the group member that a receipt is from; null: it names none, undefined: it names one that cannot be identified. */
function memberIn(key: Json, userJid: unknown): string | null | undefined {
  const member = chatOf(userJid) ?? (isGroup(key) ? chatOf(key.participant) : null);
  return member ?? (isGroup(key) && isNamed(key.participant) ? undefined : null);
}

const isNamed = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

function reactionFacts(item: Json, at: Date | null): ItemFact[] {
  const reaction = isObject(item.reaction) ? item.reaction : {};
  const target = keyId(item.key) ?? keyId(reaction.key);
  if (!target) return [unreadable('no_id')];
  // The outer key is that of the message; the inner one belongs to the reaction and identifies its author.
  const key = isObject(reaction.key) ? reaction.key : isObject(item.key) ? item.key : {};
  // A copy of the message's key identifies the author of the message, not of the reaction.
  const author = reactionAuthor(key, key.fromMe === true && keyId(key) !== target);
  return [
    {
      type: 'reaction',
      targetKeyId: target,
      author,
      emoji: typeof reaction.text === 'string' && reaction.text !== '' ? cleanText(reaction.text.slice(0, 64)) : null,
      at,
    },
    ...pairs(author),
  ];
}

function pollFacts(data: Json, at: Date | null): ItemFact[] {
  const id = keyId(data.key);
  if (!id) return [unreadable('no_id')];
  const options: { name: string; voters: string[] }[] = [];
  const skipped = each(data.pollResult, (option) => {
    const voters = list(option.voters).map(chatOf);
    const known = voters.filter((voter) => voter !== null);
    options.push({ name: typeof option.name === 'string' ? cleanText(option.name.slice(0, 300)) : '', voters: known });
    return voters.slice(known.length).map(() => unreadable('unknown_address'));
  });
  return [{ type: 'poll_result', keyId: id, options, at }, ...skipped];
}
