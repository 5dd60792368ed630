import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { isOpen } from '../lanes/group-claims.repository';
import { LaneBell } from '../lanes/lane-bell';
import { wakeLanes } from '../lanes/lane-waking.repository';
import { mayMove } from '../message-states';

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
export type NextWindow = (zone: string | null, now: Date) => MessageWindow | null;

/** Messages moved by one transaction. */
const moveChunk = 2_000;

/**
 * Windows of messages. A claim leaves out a message whose window is over, until the owner of its group moves it to the next one. A message
 * has a window when its row was stored with `window_ends_at`; `due_at` is the begin.
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
   * @returns whether more may be left
   */
  move(tenantId: string, groupId: string, nextWindow: NextWindow): Promise<boolean> {
    const some = `SELECT x.id, x.session_id, x.window_zone FROM messages x
      WHERE x.tenant_id = $1 AND x.group_id = $2 AND x.due_at IS NOT NULL AND x.window_ends_at <= heliograph_now() AND ${mayMove('x.state', 'expired', 'expiry')}
      ORDER BY x.window_ends_at LIMIT ${moveChunk}`;
    return this.db.transaction(async (tx) => {
      const passed = await tx.query<{ sessionId: string; zone: string | null; now: Date }>(
        `SELECT DISTINCT m.session_id AS "sessionId", m.window_zone AS zone, heliograph_now() AS now FROM message_groups mg CROSS JOIN LATERAL (${some}) m
         WHERE mg.tenant_id = $1 AND mg.id = $2 AND ${isOpen('mg')}`,
        [tenantId, groupId],
      );
      const [first] = passed;
      if (!first) return false;
      const zones = [...new Set(passed.map(({ zone }) => zone))];
      const windows = zones.map((zone) => nextWindow(zone, first.now));
      windows.forEach((window, i) => assertAhead(window, zones[i] ?? null, first.now));
      await wakeLanes(tx, this.bell, passed.map(({ sessionId }) => sessionId).toSorted());
      const rows = await tx.query(
        `UPDATE messages m SET due_at = CASE WHEN x.opens IS NOT NULL THEN greatest(x.opens, m.due_at) END, window_ends_at = x.closes,
           expires_at = greatest(m.expires_at, x.closes), state = CASE WHEN x.opens IS NULL THEN 'expired' ELSE m.state END,
           cause = CASE WHEN x.opens IS NULL THEN 'expired' ELSE m.cause END, detail = CASE WHEN x.opens IS NULL THEN 'after its last window' ELSE m.detail END
         FROM (
           SELECT s.id, w.opens, w.closes FROM (SELECT * FROM (${some} FOR UPDATE SKIP LOCKED) s WHERE s.session_id = ANY ($3::uuid[])) s
           JOIN unnest($4::text[], $5::timestamptz[], $6::timestamptz[]) AS w(zone, opens, closes) ON w.zone IS NOT DISTINCT FROM s.window_zone
         ) x WHERE m.tenant_id = $1 AND m.id = x.id RETURNING 1`,
        [
          tenantId,
          groupId,
          passed.map(({ sessionId }) => sessionId),
          zones,
          windows.map((window) => window?.opens ?? null),
          windows.map((window) => window?.closes ?? null),
        ],
      );
      return rows.length > 0;
    });
  }
}

/** @throws Error for a window in the past: its messages would be moved again without end */
function assertAhead(window: MessageWindow | null, zone: string | null, now: Date): void {
  if (window?.closes && (window.closes <= now || window.closes <= window.opens))
    throw new Error(`The next window of ${zone ?? 'the group'} is over already.`);
}
