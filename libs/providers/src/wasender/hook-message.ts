import { cleanText } from '@heliograph/kernel';
import type { HookFact, HookMedia, UnreadableReason } from '../whatsapp-provider';
import { isObject, numericId } from './answer';
import { authorAddress, chatAddress, keyId, reactionAuthor, recipientAddress } from './addresses';

/** Parts of a message that no person wrote: keys, settings, votes, and headers of parts that arrive separately. */
const contentless = new Set([
  'messageContextInfo',
  'senderKeyDistributionMessage',
  'fastRatchetKeySenderKeyDistributionMessage',
  'protocolMessage',
  'pollUpdateMessage',
  'reactionMessage',
  'encReactionMessage',
  'encCommentMessage',
  'encEventResponseMessage',
  'secretEncryptedMessage',
  'keepInChatMessage',
  'pinInChatMessage',
  'placeholderMessage',
  'albumMessage',
  'messageHistoryBundle',
  'messageHistoryNotice',
  'stickerSyncRmrMessage',
  'call',
  'callLogMesssage', // WhatsApp’s own spelling
  'callLogMessage',
  'bcallMessage',
  'scheduledCallEditMessage',
  'requestPhoneNumberMessage',
  'pollResultSnapshotMessage',
  'pollResultSnapshotMessageV3',
  'statusNotificationMessage',
  'statusStickerInteractionMessage',
]);
/** Wrappers of content that is shown to a group as a story. */
const storyWrappers = ['groupStatusMessage', 'groupStatusMessageV2'];
const mediaKinds = ['image', 'video', 'audio', 'document', 'sticker'] as const;
const maxWrappers = 12;
const maxTextChars = 65_536;

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
  return typeof value === 'string' && value !== '' ? cleanText(value.slice(0, maxTextChars)) : null;
}

function firstText(...values: unknown[]): string | null {
  for (const value of values) {
    const found = text(value);
    if (found !== null) return found;
  }
  return null;
}

/** Parses a time: seconds or milliseconds, as number, text or `{low, high, unsigned}`. */
export function timeOf(value: unknown): Date | null {
  let number = typeof value === 'number' ? value : typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (isObject(value) && typeof value.low === 'number')
    number = (typeof value.high === 'number' ? value.high : 0) * 2 ** 32 + (value.low >>> 0);
  if (!Number.isFinite(number) || number <= 0) return null;
  const at = new Date(number > 100_000_000_000 ? number : number * 1_000);
  return Number.isNaN(at.getTime()) || at.getFullYear() > 2200 ? null : at;
}

/** Returns the innermost message: WhatsApp wraps it, and each wrapper has an inner `message`. */
function unwrap(message: unknown): { message: Json; isViewOnce: boolean; isStory: boolean } {
  let inner: Json = isObject(message) ? message : {};
  let isViewOnce = false;
  let isStory = false;
  for (let i = 0; i < maxWrappers; i++) {
    const wrapper = Object.entries(inner).find(([, part]) => isObject(member(part, 'message')));
    if (!wrapper) break;
    isViewOnce ||= wrapper[0].startsWith('viewOnce');
    isStory ||= storyWrappers.includes(wrapper[0]);
    inner = member(wrapper[1], 'message') as Json;
  }
  return { message: inner, isStory, isViewOnce: isViewOnce || partsOf(inner).some((part) => part.viewOnce === true) };
}

function partsOf(message: Json): Json[] {
  return Object.values(message).filter(isObject);
}

/** Returns a text or a caption, by which our own messages are recognised. */
function plainTextIn(message: Json): string | null {
  return firstText(message.conversation, member(message, 'extendedTextMessage', 'text'), ...partsOf(message).map((part) => part.caption));
}

function textIn(message: Json): string | null {
  const parts = partsOf(message);
  return firstText(
    plainTextIn(message),
    ...parts.map((part) => part.selectedDisplayText),
    ...parts.map((part) => (isObject(part.singleSelectReply) ? part.title : undefined)),
    ...parts.map((part) => member(part, 'buttonReplyMessage', 'title')),
    ...parts.map((part) => member(part, 'listReplyMessage', 'title')),
    ...parts.map((part) => member(part, 'body', 'text')),
    ...parts.map((part) => part.contentText),
    ...parts.map((part) => member(part, 'hydratedTemplate', 'hydratedContentText')),
    ...parts.map((part) => member(part, 'hydratedFourRowTemplate', 'hydratedContentText')),
    ...parts.map((part) => member(part, 'noteMessage', 'extendedTextMessage', 'text')),
    ...parts.map((part) => (Array.isArray(part.options) || part.startTime !== undefined ? part.name : undefined)),
    member(message, 'listMessage', 'description'),
    member(message, 'orderMessage', 'message'),
  );
}

