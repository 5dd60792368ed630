import { classRank, messageClasses } from './message-classes';
import { defaultTenantSettings } from './tenant-settings';

/*
 * Parts of statements that read settings of tenants, and classes by which they are kept. `tenant` is an alias of a row of `tenants`.
 */

const names = `'{${messageClasses.join(',')}}'::text[]`;
const ranksOf = (classes: readonly (typeof messageClasses)[number][]) => `'{${classes.map(classRank).join(',')}}'`;

/** The stored position of a class by its name, as SQL. */
export const classRankOf = (name: string) => `(array_position(${names}, ${name}) - 1)`;

/** The positions of all classes, as SQL. */
export const allClasses = `${ranksOf(messageClasses)}::smallint[]`;

/** Classes that opt-outs of this tenant leave alone, as SQL. */
export const exemptOf = (tenant: string) =>
  `CASE WHEN ${tenant}.settings #> '{opt_out,exempt_classes}' IS NULL THEN ${ranksOf(defaultTenantSettings.opt_out.exempt_classes)}::int[]
      ELSE ARRAY(SELECT ${classRankOf('c')} FROM jsonb_array_elements_text(${tenant}.settings #> '{opt_out,exempt_classes}') c) END`;

/** Seconds after which a message of unknown outcome is sent again, as SQL; null: it waits for a person. @param rank stored position of its class */
export const resendAfterOf = (tenant: string, rank: string) =>
  `(${tenant}.settings->'uncertain'->((${names})[${rank} + 1])->>'resend_after_s')::int`;
