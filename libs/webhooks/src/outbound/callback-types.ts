import { actorSchema, newId } from '@heliograph/kernel';
import { letterKindName } from '@heliograph/dead-letters';
import { messageClasses, messageOriginView, messageStates } from '@heliograph/messaging';
import { actionableReasons } from '@heliograph/tenants';
import { z } from 'zod';

/** Version of the schemas below. A change that could break a receiver gets a new version. */
export const callbackVersion = 1;

const uuid = z.uuid();
const time = z.iso.datetime({ offset: true });
const nullable = <T extends z.ZodType>(schema: T) => schema.nullable();

const message = z.object({
  message_id: uuid,
  session_id: uuid,
  group_id: nullable(uuid),
  to: z.string().meta({ description: 'Canonical address: +E.164, …@lid, …@g.us, …@newsletter or @handle.' }),
  type: nullable(z.string()).meta({ description: 'As in POST /v1/messages; null when the message ended before its body was created.' }),
  class: z.enum(messageClasses),
  client_ref: nullable(z.string()),
  tags: z.array(z.string()),
  state: z.enum(messageStates),
  attempt: z.int(),
  cause: nullable(z.string()),
  detail: nullable(z.string()),
  origin: messageOriginView,
  at: time,
});

const written = z.object({
  entry_id: uuid,
  session_id: uuid,
  conversation_id: nullable(uuid),
  contact_id: nullable(uuid),
  whatsapp_id: z.string(),
  chat: nullable(z.string()).meta({ description: 'Address that answers are sent to: +E.164, …@lid, …@g.us or …@newsletter.' }),
  from: z.object({ phone: nullable(z.string()), lid: nullable(z.string()), name: nullable(z.string()) }),
  type: z.string().meta({ description: 'As in POST /v1/messages.' }),
  text: nullable(z.string()),
  choice_id: nullable(z.string()).meta({ description: 'Id of the chosen button or list row.' }),
  media: nullable(
    z.object({
      type: z.string(),
      mimetype: nullable(z.string()),
      file_name: nullable(z.string()),
      view_once: z.boolean().meta({ description: 'True when the sender allowed one view only.' }),
    }),
  ),
  in_reply_to: nullable(
    z.object({
      message_id: uuid,
      by: z
        .enum(['quote', 'latest'])
        .meta({ description: 'quote: the entry quotes the message; latest: the message was the last one sent to the person.' }),
      group_id: nullable(uuid),
      client_ref: nullable(z.string()),
    }),
  ).meta({ description: 'Our message that it answers, where known.' }),
  actionable: z.boolean().meta({ description: 'True when it needs an answer by the tenant’s rules.' }),
  reasons: z.array(z.enum(actionableReasons)).meta({ description: 'Why.' }),
  sent_at: nullable(time),
  received_at: time,
});
const change = z.object({
  whatsapp_id: z.string(),
  session_id: uuid,
  conversation_id: nullable(uuid),
  entry_id: nullable(uuid).meta({ description: 'Entry that changed; null for a message of ours.' }),
  message_id: nullable(uuid).meta({ description: 'Our message that changed; null for an entry.' }),
  chat: nullable(z.string()),
  at: time,
});
const consent = z.object({
  consent_id: uuid,
  contact_id: uuid,
  address: nullable(z.string()).meta({ description: 'Address that it was given from or is about; null: the contact had none.' }),
  addresses: z.array(z.string()).meta({ description: 'Addresses of the contact at the time of the report.' }),
  session_id: nullable(uuid),
  source: z.string(),
  text: nullable(z.string()),
  actor: actorSchema,
  at: time,
});

const campaign = z.object({
  campaign_id: uuid,
  name: z.string(),
  actor: actorSchema,
  detail: nullable(z.record(z.string(), z.unknown())).meta({
    description: 'Further data, for example the rule that paused it and its figures.',
  }),
  messages: z.record(z.string(), z.int()).meta({ description: 'Messages by state at the time of the report.' }),
  at: time,
});

