import { attributeName } from '@heliograph/contacts';
import { cleanDeep } from '@heliograph/kernel';
import { messageClasses } from '@heliograph/messaging';
import { maxExpressionChars } from '@heliograph/templates';
import { z } from 'zod';
import { eventName, text } from '../events/event-body';

/** Maximum actions of a rule. */
const maxActions = 10;

const expression = z.string().min(1).max(maxExpressionChars);

/** A message of a rule: the body of `POST /v1/messages`, in which every text is a Liquid template. */
const ruleMessage = z
  .looseObject({
    type: z
      .string()
      .describe(
        'As in POST /v1/messages, with the members of that type. `template`: the newest version of the template `template_id`, with the contact, the members of the payload and `variables` as its variables.',
      ),
    to: text(1_000).optional().describe('Default: the subject.'),
    class: z.enum(messageClasses).optional(),
  })
  .overwrite(cleanDeep)
  .refine((value) => Buffer.byteLength(JSON.stringify(value)) <= 20_000, 'At most 20,000 bytes of JSON.');

const reserved = 'Reserved for drips, which do not exist yet: a rule with it is refused (`no_drips`).';

export const ruleAction = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('send_message'), message: ruleMessage }),
  z.strictObject({
    type: z.literal('set_attributes'),
    attributes: z
      .record(attributeName, expression)
      .refine((all) => Object.keys(all).length <= 50, 'At most 50 attributes.')
      .describe('CEL expressions by attribute; null deletes an attribute.'),
  }),
  z.strictObject({ type: z.literal('start_drip'), drip_id: z.uuid() }).describe(reserved),
  z.strictObject({ type: z.literal('stop_drip'), drip_id: z.uuid() }).describe(reserved),
]);
export type RuleAction = z.output<typeof ruleAction>;

const ruleMembers = {
  name: text(100),
  event: eventName.describe('Event type that the rule handles.'),
  condition: expression.nullable().describe('CEL over `event`, `payload` and `contact`; null: always true.'),
  max_age_s: z.int().min(1).max(31_536_000).nullable().describe('Maximum age of an event in s; null: no maximum.'),
  actions: z.array(ruleAction).min(1).max(maxActions),
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
/** Body of a change of a rule: given members replace the stored ones in a new version. */
export const eventRulePatch = z
  .strictObject(ruleMembers)
  .partial()
  .meta({ id: 'UpdateEventRule', example: { is_active: false } });
export type EventRulePatch = z.output<typeof eventRulePatch>;
