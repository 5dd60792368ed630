import { actorSchema } from '@heliograph/kernel';
import {
  type EventRule,
  type EventRuleVersion,
  eventStates,
  eventSubject,
  type EventType,
  type RuleAction,
  ruleAction,
  type StoredEvent,
} from '@heliograph/ingestion';
import { z } from 'zod';
import { pageSchema } from '../../http/page.view';

const uuid = z.uuid();
const time = z.iso.datetime();
const json = z.record(z.string(), z.unknown());

const exampleAccepted = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739a0',
  event_key: 'onboarding-4711',
  name: 'user_onboarded',
  state: 'received',
} as const;

/** An event as it was accepted. */
export const acceptedEventSchema = z
  .object({
    id: uuid,
    event_key: z.string().meta({ description: 'Your id of the event.' }),
    name: z.string(),
    state: z.literal('received'),
  })
  .meta({ id: 'AcceptedEvent', example: exampleAccepted });

const result = z.object({
  rule_id: uuid,
  rule_version: z.int(),
  outcome: z.enum(['acted', 'not_matched', 'failed']),
  detail: z.string().nullable(),
  message_ids: z.array(uuid),
});
const exampleEvent = {
  id: exampleAccepted.id,
  event_key: 'onboarding-4711',
  name: 'user_onboarded',
  subject: { phone: '+447700900101' },
  payload: { first_name: 'Priya', plan: 'pro' },
  occurred_at: '2026-11-24T12:00:00.000Z',
  received_at: '2026-11-24T12:00:01.000Z',
  source: 'api',
  state: 'done',
  reason: null,
  detail: null,
  results: [
    {
      rule_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739b0',
      rule_version: 1,
      outcome: 'acted',
      detail: null,
      message_ids: ['0192f0c1-2f6e-7cc3-98c4-dc0c0c0739c0'],
    },
  ],
  contact_id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739f0',
  processed_at: '2026-11-24T12:00:01.200Z',
  repeats: 0,
  last_repeat_at: null,
  original: null,
  corrected_by: null,
  corrected_at: null,
} as const;
export const eventSchema = z
  .object({
    id: uuid,
    event_key: z.string(),
    name: z.string(),
    subject: eventSubject,
    payload: json,
    occurred_at: time,
    received_at: time,
    source: z.string().meta({ description: '`api`, or the name of the broker source.' }),
    state: z.enum(eventStates).meta({
      description:
        'rejected: the event type is unknown, the payload does not match its schema, or the subject is missing; failed: a rule failed. Both can be replayed.',
    }),
    reason: z.string().nullable(),
    detail: z.string().nullable(),
    results: z.array(result),
    contact_id: uuid.nullable(),
    processed_at: time.nullable(),
    repeats: z.int().meta({ description: 'Times that it was sent again with the same body; it is read once.' }),
    last_repeat_at: time.nullable(),
    original: z
      .object({ name: z.string(), subject: eventSubject, payload: json })
      .nullable()
      .meta({ description: 'Name, subject and payload as they were sent; null: the event was never corrected.' }),
    corrected_by: actorSchema.nullable(),
    corrected_at: time.nullable(),
  })
  .meta({ id: 'Event', example: exampleEvent });
export const eventPage = pageSchema(eventSchema, { id: 'EventPage', example: { data: [exampleEvent], next_cursor: null } });

export function eventView(e: StoredEvent): z.input<typeof eventSchema> {
  return {
    id: e.id,
    event_key: e.key,
    name: e.name,
    subject: e.subject,
    payload: e.payload,
    occurred_at: e.occurredAt.toISOString(),
    received_at: e.receivedAt.toISOString(),
    source: e.source,
    state: e.state,
    reason: e.reason,
    detail: e.detail,
    results: e.results,
    contact_id: e.contactId,
    processed_at: e.processedAt?.toISOString() ?? null,
    repeats: e.repeats,
    last_repeat_at: e.lastRepeatAt?.toISOString() ?? null,
    original: e.original,
    corrected_by: e.correctedBy,
    corrected_at: e.correctedAt?.toISOString() ?? null,
  };
}

