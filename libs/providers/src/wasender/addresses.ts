import type { HookAddress } from '../whatsapp-provider';
import { isObject } from './answer';

/**
 * Returns `+E.164` of a phone in any spelling of the provider (`+44…`, digits, `…@s.whatsapp.net`, `…:42@…`, `…@c.us`, `…@hosted`), or null.
 * Returns null for a LID or a group.
 */
export function phoneOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 64) return null;
  const [local = '', server] = value.split('@');
  if (server !== undefined && server !== 's.whatsapp.net' && server !== 'c.us' && server !== 'hosted') return null;
  const digits = local.split(':')[0]?.replace(/^\+/, '') ?? '';
  return /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : null;
}

/** Returns `<digits>@lid` without a device suffix, or null. */
export function lidOf(value: unknown): string | null {
  const local = typeof value === 'string' && value.length <= 64 ? /^(.*)@(?:hosted\.)?lid$/.exec(value)?.[1] : undefined;
  const digits = local?.split(':')[0] ?? '';
  return /^\d{1,20}$/.test(digits) ? `${digits}@lid` : null;
}

/** Returns the canonical form of a chat: `+E.164`, `…@lid`, `…@g.us`, `…@newsletter`, or null. */
export function chatOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > 80) return null;
  if (/^[\d-]{1,60}@g\.us$/.test(value) || /^\d{1,40}@newsletter$/.test(value)) return value;
  return lidOf(value) ?? phoneOf(value);
}

/** Returns the kind of a chat in which no person writes: stories, WhatsApp's own announcements, its assistants; null: any other chat. */
export function chatOfNobody(value: unknown): 'story' | 'announcement' | 'assistant' | null {
  if (typeof value !== 'string') return null;
  const chat = value.trim().toLowerCase();
  if (chat === 'status@broadcast') return 'story';
  if (/^0(:\d+)?@(s\.whatsapp\.net|c\.us)$/.test(chat)) return 'announcement';
  return chat.endsWith('@bot') ? 'assistant' : null;
}

type Key = Record<string, unknown>;

function first<T>(read: (value: unknown) => T | null, ...values: unknown[]): T | null {
  for (const value of values) {
    const found = read(value);
    if (found !== null) return found;
  }
  return null;
}

/** Returns the other party of a private chat, or the chat itself for groups and channels. Skips invalid members and uses the next one. */
export function chatAddress(key: Key): HookAddress {
  const chat = chatOf(key.remoteJid);
  if (chat && /@(g\.us|newsletter)$/.test(chat)) return { phone: null, lid: null, chat };
  // In a broadcast list, whose id belongs to no person, the participant is the author.
  const toList = typeof key.remoteJid === 'string' && key.remoteJid.endsWith('@broadcast');
  return {
    phone: first(
      phoneOf,
      key.cleanedSenderPn,
      key.cleanSenderPn,
      key.clearedSenderPn,
      key.senderPn,
      key.remoteJidPn,
      key.remoteJid,
      key.remoteJidAlt,
      ...(toList ? [key.participantPn, key.participant] : []),
    ),
    lid: first(
      lidOf,
      key.senderLid,
      key.remoteJid,
      key.remoteJidAlt,
      key.remoteJidLid,
      ...(toList ? [key.participantLid, key.participant] : []),
    ),
    chat,
  };
}

/** Returns the recipient of our own message. Its sender members describe us, so only those of the chat count. */
export function recipientAddress(key: Key): HookAddress {
  const chat = chatOf(key.remoteJid);
  if (chat && /@(g\.us|newsletter)$/.test(chat)) return { phone: null, lid: null, chat };
  return {
    phone: first(phoneOf, key.remoteJidPn, key.remoteJid, key.remoteJidAlt),
    lid: first(lidOf, key.remoteJid, key.remoteJidAlt, key.remoteJidLid),
    chat,
  };
}

/** Returns the author within a group, or null. A group's key without a participant may contain a sender. */
export function authorAddress(key: Key): HookAddress | null {
  const chat = chatOf(key.remoteJid);
  const isGroup = chat?.endsWith('@g.us') === true && key.fromMe !== true;
  const address: HookAddress = {
    phone: first(
      phoneOf,
      key.cleanedParticipantPn,
      key.cleanParticipantPn,
      key.clearedParticipantPn,
      key.participantPn,
      key.participant,
      key.participantAlt,
      ...(isGroup ? [key.cleanedSenderPn, key.cleanSenderPn, key.clearedSenderPn, key.senderPn] : []),
    ),
    lid: first(lidOf, key.participantLid, key.participant, key.participantAlt, ...(isGroup ? [key.senderLid] : [])),
    chat,
  };
  return address.phone || address.lid ? address : null;
}

/**
 * Returns the author of a reaction by the key of the reaction: the participant, else the other party. All null: ourselves, or an unidentified
 * member of a group.
 */
export function reactionAuthor(key: Key, isOurs: boolean): HookAddress {
  const chat = chatOf(key.remoteJid);
  return isOurs ? { phone: null, lid: null, chat } : (authorAddress(key) ?? chatAddress(key));
}

/** Returns the WhatsApp id of a key, or null. */
export function keyId(key: unknown): string | null {
  return isObject(key) && typeof key.id === 'string' && /^[\x21-\x7e]{1,128}$/.test(key.id) ? key.id : null;
}
