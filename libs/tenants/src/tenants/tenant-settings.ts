import { clockTime, present } from '@heliograph/kernel';
import { z } from 'zod';
import { type MessageClass, messageClasses } from './message-classes';

const perClass = <T extends z.ZodType>(value: T) =>
  z.strictObject(Object.fromEntries(messageClasses.map((name) => [name, value])) as Record<MessageClass, T>);

/**
 * Handling of a message whose outcome stays unknown: `park` keeps it for a person. `resend_after_s` is the tenant's
 * written consent to a possible second copy, that many seconds after the first attempt.
 */
export const uncertainPolicySchema = z.union([z.literal('park'), z.strictObject({ resend_after_s: z.int().min(30).max(86_400) })]);
export type UncertainPolicy = z.infer<typeof uncertainPolicySchema>;

/**
 * Selection of the session when a message names none. `fixed`: always this one. `sticky`: a recipient keeps the session from
 * which it was first written to. `weighted`: spread over the pool by weight. `tag` limits the pool to sessions with that tag.
 */
export const routingRuleSchema = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('fixed'), session_id: z.uuid() }),
  z.strictObject({ rule: z.literal('sticky'), tag: z.string().min(1).max(64).optional() }),
  z.strictObject({ rule: z.literal('weighted'), tag: z.string().min(1).max(64).optional() }),
]);
export type RoutingRule = z.infer<typeof routingRuleSchema>;

/** Seconds during which the same content is not sent to the same recipient again; 0: no guard. */
const guardSeconds = z
  .int()
  .min(0)
  .max(30 * 86_400);

/** Days after which a settled dead letter is deleted; null: never. Open ones are always kept. */
const deadLetterDays = z.int().min(1).max(3_650).nullable();

/**
 * Meaning of an opt-out. `exempt_classes`: classes that are still sent (`reply`: an answer of a person to a person). The texts
 * confirm an opt-out and an opt-in to their author, in the class `reply`; null: no confirmation. An opt-out that covers
 * replies is never confirmed.
 */
const optOutSchema = z.strictObject({
  exempt_classes: z.array(z.enum(messageClasses)).max(messageClasses.length),
  confirm_opt_out: z.string().min(1).max(1_000).nullable(),
  confirm_opt_in: z.string().min(1).max(1_000).nullable(),
});
export type OptOutSettings = z.infer<typeof optOutSchema>;

/**
 * Automatic suppression of numbers: one that is not on WhatsApp at once; one that failed at WhatsApp after `after_failures`
 * failures in a row without a delivery. For `days`; null: no automatic suppression.
 */
const badNumbersSchema = z.strictObject({ days: z.int().min(1).max(3_650).nullable(), after_failures: z.int().min(1).max(100) });
export type BadNumberSettings = z.infer<typeof badNumbersSchema>;

/**
 * Checks whether numbers are on WhatsApp: at most `per_day` by each session in any 24 hours, evenly spread. An answer holds for `valid_days`.
 * The provider allows 1,000 a day, and 100 on a trial.
 */
const numberChecksSchema = z.strictObject({ per_day: z.int().min(1).max(1_000), valid_days: z.int().min(1).max(365) });
export type NumberCheckSettings = z.infer<typeof numberChecksSchema>;

/** Reasons why an inbound message needs attention. `keyword_near`: it probably asks to opt out, which a person confirms. */
export const actionableReasons = ['reply', 'button', 'list', 'keyword', 'keyword_near', 'question'] as const;
export type ActionableReason = (typeof actionableReasons)[number];

/**
 * Settings of attention: which reasons count, for people and for groups (none by default), which words are keywords, and how long an
 * inbound message counts as an answer to the last message that was sent to the person.
 */
const actionableSchema = z.strictObject({
  reasons: z.array(z.enum(actionableReasons)).max(actionableReasons.length),
  group_reasons: z.array(z.enum(actionableReasons)).max(actionableReasons.length),
  keywords: z.array(z.string().min(1).max(60)).max(200),
  reply_window_hours: z.int().min(1).max(720),
});
export type ActionableSettings = z.infer<typeof actionableSchema>;

/**
 * Hours in which nothing of these classes is sent, in the time zone of the recipient. They may cross midnight. Null: none. They apply to
 * messages with send windows, that is, to campaigns.
 */
const quietHoursSchema = z
  .strictObject({
    from: clockTime,
    to: clockTime,
    classes: z.array(z.enum(messageClasses)).min(1).max(messageClasses.length).default(['drip', 'broadcast']),
  })
  .refine(({ from, to }) => from !== to, { message: 'from and to must differ', path: ['to'] })
  .nullable();
export type QuietHours = z.infer<typeof quietHoursSchema>;

/** Greatest number of hours over which a frequency cap counts. */
export const maxCapHours = 2_160;

/**
 * Maximum number of messages that one person gets within any `hours`, over all campaigns and sessions. Counted are messages of groups that
 * count; a message of a group that obeys is not sent beyond a cap. Each cap applies.
 */
