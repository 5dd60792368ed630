import type { SimSession } from './accounts';
import { isPhone, lidOf } from './sent-content';
import type { Json } from './http';
import type { HookForms } from './settings';

const messageEvents = new Set([
  'messages.received',
  'messages-personal.received',
  'messages-group.received',
  'messages-newsletter.received',
  'messages.upsert',
]);
const inMilliseconds = new Set(['messages.update', 'message-receipt.update', 'poll.results']);
const untimed = new Set(['session.status', 'qrcode.updated', 'passkey.updated']);
const misnamed: Record<string, string> = { 'messages.received': 'messages.recieved', call: 'call.received' };
const wrappers: Record<string, string> = {
  ephemeral: 'ephemeralMessage',
  viewOnce: 'viewOnceMessage',
  viewOnceV2: 'viewOnceMessageV2',
  viewOnceV2Extension: 'viewOnceMessageV2Extension',
  documentWithCaption: 'documentWithCaptionMessage',
  edited: 'editedMessage',
  keepInChat: 'keepInChatMessage',
};
const words = ['ERROR', 'PENDING', 'SERVER_ACK', 'DELIVERY_ACK', 'READ', 'PLAYED'];
const lowerWords = ['error', 'pending', 'sent', 'delivered', 'read', 'played'];

/** Returns the body of a hook. `data` is in the docs form and is converted to the selected forms. */
export function hookBody(session: SimSession, event: string, data: unknown, forms: HookForms): string {
  const timestamp = timestampOf(event, forms.timestamp);
  const sessionId = sessionIdOf(session, event, forms.sessionId);
  return JSON.stringify({
    event: forms.eventNames === 'variant' ? (misnamed[event] ?? event) : event,
    ...(timestamp !== null && { timestamp }),
    ...(sessionId !== null && { sessionId }),
    data: dataOf(session, event, data, forms),
  });
}

function timestampOf(event: string, form: HookForms['timestamp']): number | null {
  const now = Date.now();
  if (form === 'absent' || (form === 'docs' && untimed.has(event))) return null;
  return form === 'milliseconds' || (form === 'docs' && inMilliseconds.has(event)) ? now : Math.floor(now / 1_000);
}

function sessionIdOf(session: SimSession, event: string, form: HookForms['sessionId']): string | null {
  switch (form) {
    case 'docs':
      return inMilliseconds.has(event) || untimed.has(event) ? session.apiKey : null;
    case 'never':
      return null;
    case 'api-key':
      return session.apiKey;
    case 'id':
      return String(session.id);
    case 'phone':
      return session.phone.replace(/\D/g, '');
  }
}

function dataOf(session: SimSession, event: string, data: unknown, forms: HookForms): unknown {
  if (messageEvents.has(event)) return wrapped(data as Json, forms);
  switch (event) {
    case 'message.sent':
      return sentData(data as Json, forms);
    case 'messages.update':
      return updateData(data as Json, forms);
    case 'message-receipt.update':
      return forms.receipt === 'docs' ? data : [memberReceipt((data as Json).message as Json, forms)];
    case 'messages.reaction':
      return forms.reaction === 'docs' ? data : listOf(data)[0];
    case 'session.status': {
      const { status } = data as { status: string };
      if (forms.sessionStatus === 'upper') return { ...(data as Json), status: status.toUpperCase() };
      return forms.sessionStatus === 'docs' ? data : { ...(data as Json), session_id: String(session.id), reason: `now ${status}` };
    }
    case 'qrcode.updated':
      return forms.qr === 'docs' ? data : { qrCode: (data as Json).qr, session_id: String(session.id) };
    default:
      break;
  }
  if (/^groups\./.test(event) && forms.groups === 'variant') return listOf(data).map(({ jid, ...group }) => ({ id: jid, ...group }));
  if (event === 'group-participants.update' && forms.groups === 'variant') {
    const { jid, participants, action } = data as { jid: string; participants: string[]; action: string };
    return { id: jid, participants: participants.map((id) => ({ id, admin: null })), action };
  }
  if (/^contacts\./.test(event) && forms.contacts === 'variant') return listOf(data).map(contactVariant);
  return data;
}

