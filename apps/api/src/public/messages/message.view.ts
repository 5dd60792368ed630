import { actorSchema, instant, systemActor } from '@heliograph/kernel';
import type { AcceptedMessage, MessageBody, MessageDetail, MessageSummary } from '@heliograph/messaging';
import { memberStates, messageClasses, messageOriginView, messageStates, originView } from '@heliograph/messaging';
import { z } from 'zod';

const bySender = systemActor('sender');
const exampleAccepted = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c073980',
  state: 'queued',
  session_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c07398f',
  group_id: null,
  to: '+447700900101',
  type: 'text',
  class: 'transactional',
  client_ref: 'booking-4711',
  tags: ['booking'],
  send_at: null,
  expires_at: '2026-11-24T09:00:00.000Z',
  created_at: '2026-11-23T09:00:00.000Z',
};
export const exampleSummary = {
  ...exampleAccepted,
  state: 'delivered',
  cause: null,
  attempts: 1,
  sent_at: '2026-11-23T09:00:01.400Z',
  delivered_at: '2026-11-23T09:00:03.100Z',
  read_at: null,
  played_at: null,
};

/** State of a message. */
export const messageState = z.enum(messageStates).meta({ id: 'MessageState' });
/** Urgency of a message. */
export const messageClass = z.enum(messageClasses).meta({ id: 'MessageClass' });
const time = z.iso.datetime().nullable();
/** Filters of every list of messages. */
export const messageFilters = {
  state: z
    .union([z.enum(messageStates), z.array(z.enum(messageStates)).max(messageStates.length)])
    .transform((states) => [states].flat())
    .optional()
    .meta({ description: 'A state, or several: repeat the parameter.' }),
  created_from: instant.transform((s) => new Date(s)).optional(),
  created_to: instant.transform((s) => new Date(s)).optional(),
};