/** Parses a choice by its members, whatever the name of the part. */
function choiceIn(message: Json): { id: string; kind: 'button' | 'list' } | null {
  const parts = partsOf(message);
  const button = firstText(
    ...parts.map((part) => part.selectedButtonId),
    ...parts.map((part) => part.selectedId),
    ...parts.map((part) => member(part, 'buttonReplyMessage', 'id')),
    ...parts.map((part) => flowId(member(part, 'nativeFlowResponseMessage', 'paramsJson'))),
  );
  if (button) return { id: button, kind: 'button' };
  const row = firstText(
    ...parts.map((part) => member(part, 'singleSelectReply', 'selectedRowId')),
    ...parts.map((part) => member(part, 'listReplyMessage', 'id')),
  );
  return row ? { id: row, kind: 'list' } : null;
}

function flowId(params: unknown): unknown {
  if (typeof params !== 'string' || params.length > maxTextChars) return undefined;
  try {
    return member(JSON.parse(params), 'id');
  } catch {
    return undefined; // Not written by WhatsApp: it contains no choice.
  }
}

function mediaIn(message: Json): Omit<HookMedia, 'viewOnce'> | null {
  const [found] = [...mediaParts(message), ...partsOf(message).flatMap(mediaOfPart)];
  if (!found) return null;
  const { kind, raw } = found;
  const fileName = fileNameOf(firstText(raw.fileName, raw.title), kind);
  return { kind, url: text(raw.url), mimetype: text(raw.mimetype), fileName, raw };
}

function mediaParts(message: Json): { kind: HookMedia['kind']; raw: Json }[] {
  return Object.entries(message).flatMap(([name, raw]) => {
    const kind = isObject(raw) ? mediaKindOf(name, raw) : null;
    return kind ? [{ kind, raw: raw as Json }] : [];
  });
}

/** Finds the media that a part with buttons shows above its text. */
function mediaOfPart(part: Json): { kind: HookMedia['kind']; raw: Json }[] {
  return [part, part.header, part.hydratedTemplate, part.hydratedFourRowTemplate]
    .filter(isObject)
    .flatMap((of) => mediaKinds.flatMap((kind) => (isObject(of[`${kind}Message`]) ? [{ kind, raw: of[`${kind}Message`] as Json }] : [])));
}

/** Finds media by the name of its part, else by the members that every encrypted file has. */
function mediaKindOf(name: string, raw: Json): HookMedia['kind'] | null {
  const named = mediaKinds.find((kind) => name === `${kind}Message`);
  if (named) return named;
  if (typeof raw.mimetype !== 'string' || raw.mediaKey === undefined) return null;
  return mediaKinds.find((kind) => (raw.mimetype as string).startsWith(`${kind}/`)) ?? 'document';
}

const maxFileNameChars = 120;

/** Returns the last part of a path, without invisible marks or marks that reverse the text; null when none was given. */
function fileNameOf(given: string | null, kind: string): string | null {
  if (given === null) return null;
  const last = given
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\ufffd]/gu, '')
    .split(/[/\\]/)
    .at(-1)
    ?.replace(/^[.\s]+/, '')
    .trim();
  if (!last) return kind;
  const letters = [...last];
  if (letters.length <= maxFileNameChars) return last;
  const ending = /\.[a-z0-9]{1,10}$/i.exec(last)?.[0] ?? '';
  return letters.slice(0, maxFileNameChars - ending.length).join('') + ending;
}

/** Returns the kind of traffic that no person wrote; null: it has content. */
function emptyKind(item: Json, message: Json): string | null {
  const names = Object.keys(message).filter((name) => !isBlank(name, message[name]));
  if (names.some((name) => !contentless.has(name))) return null;
  const name = names.find((n) => n !== 'messageContextInfo') ?? names[0];
  if (name === 'protocolMessage') {
    const type = member(message, name, 'type');
    return typeof type === 'number' && type >= 0 && type < 100 ? `protocolMessage/${Math.floor(type)}` : name;
  }
  return name ?? (item.messageStubType !== undefined ? 'stub' : 'empty');
}

/** True for a part that is absent or a blank text. */
function isBlank(name: string, part: unknown): boolean {
  return part === null || part === undefined || part === '' || (name === 'extendedTextMessage' && !member(part, 'text'));
}

/** Returns the type of a protocol message, in either spelling. An omitted type is zero, since protobuf omits zeros. */
function protocolType(protocol: Json): 'edit' | 'revoke' | null {
  const { type } = protocol;
  if (type === 14 || type === '14' || type === 'MESSAGE_EDIT') return 'edit';
  if (type === 0 || type === '0' || type === 'REVOKE') return 'revoke';
  if (type !== undefined && type !== null) return null;
  if (isObject(protocol.editedMessage)) return 'edit';
  const isBare = Object.keys(protocol).every((name) => name === 'key' || name === 'type' || name === 'timestampMs');
  return isBare && keyId(protocol.key) !== null ? 'revoke' : null;
}