function wrapped(data: Json, forms: HookForms): unknown {
  const isArray = Array.isArray(data.messages);
  const items = listOf(data.messages).map((item) => messageIn(item, forms));
  const asArray = forms.wrapper === 'array' || (forms.wrapper === 'docs' && isArray);
  // Without an array there is room for one message only.
  if (asArray || items.length !== 1) return { messages: items };
  if (forms.wrapper === 'message') return { message: items[0] };
  return forms.wrapper === 'bare' ? items[0] : { messages: items[0] };
}

function messageIn({ key, messageBody, message, messageTimestamp, ...rest }: Json, forms: HookForms): Json {
  const isOwn = (key as Json | undefined)?.fromMe === true;
  const at = timeIn(messageTimestamp, forms.messageTimestamp, isOwn);
  return {
    ...rest,
    key: forms.cleanedPhone === 'docs' ? key : keyIn(key as Json, forms.cleanedPhone),
    ...(forms.body === 'docs' && messageBody !== undefined && { messageBody }),
    message: contentIn(message as Json, messageBody, forms.body),
    ...(at !== undefined && { messageTimestamp: at }),
  };
}

function timeIn(time: unknown, form: HookForms['messageTimestamp'], isOwn: boolean): unknown {
  if (typeof time !== 'number' || form === 'absent' || (form === 'docs' && !isOwn)) return undefined;
  if (form === 'text') return String(time);
  return form === 'long' ? { low: time | 0, high: Math.floor(time / 2 ** 32), unsigned: true } : time;
}

function keyIn(key: Json, form: HookForms['cleanedPhone']): Json {
  return Object.fromEntries(
    Object.entries(key).flatMap(([name, value]) => {
      if (!name.startsWith('cleaned')) return [[name, value]];
      if (form === 'absent') return [];
      return form === 'junk' ? [[name, 'unknown']] : [[name.replace('cleaned', form), value]];
    }),
  );
}

function contentIn(message: Json, text: unknown, form: HookForms['body']): Json {
  if (form === 'extended' && typeof text === 'string' && message.conversation !== undefined) return { extendedTextMessage: { text } };
  const wrapper = wrappers[form];
  return wrapper ? { [wrapper]: { message } } : message;
}

function sentData(data: Json, forms: HookForms): Json {
  if (data.key === undefined || forms.sent === 'docs') return data;
  const { id, success, ...item } = data;
  const outer = id === undefined ? {} : { id };
  return forms.sent === 'wrapped' ? { ...outer, messages: { ...item, success } } : { ...outer, ...item, status: statusIn(2, forms) };
}

function updateData({ update, key }: Json, forms: HookForms): unknown {
  const status = statusIn((update as { status: number }).status, forms);
  if (forms.update === 'data.status') return { status, key };
  if (forms.update === 'from-me-false') return { update: { status }, key: { ...(key as Json), fromMe: false } };
  return forms.update === 'array' ? [{ key, update: { status } }] : { update: { status }, key };
}

function memberReceipt({ key, receipt }: Json, forms: HookForms): Json {
  const { userJid, receiptTimestamp, readTimestamp } = receipt as Json;
  return { key, receipt: { userJid, status: statusIn(readTimestamp === undefined ? 3 : 4, forms), t: readTimestamp ?? receiptTimestamp } };
}

function statusIn(status: number, forms: HookForms): unknown {
  if (forms.status === 'number') return status;
  if (forms.status === 'digits') return String(status);
  return (forms.status === 'word' ? words : lowerWords)[status];
}

function contactVariant({ jid, ...contact }: Json): Json {
  const digits = String(jid).replace(/@.*/, '');
  return { id: `${digits}@s.whatsapp.net`, ...contact, ...(isPhone(digits) && { lid: lidOf(digits), phoneNumber: digits }) };
}

function listOf(value: unknown): Json[] {
  return (Array.isArray(value) ? value : [value]) as Json[];
}
