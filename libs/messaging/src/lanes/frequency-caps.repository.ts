import { addressesOf } from '@heliograph/contacts';
import { frequencyCapsOf, maxCapHours, minGapOf } from '@heliograph/tenants';

/** A person and the caps that apply, as expressions. */
export interface CapQuestion {
  tenantId: string;
  /** Any address of the person. */
  recipient: string;
  /** Caps as the setting `frequency_caps` has them, as jsonb; null: none. */
  caps: string;
  /** Minimum gap as an interval; null: none. */
  gap: string;
  now: string;
  /** Id of a message that does not count; null: every message counts. */
  except?: string;
}

/** Time for which a message waits for the outcome of calls on which its caps depend, before it is asked about again. */
const callWaitMs = 2_000;

/**
 * SQL: how a person stands to the caps, as one row. Messages of groups that count are counted, from all sessions. `is_reached`: a cap allows no
 * message now, because of what was sent, at the time at which its outcome was stored, or may have been sent. `free_at`: end of the minimum gap
 * after the last of these; null: no gap, or it is over. `is_pending`: whether a message is allowed follows from calls that are under way.
 */
export const capStandingOf = ({ tenantId, recipient, caps, gap, now, except = 'NULL::uuid' }: CapQuestion): string => {
  // The group of each message is looked up by its key: a join could begin with all groups of the tenant.
  const counted = (columns: string, where: string) =>
    `SELECT ${columns} FROM messages m WHERE m.tenant_id = asked.tenant_id AND m.recipient = place.address AND ${where} AND m.id IS DISTINCT FROM asked.except_id
      AND (SELECT mg.counts_for_caps FROM message_groups mg WHERE mg.tenant_id = m.tenant_id AND mg.id = m.group_id)`;
  const reached = (and: string) =>
    `coalesce((SELECT bool_or((SELECT count(*) FROM unnest(got.times, got.calls) AS t(at, is_call) WHERE t.at > asked.now - c.hours * interval '1 hour'${and}) >= c.messages)
      FROM jsonb_to_recordset(asked.caps) AS c(messages int, hours int)), false)`;
  return `SELECT ${reached(' AND NOT t.is_call')} AS is_reached,
    CASE WHEN got.last_at + asked.gap > asked.now THEN got.last_at + asked.gap END AS free_at,
    got.is_called AND (asked.gap IS NOT NULL OR ${reached('')}) AS is_pending
  FROM (SELECT ${tenantId} AS tenant_id, ${recipient} AS recipient, ${caps} AS caps, ${gap} AS gap, ${now} AS now, ${except} AS except_id OFFSET 0) asked
  CROSS JOIN LATERAL (
    SELECT array_agg(one.at) AS times, array_agg(one.is_call) AS calls, max(one.at) FILTER (WHERE NOT one.is_call) AS last_at, coalesce(bool_or(one.is_call), false) AS is_called
    FROM (${addressesOf('asked.tenant_id', 'asked.recipient')}) place
    CROSS JOIN LATERAL (
      ${counted('m.sent_at AS at, false AS is_call', `m.sent_at > asked.now - interval '${maxCapHours} hours'`)}
      UNION ALL ${counted('asked.now, true', `m.due_at IS NOT NULL AND m.sent_at IS NULL AND m.state IN ('claimed', 'calling')`)}
      UNION ALL ${counted('coalesce(m.uncertain_since, least(m.expires_at, asked.now)), false', `m.sent_at IS NULL AND m.due_at IS NULL AND m.state = 'uncertain'`)}
    ) one
  ) got`;
};

/**
 * SQL: the reason why a message of a group that obeys is not sent to a person now: `frequency_cap`, `min_gap`, or null. Calls under way decide
 * nothing. The claim asks the same question again. To be asked only of a tenant for which `hasCapsOf` holds. @param tenant alias of a row of `tenants`
 */
export const capReachedSql = (tenant: string, recipient: string, now = 'heliograph_now()'): string =>
  `(SELECT CASE WHEN k.is_reached THEN 'frequency_cap' WHEN k.free_at IS NOT NULL THEN 'min_gap' END FROM (${capStandingOf({
    tenantId: `${tenant}.id`,
    recipient,
    caps: frequencyCapsOf(tenant),
    gap: minGapOf(tenant),
    now,
  })}) k)`;

