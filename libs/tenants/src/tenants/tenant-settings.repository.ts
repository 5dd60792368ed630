import { classRank, messageClasses } from './message-classes';
import { ofTenant } from './tenant-rows.repository';
import { defaultTenantSettings } from './tenant-settings';

/*
 * Fragments of statements that read settings of tenants, and of classes as stored. `tenant` is an alias of a row of `tenants`.
 */

const names = `'{${messageClasses.join(',')}}'::text[]`;
const ranksOf = (classes: readonly (typeof messageClasses)[number][]) => `'{${classes.map(classRank).join(',')}}'`;

/** SQL of the stored position of a class, by its name. */
export const classRankOf = (name: string) => `(array_position(${names}, ${name}) - 1)`;

/** SQL of the positions of all classes. */
export const allClasses = `${ranksOf(messageClasses)}::smallint[]`;

/** SQL of the classes that are exempt from opt-outs of this tenant. */
export const exemptOf = (tenant: string) =>
  `CASE WHEN ${tenant}.settings #> '{opt_out,exempt_classes}' IS NULL THEN ${ranksOf(defaultTenantSettings.opt_out.exempt_classes)}::int[]
      ELSE ARRAY(SELECT ${classRankOf('c')} FROM jsonb_array_elements_text(${tenant}.settings #> '{opt_out,exempt_classes}') c) END`;

/** SQL: true when opt-outs of the tenant with this id do not apply to a class. @param rank stored position of the class */
export const isExemptSql = (tenantId: string, rank: string) => ofTenant(tenantId, (tenant) => `${rank} = ANY (${exemptOf(tenant)})`);

/** SQL of the seconds after which a message of unknown outcome is resent; null: it waits for a person. @param rank stored position of its class */
export const resendAfterOf = (tenant: string, rank: string) =>
  `(${tenant}.settings->'uncertain'->((${names})[${rank} + 1])->>'resend_after_s')::int`;

/** SQL of the frequency caps of this tenant, as a JSON array; null: none. */
export const frequencyCapsOf = (tenant: string) => `nullif(${tenant}.settings->'frequency_caps', '[]')`;

/** SQL of the minimum gap between messages to one person, as an interval; null: none. */
export const minGapOf = (tenant: string) => `nullif((${tenant}.settings->>'min_gap_s')::int, 0) * interval '1 s'`;

/** SQL of the quiet hours of this tenant that hold for a class, as a JSON object of `from` and `to`; null: none. */
export const quietHoursOf = (tenant: string, of: (typeof messageClasses)[number]) =>
  `CASE WHEN ${tenant}.settings#>'{quiet_hours,classes}' ? '${of}' THEN
    jsonb_build_object('from', ${tenant}.settings#>'{quiet_hours,from}', 'to', ${tenant}.settings#>'{quiet_hours,to}') END`;

/** SQL of the days for which it is known that a number is on WhatsApp. */
export const numberAnswerDaysOf = (tenant: string) =>
  `coalesce((${tenant}.settings#>>'{number_checks,valid_days}')::int, ${defaultTenantSettings.number_checks.valid_days})`;
