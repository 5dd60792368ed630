import { Injectable } from '@nestjs/common';
import { consentOf, type ReadAudience, suppressionOf, twinSql } from '@heliograph/contacts';
import { Database, type Sql } from '@heliograph/kernel';
import { derivedMessageId, hasMessageSql } from '@heliograph/messaging';
import {
  type Candidate,
  candidatesOf,
  defaultTenantSettings,
  KnownTenants,
  stickySessionSql,
  type TenantSettings,
} from '@heliograph/tenants';
import type { Campaign } from '../campaign';
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
export type VerdictCampaign = Pick<Campaign, 'id' | 'audience' | 'message' | 'numbers' | 'caps' | 'requires_consent' | 'launchedAt'>;

/** Everything besides the people that verdicts follow from. */
export interface VerdictInput {
  campaign: VerdictCampaign;
  audience: ReadAudience;
  /** Place of the first person beyond the greatest number, as it was read at the start; undefined: the statement finds it. */
  cutoff?: string | null | undefined;
  /** Sessions to share the people between, by id. */
  sessions: SessionShare[];
  settings: TenantSettings;
}

/** People by verdict. */
export interface VerdictCounts {
  audience: number;
  sendable: number;
  skips: Partial<Record<SkipReason, number>>;
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
 * Returns SQL of the verdicts on people: one row each, with `contact_id`, `address`, `session_id`, `seed`, `language`, `vars` and `reason`. The
 * person gets a message when `reason` is null. Check, plan, launch and lists use this one text, so that they agree.
 *
 * The statement runs as the installation, since the suppressions of all tenants are read: it names the tenant in each of its parts.
 * @param values parameters of the statement; the first is the tenant
 * @param people query of `contact_id`, each contact once
 */
export function verdictSql(values: unknown[], input: VerdictInput, people: string): string {
  const { campaign, sessions, settings } = input;
  const add = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const ids = add(
    sessions.map((s) => s.id),
    'uuid[]',
  );
  const starts = add(
    sessions.map((_, i) => sessions.slice(0, i).reduce((sum, s) => sum + s.weight, 0)),
    'int[]',
  );
  const total = sessions.reduce((sum, s) => sum + s.weight, 0);
  const share = hashOf('p.contact_id', seedOf(campaign.id, 0x5e5510n));
  const picked = total === 0 ? 'NULL::uuid' : `(${ids})[width_bucket((${share} % ${total})::int, ${starts})]`;
  const sticky = campaign.numbers.sticky ? `coalesce(${stickySessionSql('$1', 'a.address', ids)}, ${picked})` : picked;
  const imported = importedValuesOf(values, campaign, 'p.contact_id');
  const isExempt = settings.opt_out.exempt_classes.includes('broadcast') ? 'true' : 'false';
  const merged =
    campaign.launchedAt === null
      ? 'false'
      : `EXISTS (SELECT 1 FROM contacts f WHERE f.tenant_id = $1 AND f.merged_into = p.contact_id
           AND ${hasMessageSql('$1', campaignMessageId(campaign.launchedAt.getTime().toString(), add(campaign.id, 'uuid'), 'f.id'))})`;
  return `SELECT v.contact_id, v.address, v.session_id, v.seed, v.language, v.vars,
    CASE WHEN v.is_deleted THEN 'deleted' WHEN v.address IS NULL THEN 'no_address' WHEN v.address !~ '${addressForm}' THEN 'invalid_address'
      WHEN v.is_double THEN 'duplicate'
      WHEN v.held = 'opted_out' THEN 'opted_out' WHEN v.held = 'bad_number' THEN 'not_on_whatsapp' WHEN v.held IS NOT NULL THEN 'suppressed'
      ${campaign.requires_consent ? `WHEN v.consent = 'opt_out' THEN 'opted_out' WHEN v.consent IS NULL THEN 'no_consent'` : ''} END AS reason
  FROM (
    SELECT p.contact_id, a.address, c.id IS NULL AS is_deleted, ${sticky} AS session_id, (${hashOf('p.contact_id', seedOf(campaign.id, 0x7e47n))} % 1000000)::int AS seed,
      NULL::text AS language, ${imported} AS vars, held.cause AS held, ${campaign.requires_consent ? `(${consentOf('c')})` : 'NULL'} AS consent,
      twin.is_double OR ${merged} AS is_double
    FROM (${people}) p
    LEFT JOIN contacts c ON c.tenant_id = $1 AND c.id = p.contact_id AND c.merged_into IS NULL
    -- The number of a person, else the privacy id; of several the latest.
    LEFT JOIN LATERAL (
      SELECT x.address FROM contact_addresses x WHERE x.tenant_id = $1 AND x.contact_id = c.id
      ORDER BY CASE WHEN x.address LIKE '+%' THEN 0 WHEN x.address LIKE '%@lid' THEN 1 ELSE 2 END, x.added_at DESC, x.address LIMIT 1
    ) a ON true
    -- Another contact of the audience is the same person: another spelling of the number, or the privacy id of a number. The first one counts.
    CROSS JOIN LATERAL (
      SELECT EXISTS (
        SELECT 1 FROM (
          SELECT ${twinSql('a.address')} AS address
          UNION ALL SELECT y.phone FROM address_pairs y WHERE y.tenant_id = $1 AND y.lid = a.address
          UNION ALL SELECT y.lid FROM address_pairs y WHERE y.tenant_id = $1 AND y.phone = a.address
        ) o JOIN contact_addresses x ON x.tenant_id = $1 AND x.address = o.address
        -- As an expression: the planner asks for one contact, and never reads the audience.
        WHERE x.contact_id < p.contact_id AND (EXISTS (SELECT 1 FROM (${audienceOf(values, input)}) q WHERE q.contact_id = x.contact_id)) IS TRUE
      ) AS is_double
    ) twin
    LEFT JOIN LATERAL (${suppressionOf('$1', 'a.address', isExempt, 'heliograph_now()')}) held ON a.address IS NOT NULL
  ) v`;
}

/** Verdicts on the audiences of campaigns. */
@Injectable()
export class Verdicts {
  constructor(
    private readonly db: Database,
    private readonly tenants: KnownTenants,
  ) {}

  /** Reads what verdicts of a campaign follow from. @throws AppError unknown_source, invalid_selection */
  async inputOf(tenantId: string, campaign: VerdictCampaign, sql: Sql = this.db): Promise<VerdictInput> {
    const tenant = await this.tenants.get(tenantId);
    return {
      campaign,
      audience: await readAudienceOf(sql, tenantId, campaign),
      sessions: sharesOf(await candidatesOf(sql, tenantId), campaign.numbers),
      settings: tenant?.settings ?? defaultTenantSettings,
    };
  }

  /** Counts the people of the audience by verdict. @throws AppError unknown_source, invalid_selection */
  async count(tenantId: string, campaign: VerdictCampaign): Promise<VerdictCounts> {
    const values: unknown[] = [tenantId];
    const input = await this.inputOf(tenantId, campaign);
    const verdicts = verdictSql(values, input, audienceOf(values, input));
    const rows = await this.db.query<{ reason: SkipReason | null; count: number }>(
      `SELECT reason, count(*)::int AS count FROM (${verdicts}) v GROUP BY reason`,
      values,
    );
    const skips = Object.fromEntries(rows.flatMap(({ reason, count }) => (reason === null ? [] : [[reason, count]])));
    return {
      audience: rows.reduce((sum, { count }) => sum + count, 0),
      sendable: rows.find(({ reason }) => reason === null)?.count ?? 0,
      skips,
    };
  }
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