/** SQL: true for a tenant with a frequency cap or a minimum gap. @param tenant alias of a row of `tenants` */
export const hasCapsOf = (tenant: string): string => `(${frequencyCapsOf(tenant)} IS NOT NULL OR ${minGapOf(tenant)} IS NOT NULL)`;

/**
 * SQL: time until which a message waits because of its person; null: it does not wait, or it is never sent. `k` is an alias of `capStandingOf`.
 */
export const freeAtOf = (k: string, now: string): string =>
  `CASE WHEN NOT ${k}.is_reached THEN greatest(${k}.free_at, CASE WHEN ${k}.is_pending THEN ${now} + interval '${callWaitMs} ms' END) END`;

/**
 * SQL: messages on offer under caps, and how their recipients stand, based on `offered`. `claims`: number of claims for the person as this
 * statement reads it.
 */
export const cappedOf = (person: string): string => `under_caps AS MATERIALIZED (
  -- Before anybody is looked up, so that each is looked up once.
  SELECT o.tenant_id, o.id, o.recipient, v.obeys_caps, l.caps, l.min_gap, l.now
  FROM lane l JOIN visit v ON v.session_id = l.session_id AND (v.obeys_caps OR v.counts_for_caps)
  JOIN offered o ON o.session_id = v.session_id AND o.class = v.class AND o.group_id = v.group_id AND NOT o.ends
  WHERE l.caps IS NOT NULL OR l.min_gap IS NOT NULL
), capped AS MATERIALIZED (
  SELECT offer.tenant_id, offer.id, p.person, coalesce(g.claims, 0) AS claims, coalesce(k.is_reached, false) AS is_capped,
    ${freeAtOf('k', 'offer.now')} AS free_at
  FROM under_caps offer CROSS JOIN LATERAL (SELECT ${person} AS person OFFSET 0) p
  LEFT JOIN recipient_guards g ON g.tenant_id = offer.tenant_id AND g.recipient = p.person
  LEFT JOIN LATERAL (${capStandingOf({ tenantId: 'offer.tenant_id', recipient: 'offer.recipient', caps: 'offer.caps', gap: 'offer.min_gap', now: 'offer.now', except: 'offer.id' })}) k ON offer.obeys_caps
)`;

/**
 * SQL: the chosen messages that may be claimed, based on `chosen`. A person's row is raised only when no other claim raised it since this
 * statement began, so what the statement counted is complete. A message that loses stays in its lane and is claimed again at once.
 */
export const personsGuarded = `person_guarded AS (
  INSERT INTO recipient_guards AS g (tenant_id, recipient, claims, claimed_at)
  SELECT tenant_id, person, claims + 1, heliograph_now() FROM chosen WHERE person_nr = 1 ORDER BY tenant_id, person
  ON CONFLICT (tenant_id, recipient) DO UPDATE SET claims = excluded.claims, claimed_at = excluded.claimed_at WHERE g.claims = excluded.claims - 1
  RETURNING g.tenant_id, g.recipient
), picked AS MATERIALIZED (
  SELECT c.* FROM chosen c WHERE c.person IS NULL OR c.person_nr = 1 AND (c.tenant_id, c.person) IN (SELECT tenant_id, recipient FROM person_guarded)
)`;

/** SQL: delays messages whose recipients got one a moment ago, or are being called, based on `candidate`. */
export const gapsKept = (waiting: string): string => `delayed AS (
  UPDATE messages m SET due_at = d.free_at
  FROM (SELECT array_agg(tenant_id) AS tenant_ids, array_agg(id) AS ids, array_agg(free_at) AS times FROM candidate WHERE free_at IS NOT NULL) a
  CROSS JOIN LATERAL unnest(a.tenant_ids, a.ids, a.times) AS d(tenant_id, id, free_at)
  WHERE m.tenant_id = d.tenant_id AND m.id = d.id AND m.state IN ${waiting}
)`;
