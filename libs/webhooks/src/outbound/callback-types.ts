import { newId } from '@heliograph/kernel';
import { deadLetterKinds, messageClasses, messageStates } from '@heliograph/messaging';
import { z } from 'zod';

/** Version of the forms below. A change that could break a receiver gets a new one. */
export const callbackVersion = 1;

const uuid = z.uuid();
const time = z.iso.datetime({ offset: true });
const nullable = <T extends z.ZodType>(schema: T) => schema.nullable();

const message = z.object({
  message_id: uuid,
  session_id: uuid,
  group_id: nullable(uuid),
  to: z.string().meta({ description: 'Canonical address: +E.164, …@lid, …@g.us, …@newsletter or @handle.' }),
  kind: z.string(),
  class: z.enum(messageClasses),
  client_ref: nullable(z.string()),
  tags: z.array(z.string()),
  state: z.enum(messageStates),
  attempt: z.int(),
  cause: nullable(z.string()),
  detail: nullable(z.string()),
  origin: nullable(z.object({ event_id: uuid, rule_id: uuid, rule_version: z.int() })).meta({
    description: 'The event and the version of the rule that made the message; null: a request did.',
  }),
  at: time,
});

const exampleMessage = {
  message_id: '019ac2d4-7c1e-7b5a-9d2f-3b1a5c7e9f01',
  session_id: '019ac2d4-0000-7000-8000-000000000001',
  group_id: null,
  to: '+447700900101',
  kind: 'text',
  class: 'transactional',
  client_ref: 'booking-4711',
  tags: [],
  state: 'sent',
  attempt: 1,
  cause: null,
  detail: null,
  origin: null,
  at: '2026-11-24T12:00:00.000Z',
} as const;

/** The data of each type of event, with an example. */
export const callbackTypes = {
  'message.sent': { data: message, summary: 'The provider took a message.', example: exampleMessage },
  'message.delivered': {
    data: message,
    summary: 'A message reached the recipient’s device.',
    example: { ...exampleMessage, state: 'delivered' },
  },
  'message.read': { data: message, summary: 'The recipient read a message, or played it.', example: { ...exampleMessage, state: 'read' } },
  'message.failed': {
    data: message,
    summary: 'A message will not be sent: refused, expired, suppressed or out of tries.',
    example: { ...exampleMessage, state: 'failed', cause: 'invalid_recipient', detail: 'The number is not on WhatsApp.' },
  },
  'message.uncertain': {
    data: message,
    summary: 'The provider’s answer was lost; evidence is being looked for.',
    example: { ...exampleMessage, state: 'uncertain', cause: 'answer_lost' },
  },
  'message.dead': {
    data: message,
    summary: 'A message needs a person: it is a dead letter.',
    example: { ...exampleMessage, state: 'uncertain', cause: 'outcome_unknown' },
  },
  'session.status': {
    data: z.object({
      session_id: uuid,
      status: z.string(),
      previous_status: z.string(),
      raw_status: nullable(z.string()),
      reason: nullable(z.string()),
      source: z.string(),
      at: time,
    }),
    summary: 'A session’s status changed.',
    example: {
      session_id: '019ac2d4-0000-7000-8000-000000000001',
      status: 'disconnected',
      previous_status: 'connected',
      raw_status: 'disconnected',
      reason: null,
      source: 'hook',
      at: '2026-11-24T12:00:00.000Z',
    },
  },
  'dead_letter.created': {
    data: z.object({
      dead_letter_id: uuid,
      kind: z.enum(deadLetterKinds),
      subject_id: z.string(),
      session_id: nullable(uuid),
      group_id: nullable(uuid),
      cause: z.string(),
      detail: nullable(z.string()),
      at: time,
    }),
    summary: 'Work needs a person.',
    example: {
      dead_letter_id: '019ac2d4-0000-7000-8000-000000000009',
      kind: 'message',
      subject_id: '019ac2d4-7c1e-7b5a-9d2f-3b1a5c7e9f01',
      session_id: '019ac2d4-0000-7000-8000-000000000001',
      group_id: null,
      cause: 'outcome_unknown',
      detail: null,
      at: '2026-11-24T12:00:00.000Z',
    },
  },
  'callback_endpoint.status': {
    data: z.object({
      endpoint_id: uuid,
      status: z.enum(['failing', 'disabled', 'recovered']),
      reason: nullable(z.string()),
      failing_since: nullable(time),
      at: time,
    }),
    summary: 'An endpoint has been failing for an hour or a day, was disabled, or is back.',
    example: {
      endpoint_id: '019ac2d4-0000-7000-8000-000000000005',
      status: 'disabled',
      reason: 'failing',
      failing_since: '2026-11-19T12:00:00.000Z',
      at: '2026-11-24T12:00:00.000Z',
    },
  },
  'endpoint.test': {
    data: z.object({ endpoint_id: uuid, text: z.string() }),
    summary: 'A person asked for it, to see that the endpoint works.',
    example: { endpoint_id: '019ac2d4-0000-7000-8000-000000000005', text: 'It works.' },
  },
} satisfies Record<string, { data: z.ZodType; summary: string; example: unknown }>;

export type CallbackType = keyof typeof callbackTypes;
export const callbackTypeNames = Object.keys(callbackTypes) as CallbackType[];
/** The data of an event of this type. */
export type CallbackData<T extends CallbackType> = z.input<(typeof callbackTypes)[T]['data']>;

/** Something that happened, to be told to endpoints that want it. */
export interface CallbackEvent {
  tenantId: string;
  /** The same for every endpoint and on every attempt: the header `webhook-id`. */
  id: string;
  type: CallbackType;
  sessionId: string | null;
  /** What is told in order: the conversation. */
  orderKey: string;
  /** False: endpoints that take only what wants an answer are not told. */
  actionable: boolean;
  body: string;
}

/** Puts an event into the envelope of Standard Webhooks: `type`, `timestamp`, `data`, with our `id` and `version`. */
export function callbackEvent<T extends CallbackType>(
  type: T,
  of: { tenantId: string; sessionId: string | null; orderKey: string; at: Date; actionable?: boolean },
  data: CallbackData<T>,
): CallbackEvent {
  const id = newId();
  const { tenantId, sessionId, orderKey, at, actionable = true } = of;
  const body = JSON.stringify({ id, type, version: callbackVersion, timestamp: at.toISOString(), tenant_id: tenantId, data });
  return { tenantId, id, type, sessionId, orderKey, actionable, body };
}
