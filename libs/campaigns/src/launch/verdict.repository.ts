import { Injectable } from '@nestjs/common';
import {
  addressToWriteToSql,
  consentOf,
  contactOf,
  hasSuppressionsOf,
  isUnmerged,
  type ReadAudience,
  sameNumbersSql,
  suppressionOf,
} from '@heliograph/contacts';
import { Database, type Sql } from '@heliograph/kernel';
import { capReachedSql, derivedMessageId, hasMessageSql, sessionOfMessageSql } from '@heliograph/messaging';
import {
  type Candidate,
  candidatesOf,
  defaultTenantSettings,
  KnownTenants,
  stickySessionSql,
  tenantOf,
  type TenantSettings,
} from '@heliograph/tenants';
import type { Campaign } from '../campaign';
import { isKnownSql } from '../checks/known-numbers.repository';
import type { TemplateVersion } from '../templates/message-template';
import { languageSql, missingNamesSql, missingVariableSql, valuesSql } from '../templates/template-variables.repository';
import { TemplateVersions } from '../templates/template-versions';
import { contactZoneSql } from '../time/contact-zone.repository';
import { KnownZones } from '../time/known-zones.repository';
import { type LocalStarts, localStarts } from '../time/local-starts';
import { hasOwnHolidays } from '../time/place';
import { audienceOf, importedValuesOf, readAudienceOf } from './audience.repository';

/** Reasons for which a person of the audience gets no message, in the order in which they are asked: the first that holds counts. */
export const skipReasons = [
  'deleted',
  'no_address',
  'invalid_address',
  'duplicate',
  'opted_out',
  'suppressed',
  'not_on_whatsapp',
  'no_consent',
  'missing_variable',
  'frequency_cap',
  'min_gap',
] as const;
export type SkipReason = (typeof skipReasons)[number];

/** A session of a campaign with its share of the people. */
export interface SessionShare {
  id: string;
  name: string;
  weight: number;
  usable: boolean;
}

/** Members of a campaign that decide its verdicts. */
export type VerdictCampaign = Pick<
  Campaign,
  | 'id'
  | 'parentId'
  | 'audience'
  | 'message'
  | 'schedule'
  | 'numbers'
  | 'caps'
  | 'requires_consent'
  | 'launchedAt'
  | 'run'
  | 'retry'
  | 'retries'
>;

/** A campaign that was sent to the same people before. */
interface FormerCampaign {
  id: string;
  launchedAt: Date;
}

/** Everything besides the people that verdicts follow from. */
export interface VerdictInput {
  campaign: VerdictCampaign;
  audience: ReadAudience;
  /** Place of the first person above `max_people`, fixed at the start; undefined: the statement finds it. */
  cutoff?: string | null | undefined;
  /** Sessions to share the people between, by id. */
  sessions: SessionShare[];
  /** Campaign whose sessions people are not to get this one from; absent: any session will do. */
  former?: FormerCampaign | null;
  settings: TenantSettings;
  /** Start as of which people are judged, if it is later than now; null: as of now. */
  startsAt: Date | LocalStarts | null;
  /** Version that is sent; null: there is none yet, and nobody lacks a variable. */
  template: TemplateVersion | null;
  /** True: `missing` has the names of the variables that a person lacks; else it is null. */
  namesMissing?: boolean;
  /** Time zones that are known. With them, `zone` is the place of the person: the time zone, with the country if its holidays matter; else it is null. */
  zones?: ReadonlySet<string> | null;
}

/** People by verdict. */
export interface VerdictCounts {
  audience: number;
  sendable: number;
  /** People of `sendable` who are known to be on WhatsApp. */
  known: number;
  skips: Partial<Record<SkipReason, number>>;
  /** People of `sendable` by time zone; empty when the zones were not asked for. With a local start, 0 for a zone in which everybody is left out. */
  zones: ReadonlyMap<string, number>;
}

/** SQL: the id of the message of a campaign to a contact. @param launchMs time of the launch, in ms */
export const campaignMessageId = (launchMs: string, campaignId: string, contactId: string): string =>
  derivedMessageId(launchMs, `${campaignId}::text || ${contactId}::text`);

/** Addresses that messages can go to: +E.164, …@lid, @handle. */
const addressForm = '^(\\+[1-9]\\d{6,14}|\\d+@lid|@.+)$';
/** Hash functions of two seeds: one picks the session, one the wording. They depend on nothing but the campaign and the contact. */
const hashOf = (contactId: string, seed: string): string => `(uuid_hash_extended(${contactId}, ${seed}) & 9223372036854775807)`;
const seedOf = (campaignId: string, salt: bigint): string =>
  BigInt.asIntN(64, BigInt(`0x${campaignId.replaceAll('-', '').slice(16)}`) ^ salt).toString();

