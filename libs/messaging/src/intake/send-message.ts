import { normaliseRecipient, type RecipientKind } from '@heliograph/contacts';
import { instant, requestHash } from '@heliograph/kernel';
import type { FieldError } from '@heliograph/kernel';
import type { ProviderCapabilities } from '@heliograph/providers';
import { z } from 'zod';
import { type MessageBody, type MessageClass, messageClasses } from '../message';
import { type ContentBody, type ContentContext, contentMembers, toContent, unsupported } from './content';
import { contentHash } from './content-hash';
import { type MessageDraft } from './message-draft';
import { text } from './texts';

const hourMs = 3_600_000;
/** Ms for which a message waits when the client sets no expiry. */
const expiryMs: Record<MessageClass, number> = {
  transactional: 24 * hourMs,
  reply: 24 * hourMs,
  drip: 168 * hourMs,
  broadcast: 168 * hourMs,
};
/** Ms that a message may be scheduled ahead, and that it may wait after it is due. */
const yearMs = 366 * 24 * hourMs;

const address = z.string().min(1).max(128);
const time = instant;

/** A key that the client chose to identify repeats of a request: printable ASCII. */
export const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,255}$/, 'An idempotency key is 1 to 255 printable ASCII characters without spaces.');

const envelope = {
  to: address.describe('Phone number in any spelling, a group (…@g.us), a channel (…@newsletter), a privacy id (…@lid) or a @handle.'),
  class: z
    .enum(messageClasses)
    .optional()
    .describe('Urgency; transactional messages go first. Default: transactional, in a bulk call broadcast.'),
  session_id: z.uuid().optional().describe('The session to send through. Without it, the routing rule of the tenant picks one.'),
  tag: text(64).optional().describe('Only sessions with this tag may be picked.'),
  client_ref: text(255).optional().describe('Your own reference; messages can be found by it.'),
  tags: z.array(text(64)).max(10).optional().describe('Your own labels; messages can be filtered by them.'),
  send_at: time.optional().describe('Earliest time to send (RFC 3339 with a zone), at most a year ahead.'),
  expires_at: time
    .optional()
    .describe(
      'Latest time to send. Default: 24 hours after the message is due for transactional and reply, 7 days for drip and broadcast.',
    ),
  reply_to: z
    .uuid()
    .optional()
    .describe(
      'Id of an earlier message through the same session. The message quotes it if it was sent by then. Without `session_id`, it also determines the session.',
    ),
  mentions: z.array(address).min(1).max(1_024).optional().describe('Phone numbers mentioned in a message to a group.'),
};

function messageSchema<E extends z.ZodRawShape>(extra: E) {
  const kind = <K extends keyof typeof contentMembers>(type: K) =>
    z.strictObject({ type: z.literal(type), ...contentMembers[type], ...extra });
  return z.discriminatedUnion('type', [
    kind('text'),
    kind('image'),
    kind('video'),
    kind('document'),
    kind('audio'),
    kind('sticker'),
    kind('contact'),
    kind('location'),
    kind('poll'),
  ]);
}

/** The body of `POST /v1/messages`. */
export const sendMessageBody = messageSchema(envelope).meta({
  id: 'SendMessage',
  example: { to: '+447700900101', type: 'text', text: 'Your table is booked for 19:30.', client_ref: 'booking-4711' },
});
export type SendMessageBody = z.infer<typeof sendMessageBody>;

/** One row of a bulk call. */
export const bulkMessageBody = messageSchema({
  ...envelope,
  idempotency_key: idempotencyKey.optional().describe('Identifies this row when it is sent again, in any call.'),
}).meta({
  id: 'BulkMessage',
  example: { to: '+447700900101', type: 'text', text: 'The summer sale starts today.', idempotency_key: 'sale-4711' },
});
export type BulkMessageBody = z.infer<typeof bulkMessageBody>;

const { client_ref, tags, reply_to, mentions } = envelope;
/** The result of a body source: the content of a message. */
export const renderedMessageBody = messageSchema({ mentions });

/** An answer in a conversation. The conversation determines its recipient. */
export const replyMessageBody = messageSchema({ client_ref, tags, reply_to, mentions }).meta({
  id: 'ReplyMessage',
  example: { type: 'text', text: 'Eight is fine, see you then.' },
});
export type ReplyMessageBody = z.infer<typeof replyMessageBody>;

