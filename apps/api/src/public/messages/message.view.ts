import { actorSchema, instant, systemActor } from '@heliograph/kernel';
import type { AcceptedMessage, MessageBody, MessageDetail, MessageSummary } from '@heliograph/messaging';
import { memberStates, messageClasses, messageOriginView, messageStates, originView } from '@heliograph/messaging';
import type { MessageHook } from '@heliograph/webhooks';
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
const iso = (at: Date | null) => at?.toISOString() ?? null;
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
export const messageStepView = ({
  at,
  from,
  to,
  attempt,
  cause,
  detail,
  actor,
}: Omit<MessageDetail['timeline'][number], 'call' | 'dueAt'>): z.input<typeof messageStepSchema> => ({
  at: at.toISOString(),
  from,
  to,
  attempt,
  cause,
  detail,
  actor,
});

/** A call of the provider. */
const messageCallSchema = z
  .object({
    attempt: z.int(),
    at: z.iso.datetime(),
    ended_at: time.meta({ description: 'Time at which its outcome was stored; null: it is being made.' }),
    outcome: messageState.nullable().meta({ description: 'State that it led to. A late answer may have changed that since.' }),
    cause: z.string().nullable(),
    detail: z.string().nullable(),
    duration_ms: z
      .int()
      .nullable()
      .meta({ description: 'Duration until the answer, or until the call was given up; null when the process ended meanwhile.' }),
    http_status: z.int().nullable().meta({ description: 'Status of the answer; null: none was read.' }),
    answer: z.string().nullable().meta({
      description:
        'First 500 characters of an answer that did not accept the message, without secrets. Null without the scope `callbacks:bodies`.',
    }),
    retry_after_ms: z.int().nullable().meta({ description: 'Time to wait that the provider asked for.' }),
    request: z
      .object({
        to: z
          .string()
          .meta({ description: 'Address in the request: for a mobile number with two spellings, the one that WhatsApp shows.' }),
        file_url: z.string().nullable().meta({
          description: 'Address of the copy of the file at the provider, where one was sent. Null without the scope `callbacks:bodies`.',
        }),
        quoted_id: z.string().nullable().meta({ description: 'Id at the provider of the quoted message.' }),
      })
      .meta({ description: 'Members of the request beside the content in `message`.' }),
  })
  .meta({ id: 'MessageCall' });

function callView(call: MessageDetail['calls'][number], showsBodies: boolean): z.input<typeof messageCallSchema> {
  return {
    attempt: call.attempt,
    at: call.at.toISOString(),
    ended_at: iso(call.endedAt),
    outcome: call.to as MessageDetail['state'] | null,
    cause: call.cause,
    detail: call.detail,
    duration_ms: call.durationMs,
    http_status: call.httpStatus,
    answer: showsBodies ? call.answer : null,
    retry_after_ms: call.retryAfterMs,
    request: {
      to: call.request.to,
      file_url: showsBodies ? call.request.fileUrl : null,
      quoted_id: call.request.quotedId,
    },
  };
}

const exampleHook = {
  id: '4711',
  received_at: '2026-11-23T09:00:03.080Z',
  read_at: '2026-11-23T09:00:03.100Z',
  event: 'messages.update',
  says: ['delivered'],
  outcome: 'applied',
  body: '{"event":"messages.update","data":{"key":{"id":"3EB0A1B2C3D4E5F6071829"},"update":{"status":3}}}',
};

/** Maximum characters of a hook's body in an answer. */
const maxHookChars = 20_000;

/** The kept hooks of a message. */
export const messageHooksSchema = z
  .object({
    data: z.array(
      z.object({
        id: z.string(),
        received_at: z.iso.datetime(),
        read_at: time.meta({ description: 'Time at which it was read; null: it waits.' }),
        event: z.string().nullable().meta({ description: 'Event that its body names; null for a body that cannot be read.' }),
        says: z.array(z.string()).meta({
          description: 'Statements about this message: states of receipts (`delivered`), else kinds, such as `own_message` or `reaction`.',
        }),
        outcome: z.string().nullable().meta({ description: '`applied`, `duplicate`, `unhandled`, `parked` or `dead`; null: it waits.' }),
        body: z
          .string()
          .nullable()
          .meta({
            description: `Body as received, without secrets, up to ${maxHookChars} characters. Null without the scope \`callbacks:bodies\`.`,
          }),
      }),
    ),
  })
  .meta({ id: 'MessageHooks', example: { data: [exampleHook] } });

export const messageHooksView = (hooks: MessageHook[], showsBodies: boolean): z.input<typeof messageHooksSchema> => ({
  data: hooks.map(({ id, receivedAt, readAt, event, says, outcome, body }) => ({
    id,
    received_at: receivedAt.toISOString(),
    read_at: iso(readAt),
    event,
    says,
    outcome,
    body: showsBodies ? body.slice(0, maxHookChars) : null,
  })),
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
    calls: z.array(messageCallSchema).meta({ description: 'Calls of the provider, the first one first.' }),
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
      calls: [
        {
          attempt: 1,
          at: '2026-11-23T09:00:01.000Z',
          ended_at: '2026-11-23T09:00:01.400Z',
          outcome: 'sent',
          cause: null,
          detail: null,
          duration_ms: 396,
          http_status: 200,
          answer: null,
          retry_after_ms: null,
          request: { to: '+447700900101', file_url: null, quoted_id: null },
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

/** @param showsBodies whether the caller sees answers of the provider and addresses of files */
export function detailView(m: MessageDetail, showsBodies: boolean): z.input<typeof messageDetailSchema> {
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
    calls: m.calls.map((call) => callView(call, showsBodies)),
  };
}