/** A message as it was accepted. */
export const acceptedMessageSchema = z
  .object({
    id: z.uuid(),
    state: z.enum(['queued', 'scheduled']),
    session_id: z.uuid(),
    group_id: z.uuid().nullable(),
    to: z.string(),
    type: z.string().nullable().meta({ description: 'As in POST /v1/messages; null until the body is created, right before the call.' }),
    class: messageClass,
    client_ref: z.string().nullable(),
    tags: z.array(z.string()),
    send_at: time,
    expires_at: z.iso.datetime(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'AcceptedMessage', example: exampleAccepted });

/** A message in a list. */
export const messageSummarySchema = acceptedMessageSchema
  .extend({
    state: messageState,
    cause: z.string().nullable(),
    attempts: z.int(),
    sent_at: time,
    delivered_at: time,
    read_at: time,
    played_at: time,
  })
  .meta({ id: 'MessageSummary', example: exampleSummary });

/** A change of a message's state. */
export const messageStepSchema = z.object({
  at: z.iso.datetime(),
  from: z.string(),
  to: z.string(),
  attempt: z.int(),
  cause: z.string().nullable(),
  detail: z.string().nullable(),
  actor: actorSchema.nullable(),
});
export const messageStepView = ({ at, ...step }: MessageDetail['timeline'][number]): z.input<typeof messageStepSchema> => ({
  ...step,
  at: at.toISOString(),
});

/** A message with everything that happened to it. */
export const messageDetailSchema = messageSummarySchema
  .extend({
    message: z.unknown().meta({ description: 'Content and mentions; null until the body is created, right before the call.' }),
    detail: z.string().nullable(),
    reply_to: z.uuid().nullable(),
    redrive_of: z.uuid().nullable(),
    origin: messageOriginView,
    provider_message_id: z.string().nullable(),
    idempotency_key: z.string().nullable().meta({
      description: 'Key of the request, or of the row in a bulk call, while it is kept. A key of a whole bulk call is not repeated here.',
    }),
    whatsapp_ids: z.array(z.object({ id: z.string(), evidence: z.string() })),
    members: z
      .array(z.object({ address: z.string(), state: z.enum(memberStates), delivered_at: time, read_at: time, played_at: time }))
      .meta({ description: 'For a message to a group: the state for each member that a receipt named. Empty for other messages.' }),
    votes: z
      .array(z.object({ voter: z.string(), options: z.array(z.string()), at: z.iso.datetime() }))
      .meta({ description: 'For a poll: the latest vote of each person. Empty for other messages.' }),
    timeline: z.array(messageStepSchema),
  })
  .meta({
    id: 'Message',
    example: {
      ...exampleSummary,
      message: { content: { type: 'text', text: 'Your table is booked for 19:30.' } },
      detail: null,
      reply_to: null,
      redrive_of: null,
      origin: { kind: 'api' },
      provider_message_id: '61400001',
      idempotency_key: 'booking-4711',
      whatsapp_ids: [{ id: '3EB0A1B2C3D4E5F6071829', evidence: 'info' }],
      members: [],
      votes: [],
      timeline: [
        { at: '2026-11-23T09:00:01.000Z', from: 'queued', to: 'calling', attempt: 1, cause: null, detail: null, actor: bySender },
        { at: '2026-11-23T09:00:01.400Z', from: 'calling', to: 'sent', attempt: 1, cause: null, detail: null, actor: bySender },
        {
          at: '2026-11-23T09:00:03.100Z',
          from: 'sent',
          to: 'delivered',
          attempt: 1,
          cause: null,
          detail: null,
          actor: systemActor('receipts'),
        },
      ],
    },
  });

const wireNames = { kind: 'type', viewOnce: 'view_once', fileName: 'file_name', multiSelect: 'multi_select' } as const;

/** Returns the body of a message with the member names of `POST /v1/messages`. */
export function bodyView({ content, ...rest }: MessageBody): Record<string, unknown> {
  const named = Object.entries(content).map(([name, value]) => [wireNames[name as keyof typeof wireNames] ?? name, value as unknown]);
  return { content: Object.fromEntries(named), ...rest };
}

const iso = (at: Date | null) => at?.toISOString() ?? null;

export function acceptedView(m: AcceptedMessage): z.input<typeof acceptedMessageSchema> {
  return {
    id: m.id,
    state: m.state,
    session_id: m.sessionId,
    group_id: m.groupId,
    to: m.recipient,
    type: m.kind,
    class: m.class,
    client_ref: m.clientRef,
    tags: m.tags,
    send_at: iso(m.sendAt),
    expires_at: m.expiresAt.toISOString(),
    created_at: m.createdAt.toISOString(),
  };
}

export function summaryView(m: MessageSummary): z.input<typeof messageSummarySchema> {
  return {
    ...acceptedView({ ...m, state: 'queued' }),
    state: m.state,
    cause: m.cause,
    attempts: m.attempt,
    sent_at: iso(m.sentAt),
    delivered_at: iso(m.deliveredAt),
    read_at: iso(m.readAt),
    played_at: iso(m.playedAt),
  };
}

export function detailView(m: MessageDetail): z.input<typeof messageDetailSchema> {
  return {
    ...summaryView(m),
    message: m.body && bodyView(m.body),
    detail: m.detail,
    reply_to: m.replyTo,
    redrive_of: m.redriveOf,
    origin: originView(m.origin),
    provider_message_id: m.providerMessageId,
    idempotency_key: m.idempotencyKey,
    whatsapp_ids: m.keys.map((k) => ({ id: k.keyId, evidence: k.evidence })),
    members: m.members.map((one) => ({
      address: one.address,
      state: one.state,
      delivered_at: iso(one.deliveredAt),
      read_at: iso(one.readAt),
      played_at: iso(one.playedAt),
    })),
    votes: m.votes.map((vote) => ({ ...vote, at: vote.at.toISOString() })),
    timeline: m.timeline.map(messageStepView),
  };
}
