import { List, listKeys, type Page, type PageRequest, readPage, type Sql, sqlConditions } from '@heliograph/kernel';
import { type MessageState, messageStates } from '../message';
import { stateList } from '../message-states';
import { type LeftCounts, leftOutcomes } from './group-counting.repository';

export { type LeftCounts, leftOutcomes, type LeftOutcome } from './group-counting.repository';

/** States of a message that ended without being sent. */
export const endedUnsent = ['suppressed', 'cancelled', 'expired'] as const satisfies MessageState[];
export type EndedUnsent = (typeof endedUnsent)[number];

/** Messages that left within one step of time, by their outcome so far, and calls after which the provider asked to wait. */
export interface GroupFlowPoint extends LeftCounts {
  at: Date;
  /** Calls that the provider refused for now (429). */
  throttled: number;
}

/** Messages that left through one number, by their outcome so far. */
export interface GroupLane extends LeftCounts {
  sessionId: string;
  /** Messages that left in the last full minute. */
  perMinute: number;
}

/** Number of messages that failed, or ended unsent, for one cause. */
export interface GroupCause {
  state: 'failed' | EndedUnsent;
  cause: string;
  count: number;
}

/** A message of a group, as a list of its people shows it. */
export interface GroupMessage {
  id: string;
  contactId: string | null;
  recipient: string;
  sessionId: string | null;
  state: MessageState;
  cause: string | null;
  detail: string | null;
  createdAt: Date;
  sentAt: Date | null;
  deliveredAt: Date | null;
  readAt: Date | null;
}

/** Filter of the messages of a group. */
export interface GroupMessageFilter {
  states?: readonly MessageState[] | undefined;
  causes?: readonly string[] | undefined;
}

/** SQL: the group $2 of tenant $1 and its parts. */
const family = `SELECT g.id FROM message_groups g WHERE g.tenant_id = $1 AND (g.id = $2 OR g.parent_id = $2)`;
/** SQL: counts of the purged messages of the group, and of what people answered them. */
const purgedCounts = 'SELECT p.kind, p.count FROM group_purged_counts p WHERE p.tenant_id = $1 AND p.group_id = $2';
const sums = leftOutcomes.map((outcome) => `greatest(sum(${outcome}), 0)::int AS ${outcome}`).join(', ');

/**
 * Reads the counters of a group by state, which change with the messages in the same transaction. Messages of campaigns that were purged count
 * where they ended.
 */
export async function groupStateCountsOf(sql: Sql, tenantId: string, groupId: string): Promise<Record<MessageState, number>> {
  const rows = await sql.query<{ state: MessageState; count: number }>(
    `SELECT state, sum(count)::int AS count FROM (
       SELECT c.state, c.count FROM message_group_counts c WHERE c.tenant_id = $1 AND c.group_id = ANY (ARRAY(${family}))
       UNION ALL ${purgedCounts}
     ) x GROUP BY 1`,
    [tenantId, groupId],
  );
  const counts = Object.fromEntries(messageStates.map((state) => [state, 0])) as Record<MessageState, number>;
  for (const { state, count } of rows) if (state in counts) counts[state] = count;
  return counts;
}

/** SQL: number of messages of a group and its parts by the counters, with those of campaigns that were purged. */
export const groupTotalSql = (tenantId: string, groupId: string): string =>
  `(SELECT coalesce(sum(x.count), 0)::bigint FROM (
     SELECT c.count FROM message_groups g JOIN message_group_counts c ON c.tenant_id = g.tenant_id AND c.group_id = g.id
     WHERE g.tenant_id = ${tenantId} AND (g.id = ${groupId} OR g.parent_id = ${groupId})
     UNION ALL
     SELECT p.count FROM group_purged_counts p WHERE p.tenant_id = ${tenantId} AND p.group_id = ${groupId} AND p.kind IN ${stateList(messageStates)}
   ) x)`;

/** Returns the messages of a group that left, a point for each step in which there were some. */
export function groupFlowOf(
  sql: Sql,
  tenantId: string,
  groupId: string,
  from: Date,
  to: Date,
  stepMinutes: number,
): Promise<GroupFlowPoint[]> {
  return sql.query<GroupFlowPoint>(
    `SELECT date_bin($5 * interval '1 min', minute, 'epoch') AS at, ${sums}, sum(throttled)::int AS throttled FROM group_flow
     WHERE tenant_id = $1 AND group_id = $2 AND minute >= $3 AND minute < $4 GROUP BY 1 ORDER BY 1`,
    [tenantId, groupId, from, to, stepMinutes],
  );
}

