import { Injectable } from '@nestjs/common';
import { type Actor, AppError, type ChangeGuard, Database, isValueFault, outsideAudit, type Sql, sqlState } from '@heliograph/kernel';
import { noteOnSession, sessionsOf } from '@heliograph/tenants';
import type { LaneLimitsPatch } from './lane-limits';
import { dailyCapOf, invalidLane, leftOf, sendWindowOf, usedTodayOf } from './lane-rules.repository';
import { wakesIfWaiting } from './lane-waking.repository';
import { sessionsDueOf } from '../messaging-figures.repository';

/** Time zones that the database was found to know. */
const knownTimeZones = new Set(['UTC']);

/** Returns whether the database knows the time zone. A statement that names another one fails. */
export async function isTimeZoneKnown(db: Sql, name: string): Promise<boolean> {
  // The database reads the files of all zones for an answer.
  if (!knownTimeZones.has(name) && (await db.query(`SELECT 1 FROM pg_timezone_names WHERE name = $1`, [name])).length > 0)
    knownTimeZones.add(name);
  return knownTimeZones.has(name);
}

/** @throws AppError invalid_time_zone when the database does not know the zone */
export async function assertTimeZone(db: Sql, name: string | undefined, path = 'time_zone'): Promise<void> {
  if (name !== undefined && !(await isTimeZoneKnown(db, name)))
    throw new AppError('unprocessable', 'invalid_time_zone', 'The database does not know this time zone.', { path });
}

/** Maximum number of waiting messages that are counted. */
export const maxWaiting = 1_000;

/** A lane with its limits and its state. */
export interface LaneView {
  windowMs: number;
  windowLimit: number;
  jitterMs: number;
  burstSize: number;
  burstPauseMs: number;
  typingMs: number;
  hourlyCap: number | null;
  dailyCap: number | null;
  capPool: string | null;
  warmUp: number[] | null;
  /** Day of the warm-up today, from 1; null: none, or it is over. */
  warmUpDay: number | null;
  sendWindow: unknown;
  timeZone: string;
  shares: { reply: number; drip: number; broadcast: number };
  closedUntil: Date | null;
  closedReason: string | null;
  nextSlotAt: Date | null;
  /** Messages that wait, at most `maxWaiting`. */
  waiting: number;
  sentThisHour: number;
  sentToday: number;
  /** Messages that its own caps, the warm-up and its pool allow; the smallest of them counts. Null: no cap. */
  leftThisHour: number | null;
  leftToday: number | null;
}

/** Reads and sets the limits of a lane. The caller has checked that the session belongs to the tenant. */
@Injectable()
export class LaneSettings {
  constructor(private readonly db: Database) {}

  async get(tenantId: string, sessionId: string): Promise<LaneView> {
    await this.open(tenantId, sessionId);
    try {
      return await this.db.forTenant(tenantId, (tx) => readLane(tx, tenantId, sessionId));
    } catch (error) {
      // A lane with invalid limits is still shown, so that it can be corrected: without the values computed from them.
      if (!isValueFault(error)) throw error;
      return this.db.forTenant(tenantId, (tx) => readLane(tx, tenantId, sessionId, false));
    }
  }

  /** Returns the lanes of these sessions by session. A session that has none yet has not sent or been set up. */
  async ofSessions(tenantId: string, sessionIds: string[]): Promise<Map<string, LaneView>> {
    const read = (rules: boolean) => this.db.forTenant(tenantId, (tx) => readLanes(tx, tenantId, sessionIds, rules));
    const lanes = await read(true).catch((error: unknown) => {
      if (!isValueFault(error)) throw error;
      return read(false);
    });
    return new Map(lanes.map(({ sessionId, ...lane }) => [sessionId, lane]));
  }