const exampleCampaign = {
  campaign_id: '019ac2d4-0000-7000-8000-00000000000a',
  name: 'Summer sale',
  actor: { kind: 'person', id: '019ac2d4-0000-7000-8000-00000000000b', name: 'Ada' },
  detail: null,
  messages: { queued: 1_200, sent: 40, delivered: 310, read: 150 },
  at: '2026-11-24T12:00:00.000Z',
} as const;
const exampleChange = {
  whatsapp_id: '3EB0A1B2C3D4E5F6071829',
  session_id: '019ac2d4-0000-7000-8000-000000000001',
  conversation_id: '019ac2d4-0000-7000-8000-000000000002',
  entry_id: '019ac2d4-0000-7000-8000-000000000003',
  message_id: null,
  chat: '+447700900101',
  at: '2026-11-24T12:00:00.000Z',
} as const;
const exampleConsent = {
  consent_id: '019ac2d4-0000-7000-8000-000000000006',
  contact_id: '019ac2d4-0000-7000-8000-000000000004',
  address: '+447700900101',
  addresses: ['+447700900101', '109999@lid'],
  session_id: '019ac2d4-0000-7000-8000-000000000001',
  source: 'keyword',
  text: 'STOP',
  actor: { kind: 'system', id: 'opt_out_keyword', name: 'opt out keyword' },
  at: '2026-11-24T12:00:00.000Z',
} as const;
const exampleMessage = {
  message_id: '019ac2d4-7c1e-7b5a-9d2f-3b1a5c7e9f01',
  session_id: '019ac2d4-0000-7000-8000-000000000001',
  group_id: null,
  to: '+447700900101',
  type: 'text',
  class: 'transactional',
  client_ref: 'booking-4711',
  tags: [],
  state: 'sent',
  attempt: 1,
  cause: null,
  detail: null,
  origin: { kind: 'api' },
  at: '2026-11-24T12:00:00.000Z',
} as const;

/**
 * Priorities of pending callbacks, lowest first: actions of people are rare and urgent; receipts of a broadcast come by the ten thousand.
 */
export const priorities = { people: 0, notices: 1, receipts: 2 } as const;
export type CallbackPriority = (typeof priorities)[keyof typeof priorities];
export const allPriorities = Object.values(priorities);