/** Returns the first and the last minute in which messages of a group left; null: none did. */
export async function groupFlowSpan(sql: Sql, tenantId: string, groupId: string): Promise<{ from: Date; to: Date } | null> {
  const edge = (order: string) => `(SELECT minute FROM group_flow WHERE tenant_id = $1 AND group_id = $2 ORDER BY minute ${order} LIMIT 1)`;
  const [row] = await sql.query<{ from: Date | null; to: Date | null }>(`SELECT ${edge('ASC')} AS "from", ${edge('DESC')} AS "to"`, [
    tenantId,
    groupId,
  ]);
  return row?.from && row.to ? { from: row.from, to: row.to } : null;
}

/** Minutes over which the rate is measured, of the last `rateSpan`. */
const rateMinutes = 5;
const rateSpan = 120;
/** Seconds in flight that a rate follows from at least. */
const minFlightS = 5;

/**
 * Returns how many messages of a group left a minute, over the last full minutes of flight: the time of pauses does not count. Less time when
 * the first message left later.
 */
export async function groupRateOf(sql: Sql, tenantId: string, groupId: string): Promise<number> {
  const [row] = await sql.query<{ rate: number | null }>(
    `WITH flight AS (
       SELECT g.tenant_id, g.id, date_trunc('minute', heliograph_now()) AS now,
         g.pauses + CASE WHEN g.paused_at IS NOT NULL THEN tstzmultirange(tstzrange(g.paused_at, greatest(g.paused_at, heliograph_now()))) ELSE '{}' END AS pauses
       FROM message_groups g WHERE g.tenant_id = $1 AND g.id = $2
     ), minutes AS (
       SELECT m.minute, coalesce(f.sent + f.delivered + f.read + f.failed, 0) AS "left",
         60 - coalesce((SELECT sum(extract(epoch FROM upper(p) - lower(p))) FROM unnest(x.pauses * tstzmultirange(tstzrange(m.minute, m.minute + interval '1 min'))) p), 0) AS flown_s
       FROM flight x CROSS JOIN LATERAL generate_series(x.now - interval '${rateSpan} min', x.now - interval '1 min', interval '1 min') m(minute)
       LEFT JOIN group_flow f ON f.tenant_id = x.tenant_id AND f.group_id = x.id AND f.minute = m.minute
     ), last AS (
       SELECT * FROM (SELECT *, sum(flown_s) OVER (ORDER BY minute DESC) - flown_s AS flown_later_s FROM minutes) m WHERE flown_later_s < ${rateMinutes} * 60
     )
     SELECT CASE WHEN sum(flown_s) >= ${minFlightS} THEN greatest(sum("left"), 0) * 60 / sum(flown_s) END::float8 AS rate
     FROM last WHERE minute >= (SELECT min(l.minute) FROM last l WHERE l."left" <> 0)`,
    [tenantId, groupId],
  );
  return row?.rate ?? 0;
}

/** Returns what left through each number, most first. */
export function groupLanesOf(sql: Sql, tenantId: string, groupId: string): Promise<GroupLane[]> {
  const now = `date_trunc('minute', heliograph_now())`;
  return sql.query<GroupLane>(
    `SELECT session_id AS "sessionId", ${leftOutcomes.map((outcome) => `greatest(${outcome}, 0) AS ${outcome}`).join(', ')},
       greatest(CASE minute WHEN ${now} THEN minute_before WHEN ${now} - interval '1 min' THEN in_minute ELSE 0 END, 0) AS "perMinute"
     FROM group_lanes WHERE tenant_id = $1 AND group_id = $2 ORDER BY sent + delivered + read + failed DESC, session_id`,
    [tenantId, groupId],
  );
}

/** Returns why messages of a group failed or ended unsent, most first. */
export function groupCausesOf(sql: Sql, tenantId: string, groupId: string): Promise<GroupCause[]> {
  return sql.query<GroupCause>(
    `SELECT state, cause, count FROM group_causes WHERE tenant_id = $1 AND group_id = $2 AND count > 0 ORDER BY count DESC, state, cause`,
    [tenantId, groupId],
  );
}

const groupMessages = new List('group_messages', listKeys.id);

/** States of which `group_ends` has the messages. */
const indexedStates: readonly MessageState[] = ['failed', 'suppressed'];

/**
 * Returns messages of a group, in the order in which they were made. Those of a rare state are read by an index of their own; for other
 * filters, a bounded number of rows is read per page, so that a page may be empty and still have a next one.
 */
