import { isPhone, jidOf, lidOf } from './sent-content';
import type { Json } from './http';
import type { LedgerLine } from './ledger';
import type { Random } from './random';
import type { SimulatorSettings } from './settings';

/** Identification of a person: by phone, by privacy id alone, or by privacy id with the phone beside it. */
export type AddressStyle = SimulatorSettings['echoAddress'];

/** Returns the key of an own message. */
export function ownKey(line: LedgerLine, s: SimulatorSettings): Json {
  const jid = jidOf(line.recipient);
  const lid = isPhone(line.recipient) && s.echoAddress !== 'phone' ? lidOf(line.recipient) : null;
  return {
    id: line.keyId,
    fromMe: true,
    remoteJid: lid ?? jid,
    ...(lid && { addressingMode: 'lid' }),
    ...(lid && s.echoAddress === 'lid-with-phone' && { remoteJidAlt: jid }),
    ...(s.msgIdIn === 'key.msgId' && { msgId: String(line.msgId) }),
  };
}

/** Returns the data of an echo event of an own message. */
export function echoData(event: string, line: LedgerLine, s: SimulatorSettings): Json {
  const id = s.msgIdIn === 'data.id' ? { id: line.msgId } : {};
  const key = ownKey(line, s);
  if (event === 'message.sent') {
    const { text } = line.content;
    return { ...id, key, message: line.kind === 'text' ? { conversation: text } : whatsAppMessage(line), success: true };
  }
  const item = {
    ...id,
    key: { ...key, addressingMode: key.addressingMode ?? 'pn' },
    ...(line.content.text !== undefined && { messageBody: line.content.text }),
    message: whatsAppMessage(line),
    messageTimestamp: Math.floor(line.wallMs / 1_000),
  };
  return { messages: [item] };
}

/** Content of a valid send. */
interface SendContent {
  text: string;
  fileName: string;
  contact: { name: string; phone: string };
  location: { latitude: number | string; longitude: number | string; name?: string };
  poll: { question: string; options: string[]; multiSelect?: boolean };
}

/** Returns the content of a send in WhatsApp's form. */
export function whatsAppMessage({ kind, content }: LedgerLine): Json {
  const { text, fileName, contact, location, poll } = content as Partial<SendContent>;
  switch (kind) {
    case 'text':
      return { extendedTextMessage: { text } };
    case 'contact':
      return {
        contactMessage: { displayName: contact?.name, vcard: `BEGIN:VCARD\nFN:${contact?.name}\nTEL:${contact?.phone}\nEND:VCARD` },
      };
    case 'location':
      return {
        locationMessage: {
          degreesLatitude: Number(location?.latitude),
          degreesLongitude: Number(location?.longitude),
          name: location?.name,
        },
      };
    case 'poll':
      return {
        pollCreationMessage: {
          name: poll?.question,
          options: poll?.options.map((optionName) => ({ optionName })),
          selectableOptionsCount: poll?.multiSelect ? 0 : 1,
        },
      };
    default: {
      const media = {
        [`${kind}Message`]: {
          url: 'https://mmg.example.test/enc/1',
          ...(fileName !== undefined && { fileName }),
          ...(text !== undefined && { caption: text }),
        },
      };
      return content.viewOnce ? { viewOnceMessageV2: { message: media } } : media;
    }
  }
}

/** An inbound message to simulate. */
export interface Inbound {
  /** Digits of a person's number, or the JID of a group or channel. */
  from: string;
  /** Digits of the author in a group. */
  participant?: string;
  text: string;
  pushName?: string;
  /** WhatsApp's id of the message that it answers. */
  quotes?: string | null;
  /** Content other than text. */
  message?: unknown;
}

/** Returns an inbound message. */
export function inboundMessage(given: Inbound, style: AddressStyle, random: Random): Json {
  const { text, quotes } = given;
  return {
    key: { id: `3A${random.hex(18).toUpperCase()}`, fromMe: false, ...chatOf(given, style) },
    ...(given.pushName && { pushName: given.pushName }),
    messageBody: text,
    message: given.message ?? (quotes ? { extendedTextMessage: { text, contextInfo: { stanzaId: quotes } } } : { conversation: text }),
    messageTimestamp: Math.floor(Date.now() / 1_000),
  };
}

function chatOf({ from, participant = '447700900101' }: Inbound, style: AddressStyle): Json {
  if (from.endsWith('@newsletter')) return { remoteJid: from };
  const digits = from.endsWith('@g.us') ? participant : from;
  const [jid, lid] = [`${digits}@s.whatsapp.net`, lidOf(digits)];
  const addressingMode = style === 'phone' ? 'pn' : 'lid';
  const chat = style === 'phone' ? jid : lid;
  const hasPhone = style !== 'lid';
  if (from.endsWith('@g.us')) {
    const phone = hasPhone ? { participantPn: jid, cleanedParticipantPn: digits } : {};
    return { remoteJid: from, participant: chat, ...phone, participantLid: lid, addressingMode };
  }
  return { remoteJid: chat, addressingMode, ...(hasPhone && { senderPn: jid, cleanedSenderPn: digits }), senderLid: lid };
}
