import { Injectable } from '@nestjs/common';
import { type Actor, actorColumn, Database } from '@heliograph/kernel';
import { nameActor } from '../history/message-events.repository';
import { LaneBell } from '../lanes/lane-bell';
import { lockLanesOf, wakeLanes, wakeLanesIn } from '../lanes/lane-waking.repository';
import { mayMove } from '../message-states';

/** Messages cancelled by one statement. */
const cancelChunk = 2_000;
/** Messages moved apart by one transaction. */
const partChunk = 2_000;
/** Groups settled in one turn of the loop. */
const groupsPerTurn = 20;

/** SQL: the group $2 of tenant $1 and its parts. `g` is an alias of `message_groups`. */
export const familyOf = (g: string): string => `${g}.tenant_id = $1 AND (${g}.id = $2 OR ${g}.parent_id = $2)`;
const family = familyOf('message_groups');
/** Sessions in whose lanes messages of the group and its parts wait. */
const sessionsOfFamily = `SELECT lg.session_id FROM message_groups g JOIN lane_groups lg ON lg.tenant_id = g.tenant_id AND lg.group_id = g.id
  WHERE ${familyOf('g')}`;

/** Applies the changed state and limits of groups to their lanes and messages, behind the request. */
@Injectable()
export class GroupSettling {
  constructor(
    private readonly db: Database,
    private readonly bell: LaneBell,
  ) {}

  /**
   * Applies the changed state of some groups: moves messages of parting groups apart, cancels messages of cancelled groups,
   * one chunk of each, and wakes the lanes of the others. Work that a crash interrupts is repeated.
   * @returns whether more work is left
   */
  async settle(): Promise<boolean> {
    const groups = await this.db.query<{ tenantId: string; id: string; state: string; standing: string; actor: Actor | null }>(
      `SELECT tenant_id AS "tenantId", id, state, standing, ${actorColumn('state_changed_by')} AS actor FROM message_groups
       WHERE is_settling ORDER BY random() LIMIT ${groupsPerTurn}`,
    );
    let isMore = false;
    for (const { tenantId, id, state, standing, actor } of groups) {
      if (state !== 'cancelled' && standing === 'parting') {
        if (await this.moveApart(tenantId, id)) isMore = true;
      } else if (state !== 'cancelled') await this.wake(tenantId, id);
      else if ((await this.cancelSome(tenantId, actor, id)) === cancelChunk) isMore = true;
      else await this.leaveLanes(tenantId, id);
    }
    return isMore;
  }

  /** Applies changed limits to lanes. */
  async spread(tenantId: string, id: string): Promise<void> {
    await this.moveApart(tenantId, id);
    await this.wake(tenantId, id);
  }

  /** Wakes the lanes of the group, in a transaction of its own: claims lock lanes before groups. */
  async wake(tenantId: string, id: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      await wakeLanesIn(tx, this.bell, sessionsOfFamily, [tenantId, id]);
      await tx.query(
        `UPDATE message_groups SET is_settling = false WHERE ${family} AND is_settling AND state <> 'cancelled' AND standing <> 'parting'`,
        [tenantId, id],
      );
    });
  }

  /**
   * Moves plain messages of a parting group apart, in the order of their expiry, and wakes their lanes. Locks lanes before messages, as
   * claims do. A message that is being settled is left to the next turn.
   * @returns whether messages were moved, so that more may be left
   */
  private async moveApart(tenantId: string, id: string): Promise<boolean> {
    const some = `SELECT id, session_id FROM messages WHERE tenant_id = $1 AND group_id = $2 AND lane_group IS NULL AND due_at IS NOT NULL
      ORDER BY expires_at LIMIT ${partChunk}`;
    const moved = await this.db.transaction(async (tx) => {
      const sessions = (await tx.query<{ id: string }>(`SELECT DISTINCT session_id AS id FROM (${some}) m`, [tenantId, id])).map(
        (row) => row.id,
      );
      if (sessions.length === 0) return 0;
      await wakeLanes(tx, this.bell, sessions);
      const [row] = await tx.query<{ count: number }>(
        `WITH moved AS (
           UPDATE messages m SET lane_group = m.group_id FROM (SELECT * FROM (${some} FOR UPDATE SKIP LOCKED) s WHERE s.session_id = ANY ($3::uuid[])) x
           WHERE m.tenant_id = $1 AND m.id = x.id RETURNING m.session_id, m.class
         ), placed AS (
           INSERT INTO lane_groups (session_id, class, group_id, tenant_id)
           SELECT DISTINCT session_id, class, $2::uuid, $1::uuid FROM moved ORDER BY 1, 2 ON CONFLICT DO NOTHING
         ) SELECT count(*)::int AS count FROM moved`,
        [tenantId, id, sessions],
      );
      return row?.count ?? 0;
    });
    if (moved === 0) {
      const plain = `SELECT 1 FROM messages m WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.lane_group IS NULL AND m.due_at IS NOT NULL`;
      await this.endParting(tenantId, id, `standing = 'apart'`, `standing = 'parting' AND NOT EXISTS (${plain})`);
    }
    return moved > 0;
  }

  /**
   * Cancels messages of one group. Its parts are settled as groups of their own.
   * @param actor who cancelled the group; null: it was cancelled before actors were stored
   */
  private cancelSome(tenantId: string, actor: Actor | null, id: string): Promise<number> {
    return this.db.transaction(async (tx) => {
      const rows = await tx.query<{ id: string }>(
        `UPDATE messages m SET state = 'cancelled', cause = 'cancelled', detail = 'with its group', due_at = NULL
         FROM (SELECT id FROM messages WHERE tenant_id = $1 AND group_id = $2 AND due_at IS NOT NULL AND ${mayMove('state', 'cancelled', 'cancel')}
               ORDER BY group_id, lane_group, expires_at LIMIT ${cancelChunk} FOR UPDATE SKIP LOCKED) x
         WHERE m.tenant_id = $1 AND m.id = x.id RETURNING m.id`,
        [tenantId, id],
      );
      const ids = rows.map((row) => row.id);
      if (actor && ids.length > 0) await nameActor(tx, tenantId, actor, ids);
      return ids.length;
    });
  }

  /** Ends the settling once no message of the group is in a lane. A message that is being called may return to its lane. */
  private async leaveLanes(tenantId: string, id: string): Promise<void> {
    const waiting = `SELECT 1 FROM messages m WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.due_at IS NOT NULL`;
    await this.db.transaction(async (tx) => {
      await tx.query(lockLanesOf(sessionsOfFamily), [tenantId, id]);
      await tx.query(`DELETE FROM lane_groups WHERE tenant_id = $1 AND group_id = $2 AND NOT EXISTS (${waiting})`, [tenantId, id]);
    });
    await this.endParting(tenantId, id, `is_settling = false, standing = 'apart'`, `state = 'cancelled' AND NOT EXISTS (${waiting})`);
  }

  /** Changes the group in a transaction that holds no lane, since intake may hold the group when it locks lanes. */
  private async endParting(tenantId: string, id: string, change: string, when: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      // Waits for transactions that store plain messages of this group, so that the next statement finds them.
      await tx.query(`SELECT 1 FROM message_groups WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
      await tx.query(`UPDATE message_groups SET ${change} WHERE tenant_id = $1 AND id = $2 AND ${when}`, [tenantId, id]);
    });
  }
}