const frequencyCapsSchema = z.array(z.strictObject({ messages: z.int().min(1).max(1_000), hours: z.int().min(1).max(maxCapHours) })).max(5);
export type FrequencyCaps = z.infer<typeof frequencyCapsSchema>;

/** Seconds that lie at least between two such messages to one person; 0: no gap. */
const minGapSeconds = z
  .int()
  .min(0)
  .max(30 * 86_400);

/** Approver of a campaign before its launch: `off` nobody, `person` a second person of the staff, `client` the client, by a link. */
export const campaignApprovals = ['off', 'person', 'client'] as const;
export type CampaignApproval = (typeof campaignApprovals)[number];
/** Booleans are stored from before the client could approve: true is `person`. */
const approvalSchema = z.union([z.enum(campaignApprovals), z.boolean()]);
const approvalOf = (given: z.infer<typeof approvalSchema>): CampaignApproval =>
  typeof given === 'boolean' ? (given ? 'person' : 'off') : given;

/** Body of a PATCH: every member is optional, and given members replace stored ones. */
export const tenantSettingsPatch = z.strictObject({
  routing: routingRuleSchema.optional(),
  uncertain: perClass(uncertainPolicySchema).partial().optional(),
  content_guard_s: perClass(guardSeconds).partial().optional(),
  dead_letter_days: deadLetterDays.optional(),
  opt_out: optOutSchema.partial().optional(),
  bad_numbers: badNumbersSchema.partial().optional(),
  number_checks: numberChecksSchema
    .partial()
    .optional()
    .describe(
      'Checks of campaigns whether numbers are on WhatsApp: how many a session makes in 24 hours, and for how long an answer holds.',
    ),
  actionable: actionableSchema.partial().optional(),
  quiet_hours: quietHoursSchema.optional(),
  frequency_caps: frequencyCapsSchema.optional(),
  min_gap_s: minGapSeconds.optional(),
  campaign_approval: approvalSchema
    .optional()
    .describe(
      'Approver of a campaign before it is launched: `off` nobody, `person` a second person, `client` the holder of an approval link. true is `person`, false is `off`.',
    ),
  seed_list_id: z.uuid().toLowerCase().nullable().optional().describe('List of contacts whom the tests of campaigns go to; null: none.'),
});
export type TenantSettingsPatch = z.infer<typeof tenantSettingsPatch>;

/** A tenant's settings with every default filled in. Names are those on the wire and in the database. */
export interface TenantSettings {
  routing: RoutingRule;
  uncertain: Record<MessageClass, UncertainPolicy>;
  content_guard_s: Record<MessageClass, number>;
  dead_letter_days: number | null;
  opt_out: OptOutSettings;
  bad_numbers: BadNumberSettings;
  number_checks: NumberCheckSettings;
  actionable: ActionableSettings;
  quiet_hours: QuietHours;
  frequency_caps: FrequencyCaps;
  min_gap_s: number;
  campaign_approval: CampaignApproval;
  seed_list_id: string | null;
}

export const defaultTenantSettings: TenantSettings = {
  routing: { rule: 'sticky' },
  uncertain: { transactional: 'park', reply: 'park', drip: 'park', broadcast: 'park' },
  content_guard_s: { transactional: 0, reply: 60, drip: 86_400, broadcast: 86_400 },
  dead_letter_days: null,
  opt_out: { exempt_classes: ['reply'], confirm_opt_out: null, confirm_opt_in: null },
  bad_numbers: { days: 90, after_failures: 5 },
  number_checks: { per_day: 500, valid_days: 90 },
  actionable: { reasons: [...actionableReasons], group_reasons: [], keywords: [], reply_window_hours: 72 },
  quiet_hours: null,
  frequency_caps: [],
  min_gap_s: 0,
  campaign_approval: 'off',
  seed_list_id: null,
};

/** Applies a patch to settings; classes and members that it does not contain are kept. */
export function mergeSettings(settings: TenantSettings, patch: TenantSettingsPatch): TenantSettings {
  return {
    routing: patch.routing ?? settings.routing,
    uncertain: { ...settings.uncertain, ...patch.uncertain },
    content_guard_s: { ...settings.content_guard_s, ...patch.content_guard_s },
    dead_letter_days: patch.dead_letter_days === undefined ? settings.dead_letter_days : patch.dead_letter_days,
    opt_out: { ...settings.opt_out, ...present(patch.opt_out) },
    bad_numbers: { ...settings.bad_numbers, ...present(patch.bad_numbers) },
    number_checks: { ...settings.number_checks, ...present(patch.number_checks) },
    actionable: { ...settings.actionable, ...present(patch.actionable) },
    quiet_hours: patch.quiet_hours === undefined ? settings.quiet_hours : patch.quiet_hours,
    frequency_caps: patch.frequency_caps ?? settings.frequency_caps,
    min_gap_s: patch.min_gap_s ?? settings.min_gap_s,
    campaign_approval: patch.campaign_approval === undefined ? settings.campaign_approval : approvalOf(patch.campaign_approval),
    seed_list_id: patch.seed_list_id === undefined ? settings.seed_list_id : patch.seed_list_id,
  };
}
