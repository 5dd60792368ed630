import { cleanDeep, instant } from '@heliograph/kernel';
import { z } from 'zod';

/** Maximum bytes of a payload as JSON. */
const maxPayloadBytes = 64 * 1_024;
/** Maximum values of a payload at any depth, which bounds loops in rules. */
const maxValues = 2_000;
/** Maximum bytes of a schema as JSON. */
const maxSchemaBytes = 32 * 1_024;

const jsonObject = (maxBytes: number) =>
  z
    .record(z.string(), z.unknown())
    .overwrite(cleanDeep)
    .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= maxBytes, `At most ${maxBytes} bytes of JSON.`)
    .meta({ type: 'object', additionalProperties: true });

const countValues = (value: unknown): number =>
  value !== null && typeof value === 'object' ? Object.values(value).reduce((sum: number, member) => sum + countValues(member), 1) : 1;

/** Name of an event type: letters, digits, dots, dashes and underscores. */
export const eventName = z
  .string()
  .regex(/^[A-Za-z][\w.-]{0,99}$/, 'A name must start with a letter and have at most 100 letters, digits, dots, dashes and underscores.');
/** The core application's own id of an event, by which a repeated event is recognised. */
export const eventKey = z.string().regex(/^[\x21-\x7e]{1,255}$/, 'An id must be 1 to 255 printable ASCII characters without spaces.');
/** Schema of a text with at most this many characters. */
export const text = (maxChars: number) => z.string().min(1).max(maxChars).overwrite(cleanDeep);

/** Person that an event is about. */
export const eventSubject = z
  .strictObject({
    phone: text(128).optional().describe('Phone number in any spelling.'),
    lid: z
      .string()
      .regex(/^\d{1,20}@lid$/, 'A privacy id must be digits and @lid.')
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

/** Body of `POST /v1/events`, and data of a broker's message of type `event`. */
export const sendEventBody = z
  .strictObject({
    name: eventName,
    id: eventKey.describe('Your own id of the event, its idempotency key: a repeated id is the same event.'),
    subject: eventSubject,
    payload: jsonObject(maxPayloadBytes)
      .refine((value) => countValues(value) <= maxValues, `At most ${maxValues} values.`)
      .default({})
      .describe('Data for rules and templates; at most 64 KiB and 2,000 values.'),
    occurred_at: instant.optional().describe('Time of the event, from the year 1 on; default: now.'),
  })
  .meta({ id: 'SendEvent', example: eventExample });
export type SendEventBody = z.output<typeof sendEventBody>;

/** Body of an event type. */
export const eventTypeBody = z
  .strictObject({
    description: text(1_000).nullable().default(null),
    schema: jsonObject(maxSchemaBytes).describe('JSON Schema (2020-12) of the payload.'),
    example: jsonObject(maxPayloadBytes)
      .nullable()
      .default(null)
      .describe('An example payload that matches the schema, for people who write rules.'),
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
