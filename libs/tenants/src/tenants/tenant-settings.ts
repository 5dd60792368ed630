import { z } from 'zod';

/** Message classes a tenant may set policies for, most urgent first. */
export const settingsClasses = ['transactional', 'reply', 'drip', 'broadcast'] as const;
export type SettingsClass = (typeof settingsClasses)[number];

const perClass = <T extends z.ZodType>(value: T) =>
  z.strictObject({ transactional: value, reply: value, drip: value, broadcast: value } satisfies Record<SettingsClass, T>);

/**
 * What becomes of a message whose outcome stays unknown: `park` keeps it for a person. `resend_after_s` is the tenant's
 * written consent to a possible second copy, that many seconds after the first attempt.
 */
export const uncertainPolicySchema = z.union([z.literal('park'), z.strictObject({ resend_after_s: z.int().min(30).max(86_400) })]);
export type UncertainPolicy = z.infer<typeof uncertainPolicySchema>;

/**
 * How a message finds its session when none is named. `fixed`: always this one. `sticky`: a recipient keeps the session it
 * was first written to from. `weighted`: spread over the pool by weight. `tag` narrows the pool to sessions that carry it.
 */
export const routingRuleSchema = z.discriminatedUnion('rule', [
  z.strictObject({ rule: z.literal('fixed'), session_id: z.uuid() }),
  z.strictObject({ rule: z.literal('sticky'), tag: z.string().min(1).max(64).optional() }),
  z.strictObject({ rule: z.literal('weighted'), tag: z.string().min(1).max(64).optional() }),
]);
export type RoutingRule = z.infer<typeof routingRuleSchema>;

/** Seconds during which the same content does not go to the same recipient again; 0: no guard. */
const guardSeconds = z
  .int()
  .min(0)
  .max(30 * 86_400);

/** Days after which a dead letter that is settled is deleted; null: never. Open ones always stay. */
const deadLetterDays = z.int().min(1).max(3_650).nullable();

/** What a PATCH may carry: every member optional, members given replace members stored. */
export const tenantSettingsPatch = z.strictObject({
  routing: routingRuleSchema.optional(),
  uncertain: perClass(uncertainPolicySchema).partial().optional(),
  content_guard_s: perClass(guardSeconds).partial().optional(),
  dead_letter_days: deadLetterDays.optional(),
});
export type TenantSettingsPatch = z.infer<typeof tenantSettingsPatch>;

/** A tenant's settings with every default filled in. Names are those on the wire and in the database. */
export interface TenantSettings {
  routing: RoutingRule;
  uncertain: Record<SettingsClass, UncertainPolicy>;
  content_guard_s: Record<SettingsClass, number>;
  dead_letter_days: number | null;
}

export const defaultTenantSettings: TenantSettings = {
  routing: { rule: 'sticky' },
  uncertain: { transactional: 'park', reply: 'park', drip: 'park', broadcast: 'park' },
  content_guard_s: { transactional: 0, reply: 60, drip: 86_400, broadcast: 86_400 },
  dead_letter_days: null,
};

/** Lays a patch over settings; classes and members it does not name stay. */
export function mergeSettings(settings: TenantSettings, patch: TenantSettingsPatch): TenantSettings {
  return {
    routing: patch.routing ?? settings.routing,
    uncertain: { ...settings.uncertain, ...patch.uncertain },
    content_guard_s: { ...settings.content_guard_s, ...patch.content_guard_s },
    dead_letter_days: patch.dead_letter_days === undefined ? settings.dead_letter_days : patch.dead_letter_days,
  };
}