/** Returns the edit or the deletion that a protocol message contains; null: it is neither. */
export function protocolFact(protocol: Json, id: string, at: Date | null): ItemFact | null {
  const type = protocolType(protocol);
  if (type === 'edit') return editFact(keyId(protocol.key) ?? id, protocol.editedMessage, at);
  return type === 'revoke' ? { type: 'deleted', keyId: keyId(protocol.key) ?? id } : null;
}

/**
 * Returns the edit of a message, by its new content in any wrapper. A file may lose its caption; an edit without any content would erase a
 * text that it does not contain.
 */
export function editFact(keyId: string, content: unknown, at: Date | null): ItemFact {
  const { message } = unwrap(content);
  const edited = textIn(message);
  return edited === null && mediaIn(message) === null
    ? { type: 'contentless', kind: 'empty' }
    : { type: 'edited', keyId, text: edited, at };
}

/** True for the stub that WhatsApp leaves in place of a message that was deleted for everyone: its key is the key of that message. */
export function isRevokeStub({ messageStubType: type }: Json): boolean {
  return type === 1 || type === '1' || type === 'REVOKE';
}

/** Returns the protocol message in a message, in any wrapper; null: it has none. */
export function protocolIn(message: unknown): Json | null {
  const protocol = member(unwrap(message).message, 'protocolMessage');
  return isObject(protocol) ? protocol : null;
}

function quotedIn(message: Json): string | null {
  for (const part of Object.values(message)) {
    const id = member(part, 'contextInfo', 'stanzaId');
    if (typeof id === 'string' && id !== '') return keyId({ id });
  }
  return null;
}

/** Returns the content of a hook item, or the kind of traffic that no person wrote, or the reason why it cannot be parsed. */
export type ItemFact = HookFact | { type: 'contentless'; kind: string } | { type: 'unreadable'; reason: UnreadableReason };

export function unreadable(reason: UnreadableReason): ItemFact {
  return { type: 'unreadable', reason };
}

/** Returns the facts of one message of a hook: our own echo, an inbound message, an edit or a deletion; plus a phone-LID pair if it contains one. */
export function messageFacts(item: Json, envelopeAt: Date | null, outerIds: unknown[]): ItemFact[] {
  const key = isObject(item.key) ? item.key : null;
  const id = keyId(key);
  if (!key || !id) return [unreadable('no_id')];
  const { message, isViewOnce, isStory } = unwrap(item.message);
  if (isStory) return [{ type: 'contentless', kind: 'story' }];
  const at = timeOf(item.messageTimestamp) ?? envelopeAt;
  const facts: ItemFact[] = [];

  const protocol = member(message, 'protocolMessage');
  const change = isObject(protocol) ? protocolFact(protocol, id, at) : null;
  if (change) return [change];

  const reaction = member(message, 'reactionMessage');
  if (isObject(reaction) && keyId(reaction.key)) {
    const author = reactionAuthor(key, key.fromMe === true);
    return [{ type: 'reaction', targetKeyId: keyId(reaction.key) as string, author, emoji: text(reaction.text), at }, ...pairs(author)];
  }

  const body = firstText(item.messageBody) ?? textIn(message);
  if (body === null && isRevokeStub(item) && emptyKind(item, message) === 'stub') return [{ type: 'deleted', keyId: id }];
  const empty = body === null ? emptyKind(item, message) : null;
  // `message.sent` may report our own message without content.
  if (empty !== null && (key.fromMe !== true || Object.keys(message).length > 0)) return [{ type: 'contentless', kind: empty }];
  if (key.fromMe === true) {
    facts.push({
      type: 'own_message',
      keyId: id,
      providerMessageId: numericId(item.msgId, item.id, key.msgId, ...outerIds),
      recipient: recipientAddress(key),
      text: firstText(item.messageBody) ?? plainTextIn(message),
      at,
    });
    return [...facts, ...pairs(recipientAddress(key))];
  }
  const sender = chatAddress(key);
  const author = authorAddress(key);
  const found = mediaIn(message);
  const media = found && { ...found, viewOnce: isViewOnce };
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
        : isObject(message.locationMessage ?? message.liveLocationMessage)
          ? 'location'
          : isObject(message.contactMessage ?? message.contactsArrayMessage)
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

/** Returns a phone number and a privacy id that occur side by side. */
export function pairs({ phone, lid }: { phone: string | null; lid: string | null }): HookFact[] {
  return phone && lid ? [{ type: 'lid_pair', phone, lid }] : [];
}
