import { normaliseRecipient, type RecipientKind } from '@heliograph/contacts';
import { type FieldError, present } from '@heliograph/kernel';
import type { MessageContent, ProviderCapabilities } from '@heliograph/providers';
import { z } from 'zod';
import { text, webAddress } from './texts';

const kB = 1_024;
const MB = 1_024 * kB;

/** Maximum size of media in bytes; the smaller figure where WasenderApi's pages disagree (send notes of its SDK; document page). */
export const maxBytes = { image: 5 * MB, video: 16 * MB, audio: 16 * MB, sticker: 100 * kB, document: 100 * MB } as const;

const caption = text(4_096).optional().describe('Text under the media, at most 4,096 characters.');
const viewOnce = z.boolean().optional().describe('The recipient can open it only once.');
const sizeBytes = (max: number) =>
  z
    .int()
    .min(1)
    .max(max)
    .optional()
    .describe(
      `Size of the file, when the client knows it. A file of more than ${max} bytes is refused at once, because WhatsApp refuses it.`,
    );

/** Members of each type of message, as requests contain them. */
export const contentMembers = {
  text: { text: text(4_096).describe('At most 4,096 characters (Unicode code points).') },
  image: { url: webAddress, caption, view_once: viewOnce, size_bytes: sizeBytes(maxBytes.image) },
  video: { url: webAddress, caption, view_once: viewOnce, size_bytes: sizeBytes(maxBytes.video) },
  document: { url: webAddress, caption, file_name: text(255).optional(), size_bytes: sizeBytes(maxBytes.document) },
  audio: { url: webAddress, view_once: viewOnce, size_bytes: sizeBytes(maxBytes.audio) },
  sticker: { url: webAddress, size_bytes: sizeBytes(maxBytes.sticker) },
  contact: { name: text(256), phone: z.string().min(1).max(128).describe('Phone number of the card, in any spelling.') },
  location: {
    latitude: z.number().min(-90).max(90),
    longitude: z.number().min(-180).max(180),
    name: text(256).optional(),
    address: text(1_024).optional(),
  },
  poll: {
    question: text(255),
    options: z.array(text(100)).min(2).max(12),
    multi_select: z.boolean().optional(),
  },
} as const;

type Members<K extends keyof typeof contentMembers> = z.infer<z.ZodObject<(typeof contentMembers)[K]>>;

/** The content members of a body that passed its schema. */
export type ContentBody = { [K in keyof typeof contentMembers]: { type: K } & Members<K> }[keyof typeof contentMembers];

/** Context in which content is read. */
export interface ContentContext {
  /** ISO 3166-1 alpha-2 code of the country of phone numbers without a country code. */
  defaultCountry: string;
  /** True when the provider may fetch a URL that a user gave. The provider may reach addresses that the user may not. */
  allowsUrl: (url: string) => boolean;
}

/** Returns the content of a body. Members without a value are left out, since content is hashed. Adds faults that its schema cannot detect to `errors`. */
export function toContent(body: ContentBody, { defaultCountry, allowsUrl }: ContentContext, errors: FieldError[]): MessageContent {
  if ('url' in body && !allowsUrl(body.url))
    errors.push({
      path: 'url',
      code: 'url_not_allowed',
      message: 'Give a public http or https URL on port 80, 443 or 8443, without credentials.',
    });
  switch (body.type) {
    case 'text':
      return { kind: 'text', text: body.text };
    case 'image':
    case 'video':
      return { kind: body.type, url: body.url, ...present({ caption: body.caption, viewOnce: body.view_once }) };
    case 'document':
      return { kind: 'document', url: body.url, ...present({ fileName: body.file_name, caption: body.caption }) };
    case 'audio':
      return { kind: 'audio', url: body.url, ...present({ viewOnce: body.view_once }) };
    case 'sticker':
      return { kind: 'sticker', url: body.url };
    case 'contact': {
      const phone = normaliseRecipient(body.phone, defaultCountry);
      const isPhone = phone.ok && phone.kind === 'phone';
      if (!isPhone) errors.push({ path: 'phone', code: 'invalid_phone', message: 'A contact card needs a phone number.' });
      return { kind: 'contact', name: body.name, phone: isPhone ? phone.recipient : body.phone };
    }
    case 'location': {
      const { latitude, longitude, name, address } = body;
      return { kind: 'location', latitude, longitude, ...present({ name, address }) };
    }
    case 'poll':
      if (new Set(body.options).size < body.options.length) {
        errors.push({ path: 'options', code: 'duplicate_option', message: 'The options of a poll must differ from each other.' });
      }
      return { kind: 'poll', question: body.question, options: body.options, ...present({ multiSelect: body.multi_select }) };
  }
}

/** Returns the reason why the provider cannot send this type of content to this type of recipient, or null. */
export function unsupported(
  kind: MessageContent['kind'],
  recipient: RecipientKind,
  capabilities: Pick<ProviderCapabilities, 'kinds' | 'channelKinds'>,
): FieldError | null {
  if (!capabilities.kinds.includes(kind)) {
    return { path: 'type', code: 'unsupported_kind', message: `The provider does not send messages of type ${kind}.` };
  }
  if (recipient === 'channel' && !capabilities.channelKinds.includes(kind)) {
    return { path: 'type', code: 'unsupported_for_channel', message: `A channel takes ${capabilities.channelKinds.join(', ')} only.` };
  }
  return null;
}
