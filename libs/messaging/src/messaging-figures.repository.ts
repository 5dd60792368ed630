import { type Database, isValueFault, type Sql } from '@heliograph/kernel';
import { isSessionKept, isSessionOpen, isTenantOpen, sessionOf, tenantOf } from '@heliograph/tenants';
import { campaignKind } from './groups/group-facts.repository';
import { dailyCapOf, invalidLane, leftOf, nextDayOf } from './lanes/lane-rules.repository';
import { stateList, waitingStates } from './message-states';

/** Maximum number of rows that a count reads. */
const maxCounted = 100_000;

const figure = async (sql: Sql, text: string): Promise<number> => Number((await sql.query<{ value: number | null }>(text))[0]?.value ?? 0);

/** Lanes with a message due now. */
export const lanesDue = (sql: Sql) => figure(sql, `SELECT count(*) AS value FROM lanes WHERE next_due_at <= heliograph_now()`);

/** SQL: lanes with a message due now that may send. */
const dueLanes = `FROM lanes l JOIN ${sessionOf('s', 'l')} JOIN ${tenantOf('t', 'l.tenant_id')}
  WHERE l.next_due_at <= heliograph_now() AND l.next_slot_at <= heliograph_now() AND (l.closed_until IS NULL OR l.closed_until <= heliograph_now())
    AND ${isSessionOpen('s')} AND ${isTenantOpen('t')}`;
const oldestDue = 'extract(epoch FROM heliograph_now() - min(greatest(l.next_due_at, l.next_slot_at)))::float8 AS value';

/** Seconds since the oldest due message of a lane that may send. */
export const oldestDueSeconds = (sql: Sql) => figure(sql, `SELECT ${oldestDue} ${dueLanes}`);

/** Messages of unknown outcome that wait for evidence, not for a person. */
export const messagesUncertain = (sql: Sql) => figure(sql, `SELECT count(*) AS value FROM messages WHERE uncertain_since IS NOT NULL`);

/** Messages whose call began over an hour ago and whose WhatsApp id is not known. */
export const messagesStuckAtSent = (sql: Sql) =>
  figure(
    sql,
    `SELECT count(*) AS value FROM (SELECT 1 FROM unbound_messages WHERE called_at < heliograph_now() - interval '1 hour' LIMIT ${maxCounted}) x`,
  );

/** SQL: the tenants $1; null: all. `of` is an alias of a table. */
const within = (of: string): string => `($1::uuid[] IS NULL OR ${of}.tenant_id = ANY ($1))`;

/** Seconds since the oldest due message of a lane that may send; null: nothing is due. @param tenantIds null: all tenants */
export async function oldestDueOf(sql: Sql, tenantIds: string[] | null): Promise<number | null> {
  const [row] = await sql.query<{ value: number | null }>(`SELECT ${oldestDue} ${dueLanes} AND ${within('l')}`, [tenantIds]);
  return row?.value ?? null;
}

/** SQL: lanes `l` with a message due now whose session is not deleted, of the tenants $1. */
const lanesWithDue = `FROM lanes l JOIN ${sessionOf('s', 'l')}
  WHERE ${within('l')} AND l.next_due_at <= heliograph_now() AND s.deleted_at IS NULL`;

/** Returns the sessions that `lanesDueOf` counts. @param tenantIds null: all tenants */
export async function sessionsDueOf(sql: Sql, tenantIds: string[] | null): Promise<string[]> {
  return (await sql.query<{ id: string }>(`SELECT l.session_id AS id ${lanesWithDue}`, [tenantIds])).map(({ id }) => id);
}

/** Counts lanes with a message due now. @param tenantIds null: all tenants */
export async function lanesDueOf(sql: Sql, tenantIds: string[] | null): Promise<number> {
  const [row] = await sql.query<{ count: number }>(`SELECT count(*)::int AS count ${lanesWithDue}`, [tenantIds]);
  return row?.count ?? 0;
}

/** Calls of a session that the provider refused with 429. */
export interface ThrottledSession {
  tenantId: string;
  sessionId: string;
  name: string;
  count: number;
  lastAt: Date;
}

/** Returns the sessions with calls since a time that the provider refused with 429, the most first, at most 500. @param tenantIds null: all tenants */
export function throttledSince(sql: Sql, tenantIds: string[] | null, since: Date): Promise<ThrottledSession[]> {
  return sql.query<ThrottledSession>(
    `SELECT e.tenant_id AS "tenantId", s.id AS "sessionId", s.name, count(*)::int AS count, max(e.at) AS "lastAt"
     FROM message_events e JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
       JOIN ${sessionOf('s', 'm')}
     WHERE e.to_state = 'queued' AND e.cause = 'throttled' AND e.from_state <> 'queued' AND e.at >= $2 AND ${within('e')}
     GROUP BY 1, 2, 3 ORDER BY 4 DESC, 3 LIMIT 500`,
    [tenantIds, since],
  );
}

/** Counts the workers that send and are alive. */
export const workersAlive = (sql: Sql) => figure(sql, `SELECT count(*) AS value FROM workers WHERE alive_until > heliograph_now()`);

/** A number that sent nearly all that its daily cap allows. */
export interface LaneNearCap {
  tenantId: string;
  sessionId: string;
  name: string;
  cap: number;
  left: number;
  /** The next local midnight. */
  until: Date;
}

/** Share of a daily cap that is left when a person should know. */
const nearCapShare = 0.1;
/** Maximum numbers of one kind that are returned. */
const maxLanesInNeed = 100;