/**
 * Returns SQL of the verdicts on people: one row each, with `contact_id`, `address`, `session_id`, `seed`, `language`, `vars`, `zone`, `missing` and
 * `reason`. The
 * person gets a message when `reason` is null. Check, plan, launch and lists use this one text, so that they agree: caps and suppressions count as of the
 * start, whenever the question is asked.
 *
 * The statement runs as the installation, since the suppressions of all tenants are read: it names the tenant in each of its parts.
 * @param values parameters of the statement; the first is the tenant
 * @param people query of `contact_id`, each contact once
 */
export function verdictSql(values: unknown[], input: VerdictInput, people: string): string {
  const { campaign, settings, template, startsAt } = input;
  const add = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const sources = { contact: 'c', values: 'own.vars', fallback: 'own.fallback', address: 'a.address' };
  const local = isLocal(startsAt) ? startsAt : null;
  const zones = input.zones ?? local?.known;
  const zone = zones
    ? contactZoneSql(
        zones,
        {
          ...{ attributes: 'c.attributes', address: 'a.address', fallback: campaign.schedule.time_zone },
          holidays: input.zones && hasOwnHolidays(campaign.schedule) ? campaign.schedule.holidays : undefined,
        },
        (value) => `$${values.push(value)}`,
      )
    : { joins: '', zone: 'NULL::text', place: 'NULL::text' };
  // Looked up, not joined: the planner would hash all people beside their tenant's settings, and not the short list.
  const later =
    startsAt instanceof Date
      ? add(startsAt, 'timestamptz')
      : local && `(${add(JSON.stringify(local.at), 'jsonb')} ->> ${zone.zone})::timestamptz`;
  const asOf = later === null ? 'heliograph_now()' : `greatest(heliograph_now(), ${later})`;
  const asksCaps = campaign.caps.obeys && (settings.frequency_caps.length > 0 || settings.min_gap_s > 0);
  return `SELECT p.contact_id, a.address, ${sessionOf(values, input)} AS session_id, (${hashOf('p.contact_id', seedOf(campaign.id, 0x7e47n))} % 1000000)::int AS seed,
    ${template ? languageSql(template, 'c') : 'NULL::text'} AS language, ${template ? valuesSql(template, sources) : `'{}'::jsonb`} AS vars, ${input.zones ? zone.place : 'NULL::text'} AS zone,
    ${template && input.namesMissing ? missingNamesSql(template, sources) : 'NULL::text[]'} AS missing,
    CASE WHEN c.id IS NULL THEN 'deleted' WHEN a.address IS NULL THEN 'no_address' WHEN a.address !~ '${addressForm}' THEN 'invalid_address'
      WHEN ${isDoubleOf(values, input)} THEN 'duplicate'
      WHEN held.cause = 'opted_out' THEN 'opted_out' WHEN held.cause = 'bad_number' THEN 'not_on_whatsapp' WHEN held.cause IS NOT NULL THEN 'suppressed'
      ${campaign.requires_consent ? `WHEN (${consentOf('c')}) IS DISTINCT FROM 'opt_in' THEN CASE (${consentOf('c')}) WHEN 'opt_out' THEN 'opted_out' ELSE 'no_consent' END` : ''}
      ${template ? `WHEN ${missingVariableSql(template, sources)} THEN 'missing_variable'` : ''}
      ${asksCaps ? `ELSE ${capReachedSql('t', 'a.address', asOf)}` : ''} END AS reason
  FROM (${people}) p
  ${asksCaps ? `JOIN ${tenantOf('t', '$1')}` : ''}
  LEFT JOIN ${contactOf('c', '$1', 'p.contact_id')} AND ${isUnmerged('c')}
  CROSS JOIN LATERAL (${addressToWriteToSql('$1', 'c.id')}) a
  CROSS JOIN LATERAL (SELECT ${importedValuesOf(values, campaign, 'p.contact_id')} AS vars, ${add(JSON.stringify(campaign.message.variables), 'jsonb')} AS fallback OFFSET 0) own
  ${local ? zone.joins : ''}
  LEFT JOIN LATERAL (
    ${suppressionOf('$1', 'a.address', settings.opt_out.exempt_classes.includes('broadcast') ? 'true' : 'false', asOf)}
  ) held ON a.address IS NOT NULL AND ${hasSuppressionsOf('$1')}
  ${local ? '' : zone.joins}`;
}

const isLocal = (startsAt: VerdictInput['startsAt']): startsAt is LocalStarts => startsAt !== null && !(startsAt instanceof Date);