export function groupMessagesOf(
  tx: Sql,
  tenantId: string,
  groupId: string,
  { states, causes }: GroupMessageFilter,
  page: PageRequest,
): Promise<Page<GroupMessage>> {
  const [after] = groupMessages.after(page) ?? [];
  const { values, given } = sqlConditions(tenantId, groupId);
  const isRare = states?.length === 1 && indexedStates.includes(states[0] as MessageState);
  const range = isRare
    ? [`x.state = '${states[0] as MessageState}'`, ...given(after, (p) => `x.id > ${p}::uuid`)]
    : given(after, (p) => `x.id > ${p}::uuid`);
  const checked = [
    ...(states === undefined ? [] : [`m.state IN ${stateList(states)}`]),
    ...given(causes, (p) => `m.cause = ANY (${p}::text[])`),
  ];
  const source = isRare
    ? `(SELECT e.tenant_id, e.group_id, e.state, e.message_id AS id FROM group_ends e) x`
    : `(SELECT n.tenant_id, n.group_id, n.id FROM messages n) x`;
  return readPage<GroupMessage>(tx, groupMessages, page, {
    columns: `m.id, (m.origin->>'contactId')::uuid AS "contactId", m.recipient, m.session_id AS "sessionId", m.state, m.cause, m.detail, m.created_at AS "createdAt",
      m.sent_at AS "sentAt", m.delivered_at AS "deliveredAt", m.read_at AS "readAt"`,
    from: source,
    // By key, one by one: a join could begin with the whole table.
    joins: 'CROSS JOIN LATERAL (SELECT k.* FROM messages k WHERE k.tenant_id = x.tenant_id AND k.id = x.id OFFSET 0) m',
    range: ['x.tenant_id = $1', 'x.group_id = $2', ...range],
    checked,
    order: 'x.id',
    key: ['x.id'],
    values,
  });
}

/** Returns the messages of a group that left in [from, to), by their outcome so far. Both are cut to the minute. */
export async function groupLeftOf(sql: Sql, tenantId: string, groupId: string, from: Date, to: Date): Promise<LeftCounts> {
  const [row] = await sql.query<{ [outcome in keyof LeftCounts]: number | null }>(
    `SELECT ${sums} FROM group_flow WHERE tenant_id = $1 AND group_id = $2 AND minute >= date_trunc('minute', $3::timestamptz) AND minute < date_trunc('minute', $4::timestamptz)`,
    [tenantId, groupId, from, to],
  );
  return { sent: row?.sent ?? 0, delivered: row?.delivered ?? 0, read: row?.read ?? 0, failed: row?.failed ?? 0 };
}

/** Number of people who answered messages of a group, and who opted out by it. */
export interface GroupAnswers {
  replies: number;
  optOuts: number;
}

/** Reads the counters of what people answered, also to messages that were purged since. */
export async function groupAnswersOf(sql: Sql, tenantId: string, groupId: string): Promise<GroupAnswers> {
  const rows = await sql.query<{ kind: string; count: number }>(
    `SELECT kind, sum(count)::int AS count FROM (
       SELECT c.kind, c.count FROM message_outcome_counts c WHERE c.tenant_id = $1 AND c.group_id = ANY (ARRAY(${family}))
       UNION ALL ${purgedCounts}
     ) x GROUP BY 1`,
    [tenantId, groupId],
  );
  const of = (kind: string) => rows.find((row) => row.kind === kind)?.count ?? 0;
  return { replies: of('reply'), optOuts: of('opt_out') };
}

/** Counts the people who opted out by messages of a group since a time. */
export async function groupOptOutsSince(sql: Sql, tenantId: string, groupId: string, since: Date): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM message_outcomes o
     WHERE o.tenant_id = $1 AND o.group_id = ANY (ARRAY(${family})) AND o.kind = 'opt_out' AND o.at >= $3`,
    [tenantId, groupId, since],
  );
  return row?.count ?? 0;
}

/** Which messages of a group: those of some states and causes, and those that were answered, or were not. */
export interface GroupSelection extends GroupMessageFilter {
  isAnswered?: boolean | undefined;
}

/**
 * Returns SQL of a query of `id`: the contacts of messages of a group.
 * @param tenant SQL of the tenant's id
 * @param add adds a parameter of the statement and returns its placeholder
 */
export function groupContactsSql(
  { states, causes, isAnswered }: GroupSelection,
  groupId: string,
  tenant: string,
  add: (value: unknown) => string,
): string {
  const isRare = states !== undefined && states.every((state) => indexedStates.includes(state));
  const from = isRare
    ? `group_ends e JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id WHERE e.tenant_id = ${tenant} AND e.group_id = ${add(groupId)}::uuid`
    : `messages m WHERE m.tenant_id = ${tenant} AND m.group_id = ${add(groupId)}::uuid`;
  const answered = `EXISTS (SELECT 1 FROM message_outcomes o WHERE o.tenant_id = m.tenant_id AND o.message_id = m.id AND o.kind = 'reply')`;
  const conditions = [
    ...(states === undefined ? [] : [`m.state IN ${stateList(states)}`]),
    ...(causes === undefined ? [] : [`m.cause = ANY (${add(causes)}::text[])`]),
    ...(isAnswered === undefined ? [] : [isAnswered ? answered : `NOT ${answered}`]),
  ];
  return `SELECT (m.origin->>'contactId')::uuid AS id FROM ${from} ${conditions.map((condition) => `AND ${condition}`).join(' ')}`;
}