const exampleType = {
  name: 'user_onboarded',
  description: 'A user finished the onboarding.',
  schema: { type: 'object', required: ['first_name'] },
  example: { first_name: 'Priya' },
  created_at: '2026-11-24T12:00:00.000Z',
  updated_at: '2026-11-24T12:00:00.000Z',
} as const;
export const eventTypeSchema = z
  .object({
    name: z.string(),
    description: z.string().nullable(),
    schema: json,
    example: json.nullable(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'EventType', example: exampleType });
export const eventTypeList = z.object({ data: z.array(eventTypeSchema) }).meta({ id: 'EventTypeList', example: { data: [exampleType] } });

export function eventTypeView(t: EventType): z.input<typeof eventTypeSchema> {
  return {
    name: t.name,
    description: t.description,
    schema: t.schema as Record<string, unknown>,
    example: t.example,
    created_at: t.createdAt.toISOString(),
    updated_at: t.updatedAt.toISOString(),
  };
}

const exampleAction: RuleAction = { type: 'send_message', message: { type: 'text', text: 'Welcome, {{ payload.first_name }}!' } };
const exampleVersion = {
  version: 1,
  event: 'user_onboarded',
  condition: "payload.plan == 'pro'",
  max_age_s: null,
  actions: [exampleAction],
  actor: { kind: 'key', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d0', name: 'Core application' },
  counts: { matched: 812, not_matched: 40, failed: 0, last_matched_at: '2026-11-24T12:00:00.000Z', last_at: '2026-11-24T12:00:00.000Z' },
  created_at: '2026-11-24T12:00:00.000Z',
};
const versionSchema = z.object({
  version: z.int(),
  event: z.string(),
  condition: z.string().nullable(),
  max_age_s: z.int().nullable(),
  actions: z.array(ruleAction),
  actor: actorSchema.meta({ description: 'Who made this version.' }),
  counts: z
    .object({
      matched: z.int().meta({ description: 'Its actions were run.' }),
      not_matched: z.int(),
      failed: z.int(),
      last_matched_at: time.nullable(),
      last_at: time.nullable().meta({ description: 'Last event that the rule was asked about.' }),
    })
    .meta({ description: 'Counts of the events that this version was asked about. An event that is replayed counts again.' }),
  created_at: time,
});
export const eventRuleVersions = z
  .object({ data: z.array(versionSchema) })
  .meta({ id: 'EventRuleVersions', example: { data: [exampleVersion] } });
const { created_at: _at, ...exampleRuleOf } = exampleVersion;
const exampleRule = {
  id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739b0',
  name: 'Welcome',
  is_active: true,
  ...exampleRuleOf,
  created_at: '2026-11-24T12:00:00.000Z',
  changed_at: '2026-11-24T12:00:00.000Z',
};
export const eventRuleSchema = versionSchema
  .extend({ id: uuid, name: z.string(), is_active: z.boolean(), changed_at: time })
  .meta({ id: 'EventRule', example: exampleRule });
export const eventRuleList = z.object({ data: z.array(eventRuleSchema) }).meta({ id: 'EventRuleList', example: { data: [exampleRule] } });

export function versionView(v: EventRuleVersion): z.input<typeof versionSchema> {
  return {
    version: v.version,
    event: v.event,
    condition: v.condition,
    max_age_s: v.maxAgeS,
    actions: v.actions,
    actor: v.actor,
    counts: {
      matched: v.counts.acted,
      not_matched: v.counts.notMatched,
      failed: v.counts.failed,
      last_matched_at: v.counts.lastActedAt?.toISOString() ?? null,
      last_at: v.counts.lastAt?.toISOString() ?? null,
    },
    created_at: v.createdAt.toISOString(),
  };
}

export function eventRuleView(r: EventRule): z.input<typeof eventRuleSchema> {
  return { id: r.id, name: r.name, is_active: r.isActive, ...versionView(r), changed_at: r.changedAt.toISOString() };
}
