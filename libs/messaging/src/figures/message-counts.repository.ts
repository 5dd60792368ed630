import { Injectable } from '@nestjs/common';
import { Database, inHalves, type PurgeChunk, type TransactionRange, type Tx, untilNotFull } from '@heliograph/kernel';
import { groupFigures, minuteOf } from './group-counting.repository';

/** Outcomes so far. Every message is counted in exactly one of them. */
export const messageOutcomes = ['read', 'delivered', 'sent', 'failed', 'waiting', 'uncertain', 'unsent'] as const;
export type MessageOutcome = (typeof messageOutcomes)[number];
export type OutcomeCounts = Record<MessageOutcome, number>;

/** Moves of messages within one step of time. */
export interface FlowPoint {
  at: Date;
  sent: number;
  delivered: number;
  failed: number;
  throttled: number;
}

/** Messages of a tenant that were accepted in a month. */
export interface MonthCounts {
  tenantId: string;
  /** Month in UTC, as YYYY-MM. */
  month: string;
  counts: OutcomeCounts;
}

/** Messages of a lane in some days, the people it wrote to and those of them who answered. */
export interface LaneFigures {
  sent: number;
  delivered: number;
  failed: number;
  people: number;
  replied: number;
}

/** Minutes of the quarters that counts are kept by. */
export const quarterMs = 15 * 60_000;
const dayMs = 24 * 60 * 60_000;

/** Rows of `message_arrivals` that one statement counts, so that it ends in time also after the counting stood still for days. */
const maxArrivals = 20_000;

const nextArrivals = `SELECT ctid FROM message_arrivals LIMIT ${maxArrivals}`;

/**
 * Counts the stored messages, and the moves of the transactions from $1 to $2. A message is counted by the time at which it was accepted.
 * Messages from before the counting are in no count, and neither are their moves. `arrivals`: the rows of stored messages to count, as an
 * array of their places; `only`: condition on the moves `e`.
 */