  /** Returns the first expiry of the messages that wait, of those that `waiting` counts; null: none waits, or none of them expires. */
  async firstExpiry(tenantId: string, sessionId: string): Promise<Date | null> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<{ at: Date | null }>(
        `SELECT waits.at FROM (SELECT $1::uuid AS tenant_id, $2::uuid AS session_id) l CROSS JOIN LATERAL (${waitingIn('l', 'min(expires_at) AS at', 'm.expires_at')}) waits`,
        [tenantId, sessionId],
      ),
    );
    return row?.at ?? null;
  }

  /** Returns the sessions of these tenants that have a message due now. @param tenantIds null: all tenants */
  due(tenantIds: string[] | null): Promise<string[]> {
    return sessionsDueOf(this.db, tenantIds);
  }

  /** Stores the limits if the claim can compute with them. @throws AppError unknown_cap_pool, invalid_time_zone, invalid_limits */
  async set(tenantId: string, actor: Actor, sessionId: string, patch: LaneLimitsPatch, guard?: ChangeGuard<LaneView>): Promise<LaneView> {
    await this.open(tenantId, sessionId);
    const sets: string[] = [];
    const params: unknown[] = [tenantId, sessionId];
    const put = (column: string, value: unknown) => {
      if (value === undefined) return;
      params.push(value !== null && typeof value === 'object' ? JSON.stringify(value) : value);
      sets.push(`${column} = $${params.length}`);
    };
    for (const column of [
      'window_ms',
      'window_limit',
      'jitter_ms',
      'burst_size',
      'burst_pause_ms',
      'typing_ms',
      'hourly_cap',
      'daily_cap',
      'cap_pool',
      'time_zone',
      'send_window',
      'warm_up',
    ] as const)
      put(column, patch[column]);
    if (patch.warm_up) {
      // The first day is today in the zone that applies from now on.
      params.push(patch.time_zone ?? null);
      sets.push(`warm_up_from = (heliograph_now() AT TIME ZONE coalesce($${params.length}, time_zone))::date`);
    }
    put('share_reply', patch.shares?.reply);
    put('share_drip', patch.shares?.drip);
    put('share_broadcast', patch.shares?.broadcast);
    if (sets.length === 0) return this.get(tenantId, sessionId);
    await assertTimeZone(this.db, patch.time_zone);
    // A lane that was closed for the day or the window may be open now, and an invalid lane may be valid: the next claim decides.
    const sql = `UPDATE lanes SET ${sets.join(', ')}, closed_until = CASE WHEN closed_reason = '${invalidLane}' THEN NULL ELSE closed_until END,
      closed_reason = nullif(closed_reason, '${invalidLane}'),
      ${wakesIfWaiting('lanes')}
      WHERE tenant_id = $1 AND session_id = $2`;
    try {
      return await this.db.forTenant(tenantId, async (tx) => {
        if (guard) {
          await tx.query(`SELECT 1 FROM lanes WHERE tenant_id = $1 AND session_id = $2 FOR UPDATE`, [tenantId, sessionId]);
          // Without computed values: the stored limits may be the invalid ones.
          guard(await readLane(tx, tenantId, sessionId, false));
        }
        await tx.query(sql, params);
        await noteOnSession(tx, tenantId, actor, sessionId, 'limits_changed');
        return readLane(tx, tenantId, sessionId);
      });
    } catch (error) {
      if (sqlState(error) === '23503')
        throw new AppError('unprocessable', 'unknown_cap_pool', 'No pool has this name.', { path: 'cap_pool' });
      if (isValueFault(error))
        throw new AppError('unprocessable', 'invalid_limits', `The lane cannot use these limits: ${(error as Error).message}.`);
      throw error;
    }
  }

  /** Creates the row of the lane, which exists from its first message or its first setting on. */
  private async open(tenantId: string, sessionId: string): Promise<void> {
    // Book-keeping: the change of the limits is the act, not the row that it needs.
    const add = () =>
      this.db.query(
        `INSERT INTO lanes (session_id, tenant_id) SELECT s.id, s.tenant_id FROM (${sessionsOf('$1')}) s WHERE s.id = $2 ON CONFLICT DO NOTHING`,
        [tenantId, sessionId],
      );
    await outsideAudit(add);
  }
}

async function readLane(tx: Sql, tenantId: string, sessionId: string, rules = true): Promise<LaneView> {
  const [lane] = await readLanes(tx, tenantId, [sessionId], rules);
  const { sessionId: _, ...view } = lane as LaneView & { sessionId: string };
  return view;
}