/** Context in which a body is read. */
export interface DraftContext extends ContentContext {
  /** Seconds per class during which the same content may not go to the same recipient again; 0: not guarded. */
  contentWindows: Record<MessageClass, number>;
  capabilities: Pick<ProviderCapabilities, 'kinds' | 'channelKinds'>;
  /** Bounds `send_at` and `expires_at`. The database decides when a message is due. */
  now: Date;
  /** The class of a body that names none. */
  defaultClass: MessageClass;
  /** The key of the whole request. A row's own key takes precedence. */
  idempotencyKey?: string;
}

export type DraftResult = { ok: true; draft: MessageDraft } | { ok: false; errors: FieldError[] };

/** Converts a body that passed its schema into a draft, or returns every fault that the schema cannot detect. Pure. */
export function toDraft(body: SendMessageBody | BulkMessageBody, context: DraftContext): DraftResult {
  const errors: FieldError[] = [];
  const recipient = normaliseRecipient(body.to, context.defaultCountry);
  if (!recipient.ok) errors.push({ path: 'to', code: recipient.code, message: recipient.message });
  const messageBody = toBody(body, recipient.ok ? recipient.kind : null, context, errors);
  const sendAt = body.send_at === undefined ? null : new Date(body.send_at);
  const expiresAt = body.expires_at === undefined ? null : new Date(body.expires_at);
  checkTimes(sendAt, expiresAt, context.now.getTime(), errors);
  if (errors.length > 0 || !recipient.ok) return { ok: false, errors };

  const messageClass = body.class ?? context.defaultClass;
  const window = context.contentWindows[messageClass];
  const { idempotency_key: ownKey, ...request } = body as BulkMessageBody;
  const key = ownKey ?? context.idempotencyKey ?? null;
  return {
    ok: true,
    draft: {
      recipient: recipient.recipient,
      ...(body.session_id && { sessionId: body.session_id }),
      ...(body.tag && { tag: body.tag }),
      class: messageClass,
      body: messageBody,
      sendAt,
      expiresAt,
      expiresAfterMs: expiryMs[messageClass],
      clientRef: body.client_ref ?? null,
      tags: body.tags?.length ? body.tags : null,
      replyTo: body.reply_to ?? null,
      contentHash: window > 0 ? contentHash(recipient.recipient, messageBody.content) : null,
      contentWindowS: window > 0 ? window : null,
      idempotencyKey: key,
      requestHash: key === null ? null : requestHash(request),
    },
  };
}

/** Returns the content of a body for a recipient; null when its type is unknown. Adds faults that the schema cannot detect to `errors`. */
export function toBody(
  body: ContentBody & { mentions?: string[] | undefined },
  recipient: RecipientKind | null,
  context: Pick<DraftContext, 'defaultCountry' | 'allowsUrl' | 'capabilities'>,
  errors: FieldError[],
): MessageBody {
  const content = toContent(body, context, errors);
  if (recipient !== null) {
    const misfit = unsupported(content.kind, recipient, context.capabilities);
    if (misfit) errors.push(misfit);
    if (body.mentions && recipient !== 'group') {
      errors.push({ path: 'mentions', code: 'mentions_without_group', message: 'Only messages to a group can mention people.' });
    }
  }
  const mentions = body.mentions && toMentions(body.mentions, context.defaultCountry, errors);
  return mentions ? { content, mentions } : { content };
}

function toMentions(mentions: string[], defaultCountry: string, errors: FieldError[]): string[] {
  return mentions.map((raw, i) => {
    const who = normaliseRecipient(raw, defaultCountry);
    if (who.ok && (who.kind === 'phone' || who.kind === 'lid')) return who.recipient;
    errors.push({ path: `mentions/${i}`, code: 'invalid_recipient', message: 'A mention is a phone number or a privacy id.' });
    return raw;
  });
}

function checkTimes(sendAt: Date | null, expiresAt: Date | null, now: number, errors: FieldError[]): void {
  const dueAt = Math.max(now, sendAt?.getTime() ?? now);
  if (sendAt && sendAt.getTime() > now + yearMs) {
    errors.push({ path: 'send_at', code: 'too_far_ahead', message: 'A message can be scheduled at most a year ahead.' });
  }
  if (expiresAt && expiresAt.getTime() <= dueAt) {
    errors.push({ path: 'expires_at', code: 'expires_before_due', message: 'The message would expire before it may be sent.' });
  } else if (expiresAt && expiresAt.getTime() > dueAt + yearMs) {
    errors.push({ path: 'expires_at', code: 'too_far_ahead', message: 'A message can wait at most a year.' });
  }
}