const countSql = (arrivals: string, only = ''): string => `
WITH arrived AS (
  DELETE FROM message_arrivals WHERE ctid = ANY (${arrivals}) RETURNING tenant_id, quarter, state, count
), moved AS MATERIALIZED (
  SELECT e.tenant_id, m.session_id, m.group_id, date_bin('15 min', m.created_at, 'epoch') AS quarter, date_trunc('minute', e.at) AS minute, (e.at AT TIME ZONE 'UTC')::date AS day,
    message_outcome(e.from_state) AS was, message_outcome(e.to_state) AS becomes, e.to_state = 'queued' AND e.cause IS NOT DISTINCT FROM 'throttled' AS throttled,
    e.message_id, e.seq, e.to_state, e.cause, m.recipient, m.sent_at, date_trunc('minute', m.sent_at) AS sent_minute, ${minuteOf('e.at')} AS moved_minute
  FROM message_events e JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
  WHERE e.tx >= $1 AND e.tx < $2${only}
    AND (message_outcome(e.from_state) <> message_outcome(e.to_state) OR e.from_state <> 'queued' AND e.to_state = 'queued' AND e.cause = 'throttled')
), delta AS (
  SELECT tenant_id, quarter, message_outcome(state) AS outcome, count FROM arrived
  UNION ALL SELECT tenant_id, quarter, was, -1 FROM moved
  UNION ALL SELECT tenant_id, quarter, becomes, 1 FROM moved
), counted AS (
  INSERT INTO message_counts AS c (tenant_id, quarter, outcome, count)
  SELECT d.tenant_id, d.quarter, d.outcome, sum(d.count) FROM delta d CROSS JOIN message_counting s WHERE d.quarter >= s.counted_from
  GROUP BY 1, 2, 3 HAVING sum(d.count) <> 0 ORDER BY 1, 2, 3
  ON CONFLICT (tenant_id, quarter, outcome) DO UPDATE SET count = c.count + excluded.count
  RETURNING tenant_id
), flowed AS (
  INSERT INTO message_flow AS f (tenant_id, minute, sent, delivered, failed, throttled)
  SELECT tenant_id, minute, count(*) FILTER (WHERE becomes = 'sent'), count(*) FILTER (WHERE becomes = 'delivered'), count(*) FILTER (WHERE becomes = 'failed'),
    count(*) FILTER (WHERE throttled)
  FROM moved WHERE becomes IN ('sent', 'delivered', 'failed') OR throttled GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (tenant_id, minute) DO UPDATE
    SET sent = f.sent + excluded.sent, delivered = f.delivered + excluded.delivered, failed = f.failed + excluded.failed, throttled = f.throttled + excluded.throttled
  RETURNING tenant_id
), written AS (
  -- The first message of the day to each recipient. One that is sent again after it failed was counted when it was sent first.
  SELECT tenant_id, session_id, day FROM moved w
  WHERE becomes IN ('sent', 'delivered', 'read') AND was NOT IN ('sent', 'delivered', 'read', 'failed') AND sent_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM messages p WHERE p.tenant_id = w.tenant_id AND p.recipient = w.recipient AND p.session_id = w.session_id
      AND p.sent_at >= date_trunc('day', w.sent_at, 'UTC') AND (p.sent_at, p.id) < (w.sent_at, w.message_id))
    AND NOT EXISTS (
      SELECT 1 FROM message_events b WHERE b.tenant_id = w.tenant_id AND b.message_id = w.message_id AND b.seq < w.seq AND b.to_state = 'sent'
        AND (b.at AT TIME ZONE 'UTC')::date = w.day)
), by_lane AS (
  INSERT INTO lane_days AS l (tenant_id, session_id, day, sent, delivered, failed, people)
  SELECT tenant_id, session_id, day, count(*) FILTER (WHERE becomes IN ('sent', 'delivered', 'read') AND was NOT IN ('sent', 'delivered', 'read')),
    count(*) FILTER (WHERE becomes IN ('delivered', 'read') AND was NOT IN ('delivered', 'read')), count(*) FILTER (WHERE becomes = 'failed'),
    count(*) FILTER (WHERE becomes = 'people')
  FROM (
    SELECT tenant_id, session_id, day, was, becomes FROM moved WHERE becomes IN ('sent', 'delivered', 'read', 'failed')
    UNION ALL SELECT tenant_id, session_id, day, NULL, 'people' FROM written
  ) d GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (tenant_id, session_id, day) DO UPDATE
    SET sent = l.sent + excluded.sent, delivered = l.delivered + excluded.delivered, failed = l.failed + excluded.failed, people = l.people + excluded.people
), ${groupFigures}, notice AS (
  SELECT 'message_counts:' || tenant_id AS text FROM (SELECT tenant_id FROM counted UNION SELECT tenant_id FROM flowed) t
  UNION SELECT 'message_groups:' || tenant_id || '/' || group_id FROM moved WHERE group_id IS NOT NULL
)
SELECT pg_notify('heliograph_changes', text) FROM notice`;
const countAll = countSql(`ARRAY(${nextArrivals})`);
const countSome = countSql('$3::tid[]', ' AND e.message_id = ANY ($4::uuid[])');

const purgeCountsSql = `
DELETE FROM message_counts WHERE ctid = ANY (ARRAY(SELECT ctid FROM message_counts WHERE quarter < heliograph_now() - $1 * interval '1 day' LIMIT $2)) RETURNING 1`;
const purgeFlowSql = `
DELETE FROM message_flow WHERE ctid = ANY (ARRAY(SELECT ctid FROM message_flow WHERE minute < heliograph_now() - $1 * interval '1 day' LIMIT $2)) RETURNING 1`;

const purgeTotalsSql = `
DELETE FROM message_flow_totals WHERE ctid = ANY (ARRAY(SELECT ctid FROM message_flow_totals WHERE minute < heliograph_now() - $1 * interval '1 day' LIMIT $2)) RETURNING 1`;
const purgeMessageDaysSql = `
DELETE FROM message_days WHERE ctid = ANY (ARRAY(SELECT ctid FROM message_days WHERE day < (heliograph_now() - $1 * interval '1 day')::date LIMIT $2)) RETURNING 1`;
const purgeDaysSql = `
DELETE FROM lane_days WHERE ctid = ANY (ARRAY(SELECT ctid FROM lane_days WHERE day < (heliograph_now() - $1 * interval '1 day')::date LIMIT $2)) RETURNING 1`;
const purges = {
  message_counts: purgeCountsSql,
  message_days: purgeMessageDaysSql,
  message_flow: purgeFlowSql,
  message_flow_totals: purgeTotalsSql,
  lane_days: purgeDaysSql,
};
/** Tables of counts. */
export const countTables = Object.keys(purges) as (keyof typeof purges)[];

