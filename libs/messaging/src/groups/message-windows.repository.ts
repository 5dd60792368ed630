import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '@heliograph/kernel';
import { isInWindow, isOpen } from '../lanes/group-claims.repository';
import { LaneBell } from '../lanes/lane-bell';
import { wakeLanes, wakeLanesIn } from '../lanes/lane-waking.repository';
import { mayMove, stateList, waitingStates } from '../message-states';

/**
 * SQL: time that a group was paused after an instant; null or 0: it was not.
 * @param isOpenCounted adds the pause that it is in, up to now
 */
export const pausedSinceSql = (tenantId: string, groupId: string, since: string, isOpenCounted = false): string => {
  const current = `CASE WHEN pg.paused_at < heliograph_now() THEN tstzmultirange(tstzrange(pg.paused_at, heliograph_now())) ELSE '{}' END`;
  return `(SELECT group_paused_after(pg.pauses${isOpenCounted ? ` + ${current}` : ''}, ${since}) FROM message_groups pg WHERE pg.tenant_id = ${tenantId} AND pg.id = ${groupId})`;
};

/** SQL: true while a group is closed, because its messages get other windows. */
export const isRefittingSql = (tenantId: string, groupId: string): string =>
  `EXISTS (SELECT 1 FROM message_groups rg WHERE rg.tenant_id = ${tenantId} AND rg.id = ${groupId} AND rg.is_refitting)`;

/** A time in which messages may be sent. */
export interface MessageWindow {
  opens: Date;
  /** Null: it does not end. */
  closes: Date | null;
}

/**
 * Returns the next window of a time zone after `now`, or the one that is open; null: there is none any more.
 * @param zone `messages.window_zone`
 */
export type NextWindow = (zone: string | null, now: Date) => MessageWindow | null | Promise<MessageWindow | null>;

/** A waiting message whose time zone is not stored. */
export interface ZonelessMessage {
  id: string;
  contactId: string | null;
  recipient: string;
}

/** Returns the time zones of messages, by the id of the message. Those that are missing are in the zone of the group's owner. */
export type ZonesOf = (sql: Sql, messages: ZonelessMessage[]) => Promise<Map<string, string>>;

/** Cause of a message that expired because its window ended, though others follow. */
const missedWindow = 'missed_window';
/** SQL: true for a message that was sent again. Its cause may have changed since. */
const wasRedriven = (m: string): string =>
  `EXISTS (SELECT 1 FROM message_events e WHERE e.tenant_id = ${m}.tenant_id AND e.message_id = ${m}.id AND e.cause = 'redriven')`;

/** Messages moved by one transaction. */
const moveChunk = 2_000;

/**
 * Windows of messages. A claim leaves out a message whose window is over, until the owner of its group moves it to the next one. A message
 * has a window when its row was stored with `window_ends_at`; `due_at` is the begin. When the windows of a whole group change, the group is closed
 * while its messages are refitted, so that none is sent by what held before.
 */
@Injectable()
export class MessageWindows {
  constructor(
    private readonly db: Database,
    private readonly bell: LaneBell,
  ) {}