/** Counts the messages that wait for each of these sessions, up to `maxWaiting`; a session has its lane from its first message on. */
export async function waitingOf(sql: Sql, sessionIds: string[]): Promise<Map<string, number>> {
  const rows = await sql.query<{ id: string; count: number }>(
    `SELECT s.id, waits.count FROM unnest($1::uuid[]) AS s(id) LEFT JOIN lanes l ON l.session_id = s.id CROSS JOIN LATERAL (${waitingIn('l')}) waits`,
    [sessionIds],
  );
  return new Map(rows.map(({ id, count }) => [id, count]));
}

/** Reads lanes. With `rules`, it computes all that a claim computes from the limits, and fails where a claim would fail. */
async function readLanes(tx: Sql, tenantId: string, sessionIds: string[], rules: boolean): Promise<(LaneView & { sessionId: string })[]> {
  const left = `least(own.left_hour, shared.left_hour) AS "leftThisHour", least(own.left_day, shared.left_day) AS "leftToday",
    w.outside, w.opens_at,
    ${usedTodayOf('l', 'heliograph_now()')} AS "sentToday",
    CASE WHEN wd.day <= jsonb_array_length(l.warm_up) THEN wd.day END AS "warmUpDay"`;
  const from = `LEFT JOIN cap_pools p ON p.tenant_id = l.tenant_id AND p.name = l.cap_pool
    CROSS JOIN LATERAL (${sendWindowOf('l', 'heliograph_now()')}) w
    CROSS JOIN LATERAL (${leftOf('l', 'heliograph_now()', dailyCapOf('l', 'heliograph_now()'))}) own
    CROSS JOIN LATERAL (${leftOf('p', 'heliograph_now()')}) shared
    CROSS JOIN LATERAL (SELECT greatest(0, (heliograph_now() AT TIME ZONE l.time_zone)::date - l.warm_up_from) + 1 AS day) wd`;
  return tx.query<LaneView & { sessionId: string }>(
    `SELECT l.session_id AS "sessionId", waits.count AS waiting, window_ms AS "windowMs", window_limit AS "windowLimit", jitter_ms AS "jitterMs", burst_size AS "burstSize",
       burst_pause_ms AS "burstPauseMs", typing_ms AS "typingMs", l.hourly_cap AS "hourlyCap", l.daily_cap AS "dailyCap",
       cap_pool AS "capPool", warm_up AS "warmUp", send_window AS "sendWindow", l.time_zone AS "timeZone",
       json_build_object('reply', share_reply, 'drip', share_drip, 'broadcast', share_broadcast) AS shares,
       CASE WHEN closed_until > heliograph_now() THEN closed_until END AS "closedUntil",
       CASE WHEN closed_until > heliograph_now() THEN closed_reason END AS "closedReason",
       nullif(next_slot_at, '-infinity') AS "nextSlotAt",
       CASE WHEN l.hour_at = date_trunc('hour', heliograph_now()) THEN l.hour_used ELSE 0 END AS "sentThisHour",
       ${rules ? left : `NULL AS "leftThisHour", NULL AS "leftToday", l.day_used AS "sentToday", NULL AS "warmUpDay"`}
     FROM lanes l ${rules ? from : ''}
     CROSS JOIN LATERAL (${waitingIn('l')}) waits
     WHERE l.tenant_id = $1 AND l.session_id = ANY ($2::uuid[])`,
    [tenantId, sessionIds],
  );
}

/**
 * SQL: messages that wait in a lane, counted up to a bound. Read in the orders of the two indexes that hold them, so that no other plan is
 * cheaper. `lane`: an alias of a row of `lanes`; `found`: what is told of their `column`.
 */
const waitingIn = (lane: string, found = 'count(*)::int AS count', column = '1'): string => `
  SELECT ${found} FROM (
    (SELECT ${column} FROM messages m WHERE m.tenant_id = ${lane}.tenant_id AND m.session_id = ${lane}.session_id AND m.due_at IS NOT NULL AND m.lane_group IS NULL
     ORDER BY m.class, m.due_at LIMIT ${maxWaiting})
    UNION ALL
    (SELECT ${column} FROM messages m WHERE m.tenant_id = ${lane}.tenant_id AND m.session_id = ${lane}.session_id AND m.due_at IS NOT NULL AND m.lane_group IS NOT NULL
     ORDER BY m.class, m.lane_group, m.due_at LIMIT ${maxWaiting})
    LIMIT ${maxWaiting}) waiting`;
