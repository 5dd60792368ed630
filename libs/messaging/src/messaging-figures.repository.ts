import type { Sql } from '@heliograph/kernel';

/** Maximum number of rows that a count reads. */
const maxCounted = 100_000;

const figure = async (sql: Sql, text: string): Promise<number> => Number((await sql.query<{ value: number | null }>(text))[0]?.value ?? 0);

/** Lanes with a message due now. */
export const lanesDue = (sql: Sql) => figure(sql, `SELECT count(*) AS value FROM lanes WHERE next_due_at <= heliograph_now()`);

/** Seconds since the oldest due message of a lane that may send. */
export const oldestDueSeconds = (sql: Sql) =>
  figure(
    sql,
    `SELECT extract(epoch FROM heliograph_now() - min(greatest(l.next_due_at, l.next_slot_at)))::float8 AS value FROM lanes l JOIN sessions s ON s.id = l.session_id
     WHERE l.next_due_at <= heliograph_now() AND l.next_slot_at <= heliograph_now() AND (l.closed_until IS NULL OR l.closed_until <= heliograph_now()) AND s.status = 'connected' AND s.held_reason IS NULL`,
  );

/** Messages of unknown outcome that wait for evidence, not for a person. */
export const messagesUncertain = (sql: Sql) => figure(sql, `SELECT count(*) AS value FROM messages WHERE uncertain_since IS NOT NULL`);

/** Messages whose call began over an hour ago and whose WhatsApp id is not known. */
export const messagesStuckAtSent = (sql: Sql) =>
  figure(
    sql,
    `SELECT count(*) AS value FROM (SELECT 1 FROM unbound_messages WHERE called_at < heliograph_now() - interval '1 hour' LIMIT ${maxCounted}) x`,
  );