/** Schema of the data of each event type, with its priority and an example. */
export const callbackTypes = {
  'message.sent': { priority: priorities.receipts, data: message, summary: 'The provider accepted a message.', example: exampleMessage },
  'message.delivered': {
    priority: priorities.receipts,
    data: message,
    summary: 'A message reached the recipient’s device.',
    example: { ...exampleMessage, state: 'delivered' },
  },
  'message.read': {
    priority: priorities.receipts,
    data: message,
    summary: 'The recipient read or played a message.',
    example: { ...exampleMessage, state: 'read' },
  },
  'message.failed': {
    priority: priorities.receipts,
    data: message,
    summary: 'A message will not be sent: it was refused, expired, suppressed or out of tries.',
    example: { ...exampleMessage, state: 'failed', cause: 'invalid_recipient', detail: 'The number is not on WhatsApp.' },
  },
  'message.uncertain': {
    priority: priorities.receipts,
    data: message,
    summary: 'The provider’s response was lost; Heliograph looks for evidence.',
    example: { ...exampleMessage, state: 'uncertain', cause: 'answer_lost' },
  },
  'message.dead': {
    priority: priorities.notices,
    data: message,
    summary: 'A message became a dead letter and needs a person.',
    example: { ...exampleMessage, state: 'uncertain', cause: 'outcome_unknown' },
  },
  'message.received': {
    priority: priorities.people,
    data: written,
    summary: 'A person wrote a message.',
    example: {
      entry_id: '019ac2d4-0000-7000-8000-000000000003',
      session_id: '019ac2d4-0000-7000-8000-000000000001',
      conversation_id: '019ac2d4-0000-7000-8000-000000000002',
      contact_id: '019ac2d4-0000-7000-8000-000000000004',
      whatsapp_id: '3EB0A1B2C3D4E5F6071829',
      chat: '+447700900101',
      from: { phone: '+447700900101', lid: '109999@lid', name: 'Priya' },
      type: 'text',
      text: 'Can we come at eight?',
      choice_id: null,
      media: null,
      in_reply_to: { message_id: exampleMessage.message_id, by: 'latest', group_id: null, client_ref: 'booking-4711' },
      actionable: true,
      reasons: ['reply', 'question'],
      sent_at: '2026-11-24T11:59:59.000Z',
      received_at: '2026-11-24T12:00:00.000Z',
    },
  },
  'message.edited': {
    priority: priorities.people,
    data: change.extend({ text: nullable(z.string()) }),
    summary: 'A person edited a message.',
    example: { ...exampleChange, text: 'Can we come at nine?' },
  },
  'message.deleted': { priority: priorities.people, data: change, summary: 'A message was deleted for everyone.', example: exampleChange },
  'message.reaction': {
    priority: priorities.people,
    data: change.extend({
      author: nullable(z.string()).meta({ description: 'Null: the session itself, or an unnamed member of a group.' }),
      emoji: nullable(z.string()).meta({ description: 'Null: the reaction was withdrawn.' }),
    }),
    summary: 'A person reacted to a message.',
    example: { ...exampleChange, entry_id: null, message_id: exampleMessage.message_id, author: '+447700900101', emoji: '👍' },
  },
  'contact.opted_out': {
    priority: priorities.people,
    data: consent,
    summary: 'A person opted out: nothing more is sent to any of their addresses, nor to those that they get later.',
    example: exampleConsent,
  },
  'contact.opted_in': {
    priority: priorities.people,
    data: consent,
    summary: 'A person opted in (again).',
    example: { ...exampleConsent, text: 'START' },
  },
  'contact.consent_voided': {
    priority: priorities.people,
    data: consent.extend({ voids: uuid.meta({ description: 'Consent that no longer counts.' }) }),
    summary: 'A consent that an import recorded no longer counts: the import was undone.',
    example: {
      ...exampleConsent,
      session_id: null,
      source: 'import_undo',
      text: null,
      actor: { kind: 'person', id: '019ac2d4-0000-7000-8000-000000000007', name: 'Priya Nair' },
      voids: '019ac2d4-0000-7000-8000-000000000008',
    },
  },
  'campaign.approved': {
    priority: priorities.notices,
    data: campaign,
    summary: 'A second person, or the client by a link, approved a campaign as it is.',
    example: {
      ...exampleCampaign,
      actor: { kind: 'system', id: 'approval_link', name: 'Jo Fields' },
      detail: { link_id: '019ac2d4-0000-7000-8000-00000000000c', note: 'Looks good.' },
      messages: {},
    },
  },
  'campaign.changes_asked': {
    priority: priorities.notices,
    data: campaign,
    summary: 'The client asked by a link for changes of a campaign.',
    example: {
      ...exampleCampaign,
      actor: { kind: 'system', id: 'approval_link', name: 'Jo Fields' },
      detail: { link_id: '019ac2d4-0000-7000-8000-00000000000c', note: 'Please send it next week.' },
      messages: {},
    },
  },
  'campaign.started': {
    priority: priorities.notices,
    data: campaign,
    summary: 'A campaign began to send.',
    example: { ...exampleCampaign, messages: {} },
  },
  'campaign.paused': {
    priority: priorities.notices,
    data: campaign,
    summary: 'A person or a rule paused a campaign.',
    example: exampleCampaign,
  },
  'campaign.completed': {
    priority: priorities.notices,
    data: campaign,
    summary:
      'Everybody whom a campaign was to reach has an outcome, or waits for a person to decide on one that is unknown. Sent again when messages of it were.',
    example: { ...exampleCampaign, messages: { delivered: 1_100, read: 580, failed: 20 } },
  },
  'campaign.cancelled': {
    priority: priorities.notices,
    data: campaign,
    summary: 'A person cancelled a campaign.',
    example: exampleCampaign,
  },
  'campaign.failed': {
    priority: priorities.notices,
    data: campaign,
    summary: 'A campaign cannot go on: something that it refers to is gone. What was not sent is cancelled.',
    example: {
      ...exampleCampaign,
      actor: { kind: 'system', id: null, name: 'campaigns' },
      detail: { reason: 'template_not_found', message: 'The template of the campaign does not exist.' },
    },
  },
  'session.status': {
    priority: priorities.notices,
    data: z.object({
      session_id: uuid,
      status: z.string(),
      previous_status: z.string(),
      raw_status: nullable(z.string()),
      reason: nullable(z.string()),
      source: z.string(),
      at: time,
    }),
    summary: 'The status of a session changed.',
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
    priority: priorities.notices,
    data: z.object({
      dead_letter_id: uuid,
      kind: letterKindName,
      subject_id: z.string(),
      session_id: nullable(uuid),
      group_id: nullable(uuid),
      cause: z.string(),
      detail: nullable(z.string()),
      at: time,
    }),
    summary: 'A dead letter was opened and needs a person.',
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
    priority: priorities.notices,
    data: z.object({
      endpoint_id: uuid,
      status: z.enum(['failing', 'disabled', 'recovered']),
      reason: nullable(z.string()),
      failing_since: nullable(time),
      at: time,
    }),
    summary: 'An endpoint has been failing for an hour or a day, was disabled, or works again.',
    example: {
      endpoint_id: '019ac2d4-0000-7000-8000-000000000005',
      status: 'disabled',
      reason: 'failing',
      failing_since: '2026-11-19T12:00:00.000Z',
      at: '2026-11-24T12:00:00.000Z',
    },
  },
  'endpoint.test': {
    priority: priorities.notices,
    data: z.object({ endpoint_id: uuid, text: z.string() }),
    summary: 'A test event, requested to check the endpoint.',
    example: { endpoint_id: '019ac2d4-0000-7000-8000-000000000005', text: 'It works.' },
  },
} satisfies Record<string, { priority: CallbackPriority; data: z.ZodType; summary: string; example: unknown }>;