  /**
   * Moves messages of an open group whose window is over to the next window of their zones, a chunk at a time, and wakes their lanes. A
   * message without a next window expires. Locks lanes before messages, as claims do.
   * @param options.skips ends those that missed their window instead, but for what a person, or a policy, has sent again
   * @returns whether more may be left
   */
  async move(
    tenantId: string,
    groupId: string,
    zonesOf: ZonesOf,
    nextWindow: NextWindow,
    { skips = false }: { skips?: boolean } = {},
  ): Promise<boolean> {
    const isPassed = `x.tenant_id = $1 AND x.group_id = $2 AND x.due_at IS NOT NULL AND x.window_ends_at <= heliograph_now() AND ${mayMove('x.state', 'expired', 'expiry')}`;
    const passed = await this.db.query<ZonelessMessage & { sessionId: string; zone: string | null; now: Date }>(
      `SELECT m.* FROM message_groups mg CROSS JOIN LATERAL (
         SELECT ${zoneColumns}, x.session_id AS "sessionId" FROM messages x WHERE ${isPassed} ORDER BY x.window_ends_at LIMIT ${moveChunk}) m
       WHERE mg.tenant_id = $1 AND mg.id = $2 AND ${isOpen('mg')}`,
      [tenantId, groupId],
    );
    const [first] = passed;
    if (!first) return false;
    const placed = await this.placed(passed, zonesOf);
    const { zones, windows } = await windowsOf(placed, nextWindow, first.now);
    const sessionIds = [...new Set(passed.map(({ sessionId }) => sessionId))].toSorted();
    return this.db.transaction(async (tx) => {
      await wakeLanes(tx, this.bell, sessionIds);
      const rows = await tx.query(
        `UPDATE messages m SET due_at = CASE WHEN x.opens IS NOT NULL THEN greatest(x.opens, m.due_at) END, window_ends_at = x.closes, window_zone = x.zone,
           expires_at = ${expiryUntil('x.closes')}, state = CASE WHEN x.opens IS NULL THEN 'expired' ELSE m.state END,
           cause = CASE WHEN x.missed AND ${isBeforeExpiry} THEN '${missedWindow}' WHEN x.opens IS NULL THEN 'expired' ELSE m.cause END,
           detail = CASE WHEN x.missed AND ${isBeforeExpiry} THEN NULL WHEN x.opens IS NULL THEN 'after its last window' ELSE m.detail END
         FROM (
           SELECT s.id, p.zone, CASE WHEN NOT s.missed THEN w.opens END AS opens, CASE WHEN NOT s.missed THEN w.closes END AS closes, s.missed, mg.pauses FROM (
             SELECT x.id, $9::boolean AND NOT (${wasRedriven('x')}) AS missed FROM messages x WHERE ${isPassed} AND x.id = ANY ($3::uuid[]) AND x.session_id = ANY ($8::uuid[]) FOR UPDATE SKIP LOCKED) s
           JOIN unnest($3::uuid[], $4::text[]) AS p(id, zone) ON p.id = s.id
           JOIN unnest($5::text[], $6::timestamptz[], $7::timestamptz[]) AS w(zone, opens, closes) ON w.zone IS NOT DISTINCT FROM p.zone
           -- It may have been paused while the windows were computed.
           JOIN message_groups mg ON mg.tenant_id = $1 AND mg.id = $2 AND ${isOpen('mg')}
         ) x WHERE m.tenant_id = $1 AND m.id = x.id RETURNING 1`,
        [
          tenantId,
          groupId,
          placed.map(({ id }) => id),
          placed.map(({ zone }) => zone),
          zones,
          windows.map((window) => window?.opens ?? null),
          windows.map((window) => window?.closes ?? null),
          sessionIds,
          skips,
        ],
      );
      return rows.length > 0;
    });
  }

  /** Lets claims take no message of the group until `reopen`. Messages that are claimed already are sent. */
  async close(tenantId: string, groupId: string): Promise<void> {
    await this.db.query(`UPDATE message_groups SET is_refitting = true WHERE tenant_id = $1 AND id = $2 AND NOT is_refitting`, [
      tenantId,
      groupId,
    ]);
  }

  /** True while a message of the group that was claimed before has no outcome yet: it may return to its lane. */
  async isInFlight(tenantId: string, groupId: string): Promise<boolean> {
    const rows = await this.db.query(
      `SELECT 1 FROM lanes l JOIN messages m ON m.tenant_id = l.tenant_id AND m.id = ANY (l.in_flight)
       WHERE l.session_id IN (${sessionsOfGroup}) AND m.group_id = $2 AND m.state IN ('claimed', 'calling') LIMIT 1`,
      [tenantId, groupId],
    );
    return rows.length > 0;
  }

