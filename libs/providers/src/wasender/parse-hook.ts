import { cleanText } from '@heliograph/kernel';
import type { HookFact, ParsedHook, ReceiptStatus } from '../whatsapp-provider';
import { isObject, parseJson } from './answer';
import { chatOf, keyId, lidOf, phoneOf, reactionAuthor } from './addresses';
import { type MessageFact, messageFacts, pairs, timeOf } from './hook-message';
import { foldStatus } from './session-status';

const messageEvents = new Set([
  'messages.received',
  'messages.recieved', // as one client library spells it
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

/** Number, digits as text, or a word in any case; null for anything else. */
export function receiptStatus(value: unknown): ReceiptStatus | null {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d$/.test(value))) return statusByNumber[Number(value)] ?? null;
  return typeof value === 'string' ? (statusByWord[value.toLowerCase()] ?? null) : null;
}

function list(value: unknown): Json[] {
  return (Array.isArray(value) ? value : [value]).filter(isObject);
}

/** The messages of a delivery, in whichever wrapper: `data.messages`, `data.message` with a key, or `data` with a key. */
function messagesOf(data: unknown): Json[] {
  if (Array.isArray(data)) return list(data);
  if (!isObject(data)) return [];
  if (data.messages !== undefined) return list(data.messages);
  if (isObject(data.message) && data.message.key !== undefined) return [data.message];
  return data.key !== undefined ? [data] : [];
}

/** Reads one hook body (contract section 8, every documented form and every variant seen in the field). Never throws. */
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
  const facts = read.filter((fact) => fact.type !== 'contentless');
  const contentless = read.flatMap((fact) => (fact.type === 'contentless' ? [fact.kind] : []));
  if (contentless.length > 0) return { kind: 'facts', event, at, facts, contentless };
  if (facts.length === 0 && !knownUnhandled.test(event)) return { kind: 'malformed', reason: 'nothing_readable' };
  return { kind: 'facts', event, at, facts };
}

function factsOf(event: string, data: unknown, at: Date | null): MessageFact[] | null {
  if (messageEvents.has(event)) {
    const items = messagesOf(data);
    // An id at the top of `data` is the one message's; of several nobody knows whose it is.
    const outerIds = items.length === 1 && isObject(data) ? [data.msgId, data.id] : [];
    return items.flatMap((item) => messageFacts(item, at, outerIds));
  }
  switch (event) {
    case 'message.sent':
      return sentFacts(data, at);
    case 'messages.update':
      return list(data).flatMap((item) => updateFacts(item, at));
    case 'message-receipt.update':
      return list(data).flatMap((item) => receiptFacts(isObject(item.message) ? item.message : item, at));
    case 'messages.delete':
      return (isObject(data) ? list(data.keys ?? data.key) : list(data)).flatMap((key) => {
        const id = keyId(key);
        return id ? [{ type: 'deleted' as const, keyId: id }] : [];
      });
    case 'messages.reaction':
      return list(data).flatMap((item) => reactionFacts(item, at));
    case 'poll.results':
      return list(data).flatMap((item) => pollFacts(item, at));
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
      return list(data).flatMap((contact) => {
        const phone = phoneOf(contact.phoneNumber) ?? phoneOf(contact.jid) ?? phoneOf(contact.id);
        const lid = lidOf(contact.lid) ?? lidOf(contact.jid) ?? lidOf(contact.id);
        return phone && lid ? [{ type: 'lid_pair' as const, phone, lid }] : [];
      });
    default:
      return null;
  }
}

/** The number that a session's hook names, in whichever member. */
function phoneIn(data: Json): { phone?: string } {
  const user = isObject(data.user) ? data.user : {};
  const phone = [data.phone, data.phoneNumber, data.phone_number, user.id, user.phone, data.jid].map(phoneOf).find((one) => one !== null);
  return phone ? { phone } : {};
}

function sentFacts(data: unknown, at: Date | null): MessageFact[] {
  if (!isObject(data)) return [];
  if (data.success === false || (data.key === undefined && typeof data.error === 'string')) {
    const detail = typeof data.error === 'string' ? cleanText(data.error.slice(0, 300)) : '';
    return [{ type: 'send_failed', detail: detail.replace(/\+?\d{6,15}/g, '(number)'), phone: phoneOf(/\+?\d{7,15}/.exec(detail)?.[0]) }];
  }
  return messagesOf(
    data.messages === undefined && data.key !== undefined ? { messages: { ...data, message: data.message } } : data,
  ).flatMap((item) => {
    const own = isObject(item.key) ? { ...item, key: { ...item.key, fromMe: true } } : item;
    const status = receiptStatus(item.status);
    const facts = messageFacts(own, at, [data.msgId, data.id]).map((fact) =>
      fact.type === 'own_message' ? { ...fact, viaApi: true } : fact,
    );
    const id = keyId(own.key);
    return id && status ? [...facts, { type: 'receipt' as const, keyId: id, status, member: null, at }] : facts;
  });
}

function updateFacts(item: Json, at: Date | null): HookFact[] {
  const id = keyId(item.key);
  const status = receiptStatus(isObject(item.update) ? item.update.status : item.status);
  return id && status ? [{ type: 'receipt', keyId: id, status, member: null, at }] : [];
}

function receiptFacts(item: Json, at: Date | null): HookFact[] {
  const id = keyId(item.key);
  if (!id || !isObject(item.receipt)) return [];
  const { receipt } = item;
  const member = chatOf(receipt.userJid);
  const facts: HookFact[] = [];
  if (receipt.receiptTimestamp !== undefined)
    facts.push({ type: 'receipt', keyId: id, status: 'delivered', member, at: timeOf(receipt.receiptTimestamp) ?? at });
  if (receipt.readTimestamp !== undefined)
    facts.push({ type: 'receipt', keyId: id, status: 'read', member, at: timeOf(receipt.readTimestamp) ?? at });
  const status = receiptStatus(receipt.status);
  if (facts.length === 0 && status) facts.push({ type: 'receipt', keyId: id, status, member, at: timeOf(receipt.t) ?? at });
  return facts;
}

function reactionFacts(item: Json, at: Date | null): HookFact[] {
  const reaction = isObject(item.reaction) ? item.reaction : {};
  const target = keyId(item.key) ?? keyId(reaction.key);
  if (!target) return [];
  // The outer key is the message's; the inner one is the reaction's own, and says whose it is.
  const key = isObject(reaction.key) ? reaction.key : isObject(item.key) ? item.key : {};
  // A copy of the message's key tells whose message it is, not whose reaction.
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

function pollFacts(data: Json, at: Date | null): HookFact[] {
  const id = keyId(data.key);
  if (!id) return [];
  return [
    {
      type: 'poll_result',
      keyId: id,
      options: list(data.pollResult).map((option) => ({
        name: typeof option.name === 'string' ? cleanText(option.name.slice(0, 300)) : '',
        voters: Array.isArray(option.voters) ? option.voters.flatMap((voter) => chatOf(voter) ?? []) : [],
      })),
      at,
    },
  ];
}