export type CallbackType = keyof typeof callbackTypes;
export const callbackTypeNames = Object.keys(callbackTypes) as CallbackType[];
/** The data of an event of this type. */
export type CallbackData<T extends CallbackType> = z.input<(typeof callbackTypes)[T]['data']>;

/** An event for endpoints that receive its type. */
export interface CallbackEvent {
  tenantId: string;
  /** The same for every endpoint and on every attempt: the header `webhook-id`. */
  id: string;
  type: CallbackType;
  sessionId: string | null;
  /** Key of the order: the conversation. */
  orderKey: string;
  /** False: endpoints with `only_actionable` do not receive it. */
  actionable: boolean;
  body: string;
}

/** Wraps an event in the envelope of Standard Webhooks: `type`, `timestamp`, `data`, with our `id` and `version`. */
export function callbackEvent<T extends CallbackType>(
  type: T,
  of: { tenantId: string; sessionId: string | null; orderKey: string; at: Date; actionable?: boolean; isTest?: boolean },
  data: CallbackData<T>,
): CallbackEvent {
  const id = newId();
  const { tenantId, sessionId, orderKey, at, actionable = true, isTest = false } = of;
  const envelope = { id, type, version: callbackVersion, timestamp: at.toISOString(), tenant_id: tenantId };
  const body = JSON.stringify({ ...envelope, ...(isTest && { test: true }), data });
  return { tenantId, id, type, sessionId, orderKey, actionable, body };
}