/** SQL of the session of a person: the one that wrote to them before, else one by its share. After a campaign that failed through it, the next one. */
function sessionOf(values: unknown[], { campaign, sessions, former }: VerdictInput): string {
  const total = sessions.reduce((sum, one) => sum + one.weight, 0);
  if (total === 0) return 'NULL::uuid';
  const ids = `$${values.push(sessions.map(({ id }) => id))}::uuid[]`;
  const starts = `$${values.push(sessions.map((_, i) => sessions.slice(0, i).reduce((sum, one) => sum + one.weight, 0)))}::int[]`;
  const picked = `(${ids})[width_bucket((${hashOf('p.contact_id', seedOf(campaign.id, 0x5e5510n))} % ${total})::int, ${starts})]`;
  if (former) {
    const failed = sessionOfMessageSql('$1', messageIdOf(values, former.id, former.launchedAt)('p.contact_id'));
    return `CASE ${picked} WHEN ${failed} THEN (${ids})[array_position(${ids}, ${picked}) % ${sessions.length} + 1] ELSE ${picked} END`;
  }
  return campaign.numbers.sticky ? `coalesce(${stickySessionSql('$1', 'a.address', ids)}, ${picked})` : picked;
}

/**
 * SQL condition: another contact is the same person, by another spelling of one of the numbers or by the privacy id of one, and it is in the audience
 * and comes before this one, or has a message of the campaign.
 */
function isDoubleOf(values: unknown[], input: VerdictInput): string {
  const { campaign } = input;
  // As an expression: the planner asks for one contact, and never reads the audience.
  const isBefore = `x.contact_id < p.contact_id AND (EXISTS (SELECT 1 FROM (${audienceOf(values, input)}) q WHERE q.contact_id = x.contact_id)) IS TRUE`;
  const hasOne =
    campaign.launchedAt === null
      ? ''
      : ` OR x.contact_id <> p.contact_id AND ${hasMessageSql('$1', messageIdOf(values, campaign.id, campaign.launchedAt)('x.contact_id'))}`;
  return `EXISTS (SELECT 1 FROM (${sameNumbersSql('$1', 'a.addresses')}) x WHERE ${isBefore}${hasOne})`;
}

/** Returns the function that gives SQL of the id of a contact's message of a campaign. */
export function messageIdOf(values: unknown[], campaignId: string, launchedAt: Date): (contactId: string) => string {
  const id = `$${values.push(campaignId)}::uuid`;
  return (contactId) => campaignMessageId(launchedAt.getTime().toString(), id, contactId);
}

/** Verdicts on the audiences of campaigns. */
@Injectable()
export class Verdicts {
  constructor(
    private readonly db: Database,
    private readonly tenants: KnownTenants,
    private readonly versions: TemplateVersions,
    private readonly zones: KnownZones,
  ) {}

  /** Reads what verdicts of a campaign follow from. @throws AppError unknown_source, invalid_selection */
  async inputOf(tenantId: string, campaign: VerdictCampaign, sql: Sql = this.db): Promise<VerdictInput> {
    const tenant = await this.tenants.find(tenantId);
    return {
      campaign,
      audience: await readAudienceOf(sql, tenantId, campaign),
      sessions: sharesOf(await candidatesOf(sql, tenantId), campaign.numbers),
      former: campaign.retry?.other_session && campaign.retries.round > 0 ? await formerOf(sql, tenantId, campaign) : null,
      settings: tenant?.settings ?? defaultTenantSettings,
      startsAt: await this.startOf(campaign),
      template: await this.templateOf(tenantId, campaign, sql),
    };
  }

  /** Returns the start of a campaign; null: it starts at once, or did. */
  private async startOf({ schedule, run }: VerdictCampaign): Promise<VerdictInput['startsAt']> {
    if (schedule.start === 'local') return localStarts(schedule, await this.zones.get());
    if (schedule.start !== 'at' || run?.startedAt) return null;
    const at = run?.startsAt ?? schedule.at;
    return at === null ? null : new Date(at);
  }