const noCounts = (): OutcomeCounts => Object.fromEntries(messageOutcomes.map((name) => [name, 0])) as OutcomeCounts;
const bounds = `($1::uuid[] IS NULL OR tenant_id = ANY ($1))`;

/** Counts messages, and reads the counts. Counting reads only messages that moved since the last time. */
@Injectable()
export class MessageCounts {
  constructor(private readonly db: Database) {}

  /** Counts the messages that were stored, and the moves in the range, in the transaction that advances the reader. */
  async count(tx: Tx, { from, to }: TransactionRange): Promise<void> {
    await tx.prepared('count_messages', countAll, [from, to]);
  }

  /**
   * Counts the same in halves where one of them makes the statement fail, so that it does not block the others.
   * @returns the stored messages and the moved messages that could not be counted, each with its error; they are in no count
   */
  async countApart(tx: Tx, { from, to }: TransactionRange): Promise<{ tenantId: string; messageId: string | null; error: unknown }[]> {
    const some = (arrivals: string[], messages: string[]) => tx.query(countSome, [from, to, arrivals, messages]);
    const arrived = await tx.query<{ place: string; tenantId: string }>(
      `SELECT ctid::text AS place, tenant_id AS "tenantId" FROM message_arrivals WHERE ctid = ANY (ARRAY(${nextArrivals}))`,
    );
    const notArrived = await inHalves(tx, arrived, async (rows) => {
      await some(
        rows.map(({ place }) => place),
        [],
      );
    });
    await tx.query(`DELETE FROM message_arrivals WHERE ctid = ANY ($1::tid[])`, [notArrived.map(({ item }) => item.place)]);
    const moved = await tx.query<{ id: string; tenantId: string }>(
      `SELECT DISTINCT message_id AS id, tenant_id AS "tenantId" FROM message_events WHERE tx >= $1 AND tx < $2`,
      [from, to],
    );
    const notMoved = await inHalves(tx, moved, async (rows) => {
      await some(
        [],
        rows.map(({ id }) => id),
      );
    });
    return [
      ...notArrived.map(({ item, error }) => ({ tenantId: item.tenantId, messageId: null, error })),
      ...notMoved.map(({ item, error }) => ({ tenantId: item.tenantId, messageId: item.id, error })),
    ];
  }

  /** Returns the time from which on messages are counted; null: all are. */
  async countedFrom(): Promise<Date | null> {
    const [row] = await this.db.query<{ at: Date | null }>(
      `SELECT CASE WHEN isfinite(counted_from) THEN counted_from END AS at FROM message_counting`,
    );
    return row?.at ?? null;
  }

  /**
   * Counts the messages accepted from a time on, by tenant.
   * @param tenantIds null: all tenants
   * @param from begin of a quarter
   */
  async outcomes(tenantIds: string[] | null, from: Date): Promise<Map<string, OutcomeCounts>> {
    const rows = await this.db.query<{ tenantId: string; outcome: MessageOutcome; count: string }>(
      `SELECT tenant_id AS "tenantId", outcome, sum(count) AS count FROM (
         SELECT tenant_id, outcome, count FROM message_days WHERE ${bounds} AND day >= ($3::timestamptz AT TIME ZONE 'UTC')::date
         UNION ALL
         SELECT tenant_id, outcome, count FROM message_counts WHERE ${bounds} AND quarter >= $2 AND quarter < $3
       ) c GROUP BY 1, 2`,
      // Whole days in UTC by their sums, what is before the first of them by quarters.
      [tenantIds, from, new Date(Math.ceil(from.getTime() / dayMs) * dayMs)],
    );
    const counts = new Map<string, OutcomeCounts>();
    for (const { tenantId, outcome, count } of rows) {
      const of = counts.get(tenantId) ?? noCounts();
      of[outcome] = Number(count);
      counts.set(tenantId, of);
    }
    return counts;
  }

