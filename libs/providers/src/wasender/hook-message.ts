import { cleanText } from '@heliograph/kernel';
import type { HookFact, HookMedia } from '../whatsapp-provider';
import { isObject } from './answer';
import { authorAddress, chatAddress, keyId, recipientAddress } from './addresses';

/** Wrappers WhatsApp puts around the message proper, each with an inner `message`. */
const wrappers = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'editedMessage',
  'keepInChatMessage',
];
const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const;
const deepestWrapper = 6;
const longestText = 65_536;

type Json = Record<string, unknown>;

function member(value: unknown, ...path: string[]): unknown {
  let at = value;
  for (const name of path) {
    if (!isObject(at)) return undefined;
    at = at[name];
  }
  return at;
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? cleanText(value.slice(0, longestText)) : null;
}

function firstText(...values: unknown[]): string | null {
  for (const value of values) {
    const found = text(value);
    if (found !== null) return found;
  }
  return null;
}

/** Seconds or milliseconds, number, text or `{low, high, unsigned}`. */
export function timeOf(value: unknown): Date | null {
  let number = typeof value === 'number' ? value : typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (isObject(value) && typeof value.low === 'number')
    number = (typeof value.high === 'number' ? value.high : 0) * 2 ** 32 + (value.low >>> 0);
  if (!Number.isFinite(number) || number <= 0) return null;
  const at = new Date(number > 100_000_000_000 ? number : number * 1_000);
  return Number.isNaN(at.getTime()) || at.getFullYear() > 2200 ? null : at;
}

function unwrap(message: unknown): Json {
  let inner: Json = isObject(message) ? message : {};
  for (let i = 0; i < deepestWrapper; i++) {
    const wrapper = wrappers.find((name) => isObject(member(inner, name, 'message')));
    if (!wrapper) return inner;
    inner = member(inner, wrapper, 'message') as Json;
  }
  return inner;
}

function textIn(message: Json): string | null {
  return firstText(
    message.conversation,
    member(message, 'extendedTextMessage', 'text'),
    ...mediaKinds.map((kind) => member(message, `${kind}Message`, 'caption')),
    member(message, 'buttonsResponseMessage', 'selectedDisplayText'),
    member(message, 'templateButtonReplyMessage', 'selectedDisplayText'),
    member(message, 'listResponseMessage', 'title'),
    member(message, 'interactiveMessage', 'buttonReplyMessage', 'title'),
    member(message, 'interactiveMessage', 'listReplyMessage', 'title'),
  );
}

function choiceIn(message: Json): { id: string; kind: 'button' | 'list' } | null {
  const button = firstText(
    member(message, 'buttonsResponseMessage', 'selectedButtonId'),
    member(message, 'templateButtonReplyMessage', 'selectedId'),
    member(message, 'interactiveMessage', 'buttonReplyMessage', 'id'),
  );
  if (button) return { id: button, kind: 'button' };
  const row = firstText(
    member(message, 'listResponseMessage', 'singleSelectReply', 'selectedRowId'),
    member(message, 'interactiveMessage', 'listReplyMessage', 'id'),
  );
  return row ? { id: row, kind: 'list' } : null;
}

function mediaIn(message: Json): HookMedia | null {
  for (const kind of mediaKinds) {
    const raw = message[`${kind}Message`];
    if (isObject(raw)) {
      return { kind, url: text(raw.url), mimetype: text(raw.mimetype), fileName: firstText(raw.fileName, raw.title), raw };
    }
  }
  return null;
}

function quotedIn(message: Json): string | null {
  for (const part of Object.values(message)) {
    const id = member(part, 'contextInfo', 'stanzaId');
    if (typeof id === 'string' && id !== '') return keyId({ id });
  }
  return null;
}

/** The provider's numeric id where a variant carries it: on the item or on its key. Digits only: a WhatsApp id is never taken for one. */
export function numericId(...values: unknown[]): string | null {
  for (const value of values) {
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return String(value);
    if (typeof value === 'string' && /^\d{1,19}$/.test(value)) return value;
  }
  return null;
}

/** What one message of a hook says: our own echo, an inbound message, an edit or a deletion; plus a phone-LID pair if it shows one. */
export function messageFacts(item: Json, envelopeAt: Date | null, outerIds: unknown[]): HookFact[] {
  const key = isObject(item.key) ? item.key : null;
  const id = keyId(key);
  if (!key || !id) return [];
  const message = unwrap(item.message);
  const at = timeOf(item.messageTimestamp) ?? envelopeAt;
  const facts: HookFact[] = [];

  const protocol = member(message, 'protocolMessage');
  if (isObject(protocol)) {
    const target = keyId(protocol.key) ?? id;
    if (protocol.type === 14 || protocol.type === 'MESSAGE_EDIT')
      return [{ type: 'edited', keyId: target, text: textIn(unwrap(protocol.editedMessage)), at }];
    if (protocol.type === 0 || protocol.type === 'REVOKE') return [{ type: 'deleted', keyId: target }];
  }

  const reaction = member(message, 'reactionMessage');
  if (isObject(reaction) && keyId(reaction.key)) {
    return [
      {
        type: 'reaction',
        targetKeyId: keyId(reaction.key) as string,
        author: authorAddress(key) ?? chatAddress(key),
        emoji: text(reaction.text),
        at,
      },
    ];
  }

  const body = firstText(item.messageBody) ?? textIn(message);
  if (key.fromMe === true) {
    facts.push({
      type: 'own_message',
      keyId: id,
      providerMessageId: numericId(item.msgId, item.id, key.msgId, ...outerIds),
      recipient: recipientAddress(key),
      text: body,
      at,
    });
    return [...facts, ...pairs(recipientAddress(key))];
  }
  const sender = chatAddress(key);
  const author = authorAddress(key);
  const media = mediaIn(message);
  const choice = choiceIn(message);
  facts.push({
    type: 'inbound',
    keyId: id,
    sender,
    author: sender.chat?.endsWith('@g.us') ? author : null,
    pushName: firstText(item.pushName),
    text: body,
    kind: choice
      ? 'reply'
      : media
        ? media.kind
        : isObject(message.locationMessage)
          ? 'location'
          : isObject(message.contactMessage)
            ? 'contact'
            : body !== null
              ? 'text'
              : 'other',
    choiceId: choice?.id ?? null,
    choice: choice?.kind ?? null,
    rawChat: typeof key.remoteJid === 'string' ? cleanText(key.remoteJid.slice(0, 128)) : null,
    media,
    quotedKeyId: quotedIn(message),
    at,
  });
  return [...facts, ...pairs(sender), ...(author ? pairs(author) : [])];
}

function pairs({ phone, lid }: { phone: string | null; lid: string | null }): HookFact[] {
  return phone && lid ? [{ type: 'lid_pair', phone, lid }] : [];
}