  /** Returns the version that a campaign sends: the one that was fixed at its launch, else the one it names, else the newest; null: none. */
  async templateOf(
    tenantId: string,
    { message, run }: Pick<VerdictCampaign, 'message' | 'run'>,
    sql: Sql = this.db,
  ): Promise<TemplateVersion | null> {
    const { template_id: id } = message;
    if (id === null) return null;
    const [row] = await sql.query<{ version: number }>(
      `SELECT coalesce($3::int, version) AS version FROM message_templates WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, run?.templateVersion ?? message.template_version],
    );
    if (!row) return null;
    const [version] = await this.versions.get([{ tenantId, id, version: row.version }]);
    return version ?? null;
  }

  /** Returns whether anybody would get a message, at the latest when all of the audience was looked at. @throws AppError unknown_source, invalid_selection, busy */
  async hasAny(tenantId: string, campaign: VerdictCampaign): Promise<boolean> {
    const values: unknown[] = [tenantId];
    const input = await this.inputOf(tenantId, campaign);
    const verdicts = verdictSql(values, input, audienceOf(values, input));
    const rows = await this.db.inTurn(tenantId, () =>
      this.db.readQuery(`SELECT 1 FROM (${verdicts} OFFSET 0) v WHERE v.reason IS NULL LIMIT 1`, values),
    );
    return rows.length > 0;
  }

  /**
   * Counts the people of an audience by verdict, and those who get a message by columns of the verdict as well.
   * @param after contact after which people are counted; absent: all
   * @throws AppError busy
   */
  countBy<C extends 'session_id' | 'zone'>(
    tenantId: string,
    input: VerdictInput,
    columns: readonly C[],
    after?: string,
  ): Promise<({ reason: SkipReason | null; count: number; known: number } & Record<C, string | null>)[]> {
    const values: unknown[] = [tenantId];
    const all = audienceOf(values, input);
    const people = after === undefined ? all : `SELECT q.contact_id FROM (${all}) q WHERE q.contact_id > $${values.push(after)}::uuid`;
    const verdicts = verdictSql(values, input, people);
    const days = `$${values.push(input.settings.number_checks.valid_days)}::int`;
    // With a local start, people who are left out have their zone too.
    const ofSent = (column: C) =>
      column === 'zone' && isLocal(input.startsAt) ? `v.zone` : `CASE WHEN v.reason IS NULL THEN v.${column} END`;
    const keys = ['v.reason', ...columns.map((column) => `${ofSent(column)} AS ${column}`)];
    const places = keys.map((_, i) => i + 1).join(', ');
    return this.db.inTurn(tenantId, () =>
      this.db.readQuery(
        `SELECT ${keys.join(', ')}, count(*)::int AS count, count(*) FILTER (WHERE v.reason IS NULL AND ${isKnownSql('v', days)})::int AS known
         -- Each verdict is computed once, however often it is read.
         FROM (${verdicts} OFFSET 0) v GROUP BY ${places} ORDER BY ${places}`,
        values,
      ),
    );
  }

  /**
   * Counts the people of the audience by verdict.
   * @param zones the time zones that are known, to count by zone as well
   * @throws AppError unknown_source, invalid_selection, busy
   */
  async count(tenantId: string, campaign: VerdictCampaign, zones: ReadonlySet<string> | null = null): Promise<VerdictCounts> {
    const rows = await this.countBy(tenantId, { ...(await this.inputOf(tenantId, campaign)), zones }, ['zone']);
    const sent = rows.filter(({ reason }) => reason === null);
    const zonesOf = (some: typeof rows, people: (count: number) => number) =>
      some.flatMap(({ zone, count }): [string, number][] => (zone === null ? [] : [[zone, people(count)]]));
    return {
      audience: rows.reduce((sum, { count }) => sum + count, 0),
      sendable: sent.reduce((sum, { count }) => sum + count, 0),
      known: sent.reduce((sum, { known }) => sum + known, 0),
      skips: skipsOf(rows),
      zones: new Map([...zonesOf(rows, () => 0), ...zonesOf(sent, (count) => count)]),
    };
  }
}

/** Returns the campaign whose failed people this one is for. */
async function formerOf(sql: Sql, tenantId: string, { parentId }: VerdictCampaign): Promise<FormerCampaign | null> {
  const [row] = await sql.query<FormerCampaign>(
    `SELECT id, launched_at AS "launchedAt" FROM campaigns WHERE tenant_id = $1 AND id = $2 AND launched_at IS NOT NULL`,
    [tenantId, parentId],
  );
  return row ?? null;
}

/** Returns the people who are left out, by reason. */
export function skipsOf(rows: readonly { reason: SkipReason | null; count: number }[]): Partial<Record<SkipReason, number>> {
  const skips: Partial<Record<SkipReason, number>> = {};
  for (const { reason, count } of rows) if (reason !== null) skips[reason] = (skips[reason] ?? 0) + count;
  return skips;
}

/**
 * Returns the sessions of a campaign with their shares. With `when_down` = `move`, those that are down get no people as long as another one
 * is up.
 */
export function sharesOf(candidates: Candidate[], numbers: Campaign['numbers']): SessionShare[] {
  const { session_ids: ids, tag, weights, when_down } = numbers;
  const chosen = candidates
    .filter((one) => (ids.length === 0 || ids.includes(one.id)) && (tag === null || one.tags.includes(tag)))
    .map(({ id, name, usable }) => ({ id, name, usable, weight: weights[id] ?? 1 }));
  const up = chosen.filter(({ usable }) => usable);
  return when_down === 'move' && up.length > 0 ? up : chosen;
}