  /**
   * Counts the messages accepted in each of these months in UTC, by tenant, the newest month first. A month without messages is left out.
   * @param tenantIds null: all tenants
   * @param from first month, as YYYY-MM; null: the present one
   * @param to last month; null: the present one
   */
  async months(tenantIds: string[] | null, from: string | null, to: string | null): Promise<MonthCounts[]> {
    const now = `to_char(heliograph_now() AT TIME ZONE 'UTC', 'YYYY-MM')`;
    const rows = await this.db.query<{ tenantId: string; month: string; outcome: MessageOutcome; count: string }>(
      `SELECT tenant_id AS "tenantId", to_char(day, 'YYYY-MM') AS month, outcome, sum(count) AS count FROM message_days
       WHERE ${bounds} AND day >= (coalesce($2, ${now}) || '-01')::date AND day < (coalesce($3, ${now}) || '-01')::date + interval '1 month'
       GROUP BY 1, 2, 3 ORDER BY 2 DESC, 1`,
      [tenantIds, from, to],
    );
    const months = new Map<string, MonthCounts>();
    for (const { tenantId, month, outcome, count } of rows) {
      const key = `${month}/${tenantId}`;
      const of = months.get(key) ?? { tenantId, month, counts: noCounts() };
      of.counts[outcome] = Number(count);
      months.set(key, of);
    }
    return [...months.values()].filter(({ counts }) => Object.values(counts).some((count) => count > 0));
  }

  /**
   * Returns the moves of messages in a range of time, a point for each step in which there were some.
   * @param tenantIds null: all tenants
   */
  flow(tenantIds: string[] | null, from: Date, to: Date, stepMinutes: number): Promise<FlowPoint[]> {
    return this.db.query<FlowPoint>(
      `SELECT date_bin($4 * interval '1 min', minute, $2) AS at, sum(sent)::int AS sent, sum(delivered)::int AS delivered, sum(failed)::int AS failed,
         sum(throttled)::int AS throttled
       FROM ${tenantIds ? 'message_flow' : 'message_flow_totals'} WHERE ${tenantIds ? bounds : '$1::uuid[] IS NULL'} AND minute >= $2 AND minute < $3 GROUP BY 1 ORDER BY 1`,
      [tenantIds, from, to, stepMinutes],
    );
  }

  /** Adds people who answered messages that a lane sent on a day. */
  async addReplies(tx: Tx, replies: { tenantId: string; sessionId: string; day: string; people: number }[]): Promise<void> {
    if (replies.length === 0) return;
    await tx.query(
      `INSERT INTO lane_days AS l (tenant_id, session_id, day, replied) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::int[]) r ORDER BY 1, 2, 3
       ON CONFLICT (tenant_id, session_id, day) DO UPDATE SET replied = l.replied + excluded.replied`,
      [replies.map((r) => r.tenantId), replies.map((r) => r.sessionId), replies.map((r) => r.day), replies.map((r) => r.people)],
    );
  }

  /** Returns what became of the messages of a lane in the last days, today included, and of the people it wrote to, each counted once a day. */
  async ofLane(tenantId: string, sessionId: string, days: number): Promise<LaneFigures> {
    return (await this.ofLanes(tenantId, [sessionId], days)).get(sessionId) ?? { sent: 0, delivered: 0, failed: 0, people: 0, replied: 0 };
  }

  /** The same of many lanes; one that sent nothing in these days is not among them. */
  async ofLanes(tenantId: string, sessionIds: string[], days: number): Promise<Map<string, LaneFigures>> {
    const rows = await this.db.forTenant(tenantId, (tx) =>
      tx.query<LaneFigures & { sessionId: string }>(
        `SELECT session_id AS "sessionId", sum(sent)::int AS sent, sum(delivered)::int AS delivered, sum(failed)::int AS failed, sum(people)::int AS people,
           sum(replied)::int AS replied
         FROM lane_days WHERE tenant_id = $1 AND session_id = ANY ($2::uuid[]) AND day > (heliograph_now() AT TIME ZONE 'UTC')::date - $3::int GROUP BY 1`,
        [tenantId, sessionIds, days],
      ),
    );
    return new Map(rows.map(({ sessionId, ...figures }) => [sessionId, figures]));
  }

  /** True when these tenants had a message at any time that is counted. */
  async hasAny(tenantIds: string[] | null): Promise<boolean> {
    const [row] = await this.db.query<{ some: boolean }>(`SELECT EXISTS (SELECT 1 FROM message_days WHERE ${bounds}) AS some`, [tenantIds]);
    return row?.some ?? false;
  }

  /** Deletes counts that are older than `days`. */
  async purge(tx: Tx, table: keyof typeof purges, days: number, limit: number): Promise<PurgeChunk> {
    const rows = await tx.query(purges[table], [days, limit]);
    return untilNotFull(table, rows.length, limit);
  }
}
