import { cleanDeep, instant } from '@heliograph/kernel';
import { messageClasses } from '@heliograph/messaging';
import { z } from 'zod';
import { longestExpression } from '@heliograph/templates';

/** Bytes of a payload as JSON. */
const largestPayload = 64 * 1_024;
/** Values of a payload, however they nest: what loops of rules go over. */
const mostValues = 2_000;
const largestSchema = 32 * 1_024;
/** Actions of a rule. */
const mostActions = 10;

const jsonObject = (most: number) =>
  z
    .record(z.string(), z.unknown())
    .overwrite(cleanDeep)
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= most, `At most ${most} bytes of JSON.`)
    .meta({ type: 'object', additionalProperties: true });

const countValues = (value: unknown): number =>
  value !== null && typeof value === 'object' ? Object.values(value).reduce((sum: number, member) => sum + countValues(member), 1) : 1;

/** A name of events: letters, digits, dots, dashes and underscores. */
export const eventName = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,99}$/, 'A name is a letter, then letters, digits, dots, dashes and underscores; at most 100.');
/** The core application's own id of an event: what makes it the same event when it is sent again. */
export const eventKey = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'An id is 1 to 255 printable ASCII characters without spaces.');
const text = (most: number) => z.string().min(1).max(most).overwrite(cleanDeep);

/** Whom an event is about. */
export const eventSubject = z
  .strictObject({
    phone: text(128).optional().describe('In any spelling.'),
    lid: z
      .string()
      .regex(/^\d{1,20}@lid$/, 'A privacy id is digits and @lid.')
      .optional(),
    external_id: text(255).optional().describe('The core application’s own id of the person.'),
    contact_id: z.uuid().optional(),
  })
  .refine(
    (subject) => Object.values(subject).some((value) => value !== undefined),
    'Name the person by phone, lid, external_id or contact_id.',
  );
export type EventSubject = z.output<typeof eventSubject>;

const eventExample = {
  name: 'user_onboarded',
  id: 'onboarding-4711',
  subject: { phone: '+447700900101', external_id: 'user-4711' },
  payload: { first_name: 'Priya', plan: 'pro' },
  occurred_at: '2026-11-24T12:00:00Z',
};

/** The body of `POST /v1/events`, and the data of a broker's message of type `event`. */
export const sendEventBody = z
  .strictObject({
    name: eventName,
    id: eventKey.describe('Your own id of the event, its idempotency key: the same id again is the same event.'),
    subject: eventSubject,
    payload: jsonObject(largestPayload)
      .refine((value) => countValues(value) <= mostValues, `At most ${mostValues} values.`)
      .default({})
      .describe('What rules and templates see; at most 64 KiB and 2,000 values.'),
    occurred_at: instant.optional().describe('When it happened, from the year 1 on; default: now.'),
  })
  .meta({ id: 'SendEvent', example: eventExample });
export type SendEventBody = z.output<typeof sendEventBody>;

/** The body of a type of events. */
export const eventTypeBody = z
  .strictObject({
    description: text(1_000).nullable().default(null),
    schema: jsonObject(largestSchema).describe('JSON Schema (2020-12) of the payload.'),
    example: jsonObject(largestPayload).nullable().default(null).describe('A payload that fits, for people who write rules.'),
  })
  .meta({
    id: 'PutEventType',
    example: {
      description: 'A user finished the onboarding.',
      schema: { type: 'object', properties: { first_name: { type: 'string' }, plan: { enum: ['free', 'pro'] } }, required: ['first_name'] },
      example: { first_name: 'Priya', plan: 'pro' },
    },
  });
export type EventTypeBody = z.output<typeof eventTypeBody>;

const expression = z.string().min(1).max(longestExpression);

/** A message of a rule: the body of `POST /v1/messages`, every text of which is a Liquid template. */
const ruleMessage = z
  .looseObject({
    type: z.string().describe('As in POST /v1/messages; its members follow.'),
    to: text(1_000).optional().describe('Default: the subject.'),
    class: z.enum(messageClasses).optional(),
  })
  .overwrite(cleanDeep)
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= 20_000, 'At most 20,000 bytes of JSON.');

export const ruleAction = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('send_message'), message: ruleMessage }),
  z.strictObject({
    type: z.literal('set_attributes'),
    attributes: z
      .record(z.string().regex(/^[A-Za-z_][\w.-]{0,63}$/), expression)
      .refine((all) => Object.keys(all).length <= 50, 'At most 50 attributes.')
      .describe('CEL expressions by attribute; null takes an attribute away.'),
  }),
  z.strictObject({ type: z.literal('start_drip'), drip_id: z.uuid() }),
  z.strictObject({ type: z.literal('stop_drip'), drip_id: z.uuid() }),
]);
export type RuleAction = z.output<typeof ruleAction>;

const ruleMembers = {
  name: text(100),
  event: eventName.describe('Name of the events it answers.'),
  condition: expression.nullable().describe('CEL over `event`, `payload` and `contact`; null: always.'),
  max_age_s: z
    .int()
    .min(1)
    .max(31_536_000)
    .nullable()
    .describe('An event that happened longer ago is too old for the rule, in s; null: none is.'),
  actions: z.array(ruleAction).min(1).max(mostActions),
  is_active: z.boolean(),
};
/** The body of a new rule. */
export const eventRuleBody = z
  .strictObject({
    ...ruleMembers,
    condition: ruleMembers.condition.default(null),
    max_age_s: ruleMembers.max_age_s.default(null),
    is_active: ruleMembers.is_active.default(true),
  })
  .meta({
    id: 'CreateEventRule',
    example: {
      name: 'Welcome',
      event: 'user_onboarded',
      condition: "payload.plan == 'pro'",
      actions: [
        {
          type: 'send_message',
          message: { type: 'text', text: 'Welcome, {{ payload.first_name | default: "friend" }}!', class: 'transactional' },
        },
        { type: 'set_attributes', attributes: { plan: 'payload.plan' } },
      ],
    },
  });
export type EventRuleBody = z.output<typeof eventRuleBody>;
/** The body of a change of a rule: members given replace members stored, and make a new version. */
export const eventRulePatch = z
  .strictObject(ruleMembers)
  .partial()
  .meta({ id: 'UpdateEventRule', example: { is_active: false } });
export type EventRulePatch = z.output<typeof eventRulePatch>;