  /**
   * Gives a chunk of the waiting messages of a closed group other windows, in the order of their ids. A message that was never tried is due when
   * its window opens; one without a window gets one that is over, and `move` decides about it once the group is open.
   * @param after id of the last message of the chunk before; null: none
   * @param options.skips leaves out those whose window is over, which `move` ends
   * @returns the id of the last message; null: there are no more
   */
  async refit(
    tenantId: string,
    groupId: string,
    after: string | null,
    zonesOf: ZonesOf,
    nextWindow: NextWindow,
    { skips = false }: { skips?: boolean } = {},
  ): Promise<string | null> {
    const messages = await this.db.query<ZonelessMessage & { zone: string | null; now: Date }>(
      `SELECT ${zoneColumns} FROM messages x
         WHERE x.tenant_id = $1 AND x.group_id = $2 AND x.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000') AND x.due_at IS NOT NULL AND x.state IN ${stateList(waitingStates)} ${skips ? `AND ${isInWindow('x', 'heliograph_now()')}` : ''}
         ORDER BY x.id LIMIT ${moveChunk}`,
      [tenantId, groupId, after],
    );
    const [first] = messages;
    if (!first) return null;
    const placed = await this.placed(messages, zonesOf);
    const { zones, windows } = await windowsOf(placed, nextWindow, first.now);
    await this.db.query(
      `UPDATE messages m SET window_ends_at = CASE WHEN x.opens IS NULL THEN heliograph_now() ELSE x.closes END, window_zone = x.zone, expires_at = ${expiryUntil('x.closes')},
           due_at = CASE WHEN x.opens IS NULL THEN m.due_at WHEN m.attempt > 0 THEN greatest(x.opens, m.due_at) WHEN x.opens > heliograph_now() THEN x.opens ELSE least(x.opens, m.due_at) END
         FROM (SELECT p.id, p.zone, w.opens, w.closes, mg.pauses FROM unnest($2::uuid[], $3::text[]) AS p(id, zone)
           JOIN unnest($4::text[], $5::timestamptz[], $6::timestamptz[]) AS w(zone, opens, closes) ON w.zone IS NOT DISTINCT FROM p.zone
           JOIN message_groups mg ON mg.tenant_id = $1 AND mg.id = $7) x
         WHERE m.tenant_id = $1 AND m.id = x.id AND m.due_at IS NOT NULL AND ${mayMove('m.state', 'expired', 'expiry')}`,
      [
        tenantId,
        placed.map(({ id }) => id),
        placed.map(({ zone }) => zone),
        zones,
        windows.map((window) => window?.opens ?? null),
        windows.map((window) => window?.closes ?? null),
        groupId,
      ],
    );
    return messages.at(-1)?.id ?? null;
  }

  /** Returns messages with their zones. Those of messages that were stored without one are looked up. */
  private async placed(
    messages: (ZonelessMessage & { zone: string | null })[],
    zonesOf: ZonesOf,
  ): Promise<{ id: string; zone: string | null }[]> {
    const zoneless = messages.filter(({ zone }) => zone === null);
    const found = zoneless.length === 0 ? new Map<string, string>() : await zonesOf(this.db, zoneless);
    return messages.map(({ id, zone }) => ({ id, zone: zone ?? found.get(id) ?? null }));
  }

  /** Lets claims take messages of the group again, and wakes its lanes. @param also runs in the same transaction */
  reopen(tenantId: string, groupId: string, also: (sql: Sql) => Promise<void>): Promise<void> {
    return this.db.transaction(async (tx) => {
      await wakeLanesIn(tx, this.bell, sessionsOfGroup, [tenantId, groupId]);
      await tx.query(`UPDATE message_groups SET is_refitting = false WHERE tenant_id = $1 AND id = $2`, [tenantId, groupId]);
      await also(tx);
    });
  }
}

/** Columns of a message `x` that its time zone follows from, as SQL. */
const zoneColumns = `x.id, (x.origin->>'contactId')::uuid AS "contactId", x.recipient, x.window_zone AS zone, heliograph_now() AS now`;

/** Sessions in whose lanes messages of group $2 of tenant $1 wait. */
const sessionsOfGroup = `SELECT lg.session_id FROM lane_groups lg WHERE lg.tenant_id = $1 AND lg.group_id = $2`;

/**
 * SQL: expiry of a message `m` of a window that may end later. Pauses of its group, in the row `x`, are added to the expiry by those who read
 * it, and are part of the end of the window already.
 */
const expiryUntil = (closes: string): string =>
  `greatest(m.expires_at, ${closes} - group_paused_after(x.pauses, coalesce(m.pauses_counted_at, m.created_at)))`;

/** SQL: true when the window of a message `m` ends before its expiry, which pauses move. Windows end at whole ms. */
const isBeforeExpiry = `m.window_ends_at + interval '1 ms' < m.expires_at + group_paused_after(x.pauses, coalesce(m.pauses_counted_at, m.created_at))`;

/** Returns the next window of each zone. To be called outside of transactions, since it may take seconds. */
async function windowsOf(
  rows: { zone: string | null }[],
  nextWindow: NextWindow,
  now: Date,
): Promise<{ zones: (string | null)[]; windows: (MessageWindow | null)[] }> {
  const zones = [...new Set(rows.map(({ zone }) => zone))];
  const windows: (MessageWindow | null)[] = [];
  for (const zone of zones) {
    const window = await nextWindow(zone, now);
    assertAhead(window, zone, now);
    windows.push(window);
  }
  return { zones, windows };
}

/** @throws Error for a window in the past: its messages would be moved again without end */
function assertAhead(window: MessageWindow | null, zone: string | null, now: Date): void {
  if (window?.closes && (window.closes <= now || window.closes <= window.opens))
    throw new Error(`The next window of ${zone ?? 'the group'} is over already.`);
}