/** A number whose settings the database cannot compute with: nothing is sent through it until they are corrected. */
export interface InvalidLane {
  tenantId: string;
  sessionId: string;
  name: string;
}

/**
 * Returns numbers whose daily cap or warm-up leaves a tenth or less of today, and numbers with invalid settings: those that a claim closed,
 * and those that fail here before any claim did. @param tenantIds null: all tenants
 */
export async function lanesInNeed(db: Database, tenantIds: string[] | null): Promise<{ nearCap: LaneNearCap[]; invalid: InvalidLane[] }> {
  const invalid = await invalidLanes(db, tenantIds, null);
  const { nearCap, failed } = await readNearCap(db, tenantIds);
  const unclaimed = failed.length > 0 ? await invalidLanes(db, tenantIds, failed) : [];
  return { nearCap: nearCap.slice(0, maxLanesInNeed), invalid: [...invalid, ...unclaimed] };
}

/**
 * Reads all lanes in one statement. When a value in one of them makes it fail, reads them in halves until that lane is isolated.
 * @param sessionIds null: all
 */
async function readNearCap(
  db: Database,
  tenantIds: string[] | null,
  sessionIds: string[] | null = null,
): Promise<{ nearCap: LaneNearCap[]; failed: string[] }> {
  try {
    return { nearCap: await lanesNearCap(db, tenantIds, sessionIds), failed: [] };
  } catch (error) {
    if (!isValueFault(error)) throw error;
    if (sessionIds?.length === 1) return { nearCap: [], failed: sessionIds };
    const ids = sessionIds ?? (await db.query<{ id: string }>(`SELECT l.session_id AS id ${cappedLanes}`, [tenantIds])).map(({ id }) => id);
    const half = Math.ceil(ids.length / 2);
    const [first, second] = [await readNearCap(db, tenantIds, ids.slice(0, half)), await readNearCap(db, tenantIds, ids.slice(half))];
    const nearCap = [...first.nearCap, ...second.nearCap].sort((a, b) => a.left - b.left);
    return { nearCap, failed: [...first.failed, ...second.failed] };
  }
}

/** SQL: lanes `l` with a cap of the day whose session `s` is not deleted, of the tenants $1. */
const cappedLanes = `FROM lanes l JOIN ${sessionOf('s', 'l')}
     WHERE ${within('l')} AND ${isSessionKept('s')} AND (l.daily_cap IS NOT NULL OR l.warm_up IS NOT NULL)
       AND l.closed_reason IS DISTINCT FROM '${invalidLane}'`;

function lanesNearCap(sql: Sql, tenantIds: string[] | null, sessionIds: string[] | null): Promise<LaneNearCap[]> {
  return sql.query<LaneNearCap>(
    `SELECT l."tenantId", l."sessionId", l.name, c.cap, d.left_day AS "left", ${nextDayOf('l', 'heliograph_now()')} AS until
     FROM (SELECT l.*, l.tenant_id AS "tenantId", l.session_id AS "sessionId", s.name ${cappedLanes} AND ($2::uuid[] IS NULL OR l.session_id = ANY ($2)) OFFSET 0) l
     CROSS JOIN LATERAL (SELECT ${dailyCapOf('l', 'heliograph_now()')} AS cap) c
     CROSS JOIN LATERAL (${leftOf('l', 'heliograph_now()', 'c.cap')}) d
     WHERE c.cap > 0 AND d.left_day <= c.cap * ${nearCapShare}
     ORDER BY d.left_day, l.name LIMIT ${maxLanesInNeed}`,
    [tenantIds, sessionIds],
  );
}

/** Returns lanes that a claim closed as invalid and that are closed, or have messages to send, now. @param sessionIds these lanes instead; null: none named */
function invalidLanes(sql: Sql, tenantIds: string[] | null, sessionIds: string[] | null): Promise<InvalidLane[]> {
  return sql.query<InvalidLane>(
    `SELECT l.tenant_id AS "tenantId", l.session_id AS "sessionId", s.name
     FROM lanes l JOIN ${sessionOf('s', 'l')}
     WHERE ${within('l')} AND ${isSessionKept('s')} AND CASE WHEN $2::uuid[] IS NULL
       THEN l.closed_reason = '${invalidLane}' AND (l.closed_until > heliograph_now() OR l.next_due_at <= heliograph_now())
       ELSE l.session_id = ANY ($2) END
     ORDER BY s.name LIMIT ${maxLanesInNeed}`,
    [tenantIds, sessionIds],
  );
}

/** A paused group with messages that wait. */
export interface PausedGroup {
  tenantId: string;
  id: string;
  /** True for the messages of a campaign, which has the id of the group. */
  isCampaign: boolean;
  name: string | null;
  pausedAt: Date | null;
  /** Messages that wait. */
  waiting: number;
}

/** Returns paused groups that have messages waiting. @param tenantIds null: all tenants */
export function pausedGroups(sql: Sql, tenantIds: string[] | null): Promise<PausedGroup[]> {
  return sql.query<PausedGroup>(
    `SELECT g.tenant_id AS "tenantId", g.id, g.kind = '${campaignKind}' AS "isCampaign", g.name, g.paused_at AS "pausedAt", w.waiting
     FROM message_groups g CROSS JOIN LATERAL (
       SELECT sum(c.count)::int AS waiting FROM message_group_counts c
       WHERE c.tenant_id = g.tenant_id AND c.group_id = g.id AND c.state IN ${stateList(waitingStates)}) w
     WHERE ${within('g')} AND g.state = 'paused' AND w.waiting > 0
     ORDER BY g.paused_at DESC LIMIT 100`,
    [tenantIds],
  );
}
