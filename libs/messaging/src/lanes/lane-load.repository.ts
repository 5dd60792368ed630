import { sentTodaySql } from './group-claims.repository';
import type { Sql } from '@heliograph/kernel';

/** Messages that wait in a lane in one group, class and hour. */
export interface WaitingMessages {
  sessionId: string;
  /** Stored position of the class. */
  classRank: number;
  /** Group that stands apart; null: plain messages. */
  groupId: string | null;
  /** Time zone of their windows; null: they have none, or that of the group's owner. */
  zone: string | null;
  /** Earliest time at which one of them may be sent. */
  dueAt: Date;
  count: number;
}

/** Limits of a group that shares lanes with others. */
export interface SharingGroup {
  id: string;
  kind: string;
  name: string | null;
  weight: number;
  windowMs: number;
  windowLimit: number | null;
  dailyCap: number | null;
  timeZone: string;
  sentToday: number;
}

/**
 * Returns what waits in lanes, for a forecast: messages of open groups and plain ones. Messages that fall due in the same hour are counted
 * together.
 */
export function waitingInLanes(sql: Sql, tenantId: string, sessionIds: string[]): Promise<WaitingMessages[]> {
  const waiting = (group: string, zone: string, isApart: string) => `
    SELECT m.session_id, m.class, ${group} AS group_id, ${zone} AS zone, date_trunc('hour', greatest(m.due_at, heliograph_now())) AS hour, min(m.due_at) AS due_at, count(*)::int AS count
    FROM messages m WHERE m.tenant_id = $1 AND m.session_id = ANY ($2::uuid[]) AND m.due_at IS NOT NULL AND m.lane_group ${isApart} GROUP BY 1, 2, 3, 4, 5`;
  return sql.query<WaitingMessages>(
    `SELECT w.session_id AS "sessionId", w.class AS "classRank", w.group_id AS "groupId", w.zone, w.due_at AS "dueAt", w.count
     FROM (${waiting('NULL::uuid', 'NULL::text', 'IS NULL')} UNION ALL ${waiting('m.lane_group', 'm.window_zone', 'IS NOT NULL')}) w
     LEFT JOIN message_groups g ON g.tenant_id = $1 AND g.id = w.group_id
     WHERE coalesce(g.state, 'open') = 'open' ORDER BY 1, 2, 3, 4, 5`,
    [tenantId, sessionIds],
  );
}

/** Returns groups by id. */
export async function sharingGroups(sql: Sql, tenantId: string, ids: string[]): Promise<Map<string, SharingGroup>> {
  const rows = await sql.query<SharingGroup>(
    `SELECT id, kind, name, weight, window_ms AS "windowMs", window_limit AS "windowLimit", daily_cap AS "dailyCap", time_zone AS "timeZone",
       ${sentTodaySql} AS "sentToday"
     FROM message_groups WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`,
    [tenantId, ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}
