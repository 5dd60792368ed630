import { Injectable } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  AppError,
  type ChangeGuard,
  Database,
  notFound,
  type Sql,
  storedActor,
  type Tx,
} from '@heliograph/kernel';
import { z } from 'zod';
import { sentTodaySql } from '../lanes/group-claims.repository';
import { cap, timeZone } from '../lanes/lane-limits';
import { assertTimeZone } from '../lanes/lane-settings.repository';
import type { MessageState } from '../message';
import { campaignKind } from './group-facts.repository';
import { familyOf, GroupSettling } from './group-settling.repository';

/** States of a group. Claims take messages of open groups only. A cancelled group stays cancelled. */
export const groupStates = ['open', 'paused', 'cancelled'] as const;

/** Settings of a group that a patch may change. Members left out stay as they are; null removes a limit. */
export const groupPatch = z
  .strictObject({
    name: z.string().max(200).nullable().optional(),
    weight: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .meta({ description: 'Share of a lane beside other groups; messages without a group have the weight 1.' }),
    window_ms: z.int().min(100).max(86_400_000).optional().meta({ description: 'Length of the window of `window_limit`, in ms.' }),
    window_limit: cap.nullable().optional().meta({ description: 'Messages per window over all sessions; null: no limit.' }),
    daily_cap: cap.nullable().optional().meta({ description: 'Messages a day over all sessions; null: no cap.' }),
    time_zone: timeZone.optional().meta({ description: 'Time zone in which the day begins at midnight.' }),
  })
  .meta({ id: 'MessageGroupPatch', example: { weight: 3, window_ms: 60_000, window_limit: 100 } });
export type GroupPatch = z.output<typeof groupPatch>;

/** A group that its owner creates before its messages, for example a campaign. */
export interface NewGroup {
  id: string;
  kind: string;
  name: string | null;
  parentId?: string | null;
  weight?: number;
  windowMs?: number;
  windowLimit?: number | null;
  dailyCap?: number | null;
  timeZone?: string;
  /** True: nothing is sent to a person who is at a frequency cap of the tenant. */
  obeysCaps?: boolean;
  /** True: its messages count towards the frequency caps. */
  countsForCaps?: boolean;
  /** True: nothing is sent a second time to a person without a marketing consent. */
  needsConsent?: boolean;
}

/** A group with its state and its limits, and its messages by state, including those of its parts. */
export interface MessageGroup {
  id: string;
  parentId: string | null;
  kind: string;
  name: string | null;
  createdAt: Date;
  state: (typeof groupStates)[number];
  pausedAt: Date | null;
  /** Time of the last pause, resume or cancel; null: never, or before actors were stored. */
  stateChangedAt: Date | null;
  stateChangedBy: Actor | null;
  weight: number;
  windowMs: number;
  windowLimit: number | null;
  dailyCap: number | null;
  timeZone: string;
  sentToday: number;
  counts: Partial<Record<MessageState, number>>;
}

const family = familyOf('message_groups');
/** Assignments that name the actor of a change of state, as SQL: its name is $3, its reference $4. */
const stamped = `state_changed_by = $3, state_changed_by_ref = $4, state_changed_at = heliograph_now()`;
/** Assignment of a change that only a group apart can follow, as SQL. Comes with `is_settling`, by which the loop finds the group. */
const parts = `standing = CASE standing WHEN 'plain' THEN 'parting' ELSE standing END`;
const closedPause = `pauses + tstzmultirange(tstzrange(paused_at, greatest(paused_at, heliograph_now())))`;

/** Reads, pauses, resumes and cancels groups. Each change is one update of the group, which the next claim of any lane reads. */
@Injectable()
export class MessageGroups {
  constructor(
    private readonly db: Database,
    private readonly settling: GroupSettling,
  ) {}

  /**
   * Creates a group whose messages stand apart in their lanes from the first one on. One that exists is not changed.
   * @throws AppError invalid_time_zone: claims of its lanes would fail
   */
  async create(sql: Sql, tenantId: string, group: NewGroup): Promise<void> {
    await assertTimeZone(sql, group.timeZone);
    await sql.query(
      `INSERT INTO message_groups (tenant_id, id, kind, name, parent_id, weight, window_ms, window_limit, daily_cap, time_zone, obeys_caps, counts_for_caps, needs_consent, standing)
       VALUES ($1, $2, $3, $4, $5, coalesce($6, 1), coalesce($7, 60000), $8, $9, coalesce($10, 'UTC'), coalesce($11, false), coalesce($12, false), coalesce($13, false), 'apart')
       ON CONFLICT (tenant_id, id) DO NOTHING`,
      [
        tenantId,
        group.id,
        group.kind,
        group.name,
        group.parentId ?? null,
        group.weight,
        group.windowMs,
        group.windowLimit ?? null,
        group.dailyCap ?? null,
        group.timeZone,
        group.obeysCaps,
        group.countsForCaps,
        group.needsConsent,
      ],
    );
  }

  /** @throws AppError not_found */
  get(tenantId: string, id: string): Promise<MessageGroup> {
    return this.db.forTenant(tenantId, (tx) => find(tx, tenantId, id));
  }

  /** Pauses the group. A second pause changes nothing. @throws AppError not_found, group_of_campaign, group_cancelled */
  pause(tenantId: string, actor: Actor, id: string): Promise<MessageGroup> {
    return this.own(tenantId, id, (tx) => this.pauseIn(tx, tenantId, actor, id));
  }

  /** Does the same in the caller's transaction, also for a campaign. */
  pauseIn(tx: Tx, tenantId: string, actor: Actor, id: string): Promise<MessageGroup> {
    const change = `state = 'paused', paused_at = heliograph_now(), ${parts}, is_settling = is_settling OR standing = 'plain'`;
    return this.move(tx, tenantId, actor, id, change, 'open');
  }

  /** Opens the group and wakes its lanes. @throws AppError not_found, group_of_campaign, group_cancelled */
  async resume(tenantId: string, actor: Actor, id: string): Promise<MessageGroup> {
    const group = await this.own(tenantId, id, (tx) => this.reopen(tx, tenantId, actor, id));
    await this.settling.wake(tenantId, id);
    return group;
  }

  /** Does the same in the caller's transaction, also for a campaign, and wakes the lanes after it. When that fails, `GroupSettling` wakes them. */
  async resumeIn(tx: Tx, tenantId: string, actor: Actor, id: string): Promise<MessageGroup> {
    const group = await this.reopen(tx, tenantId, actor, id);
    tx.afterCommit(() => this.settling.wake(tenantId, id));
    return group;
  }

  /**
   * Cancels the group: claims take none of its messages from then on, and `GroupSettling` cancels the messages themselves. A second cancellation
   * changes nothing.
   * @throws AppError not_found, group_of_campaign
   */
  cancel(tenantId: string, actor: Actor, id: string): Promise<MessageGroup> {
    return this.own(tenantId, id, (tx) => this.cancelIn(tx, tenantId, actor, id));
  }

  /** Does the same in the caller's transaction, also for a campaign. */
  async cancelIn(tx: Tx, tenantId: string, actor: Actor, id: string): Promise<MessageGroup> {
    await tx.query(
      `UPDATE message_groups SET state = 'cancelled', paused_at = NULL, ${parts}, is_settling = true, ${stamped} WHERE ${family} AND state <> 'cancelled'`,
      [tenantId, id, ...storedActor(actor)],
    );
    return find(tx, tenantId, id);
  }

  /** @throws AppError not_found, group_of_campaign, invalid_time_zone */
  async set(tenantId: string, id: string, patch: GroupPatch, guard?: ChangeGuard<MessageGroup>): Promise<MessageGroup> {
    await assertTimeZone(this.db, patch.time_zone);
    const group = await this.own(tenantId, id, (tx) => this.write(tx, tenantId, id, patch, guard));
    if (isLimit(patch)) await this.settling.spread(tenantId, id);
    return group;
  }

  /**
   * Does the same in the caller's transaction, also for a campaign, for a patch whose time zone is known. Lanes follow after it; when that fails, `GroupSettling` does it.
   * @throws AppError not_found
   */
  async setIn(tx: Tx, tenantId: string, id: string, patch: GroupPatch): Promise<MessageGroup> {
    const group = await this.write(tx, tenantId, id, patch);
    if (isLimit(patch)) tx.afterCommit(() => this.settling.spread(tenantId, id));
    return group;
  }

  /** Runs work on a group that no campaign owns: the group of a campaign changes with the campaign alone. */
  private own<T>(tenantId: string, id: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [owned] = await tx.query(`SELECT 1 FROM message_groups WHERE tenant_id = $1 AND id = $2 AND kind = '${campaignKind}'`, [
        tenantId,
        id,
      ]);
      if (owned) throw new AppError('conflict', 'group_of_campaign', 'The group belongs to the campaign of this id: change the campaign.');
      return work(tx);
    });
  }

  private async write(tx: Tx, tenantId: string, id: string, patch: GroupPatch, guard?: ChangeGuard<MessageGroup>): Promise<MessageGroup> {
    const given = Object.entries(patch).filter(([, value]) => value !== undefined);
    await tx.query(`SELECT 1 FROM message_groups WHERE tenant_id = $1 AND id = $2 FOR UPDATE`, [tenantId, id]);
    const before = await find(tx, tenantId, id);
    guard?.(before);
    if (given.length === 0) return before;
    await tx.query(
      `UPDATE message_groups SET ${given.map(([column], i) => `${column} = $${i + 3}`).join(', ')}
       ${isLimit(patch) ? `, ${parts}, is_settling = true` : ''}
       WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id, ...given.map(([, value]) => value)],
    );
    // A slot that is further away than the window comes from the former rate.
    await tx.query(
      `UPDATE message_groups SET next_slot_at = least(next_slot_at, heliograph_now() + window_ms * interval '1 ms') WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
    );
    return find(tx, tenantId, id);
  }

  private reopen(tx: Tx, tenantId: string, actor: Actor, id: string): Promise<MessageGroup> {
    const change = `state = 'open', pauses = ${closedPause}, paused_at = NULL, is_settling = true`;
    return this.move(tx, tenantId, actor, id, change, 'paused');
  }

  private async move(tx: Tx, tenantId: string, actor: Actor, id: string, change: string, from: 'open' | 'paused'): Promise<MessageGroup> {
    await tx.query(`UPDATE message_groups SET ${change}, ${stamped} WHERE ${family} AND state = '${from}'`, [
      tenantId,
      id,
      ...storedActor(actor),
    ]);
    const group = await find(tx, tenantId, id);
    if (group.state === 'cancelled') throw new AppError('conflict', 'group_cancelled', 'The group is cancelled.');
    return group;
  }
}

/** True for a patch that changes how the group shares lanes. */
function isLimit(patch: GroupPatch): boolean {
  return Object.entries(patch).some(([column, value]) => column !== 'name' && value !== undefined);
}

/** State and counts of a group. */
export interface GroupState extends Pick<MessageGroup, 'id' | 'name' | 'state' | 'counts'> {
  tenantId: string;
}

/** Returns the states of groups and of the groups that they are parts of. @param keys tenant and id of each */
export function groupStatesOf(sql: Sql, keys: [tenantId: string, id: string][]): Promise<GroupState[]> {
  return sql.query<GroupState>(
    `WITH given AS (
       SELECT DISTINCT g.tenant_id, x.id FROM unnest($1::uuid[], $2::uuid[]) AS k(tenant_id, id) JOIN message_groups g ON g.tenant_id = k.tenant_id AND g.id = k.id
       CROSS JOIN LATERAL (VALUES (g.id), (g.parent_id)) x(id) WHERE x.id IS NOT NULL
     )
     SELECT g.tenant_id AS "tenantId", g.id, g.name, g.state, coalesce(counted.counts, '{}') AS counts
     FROM given JOIN message_groups g ON g.tenant_id = given.tenant_id AND g.id = given.id
     CROSS JOIN LATERAL (SELECT jsonb_object_agg(s.state, s.count) AS counts FROM (
       SELECT c.state, sum(c.count)::int AS count FROM message_groups f JOIN message_group_counts c ON c.tenant_id = f.tenant_id AND c.group_id = f.id
       WHERE f.tenant_id = g.tenant_id AND (f.id = g.id OR f.parent_id = g.id) GROUP BY c.state HAVING sum(c.count) <> 0) s) counted`,
    [keys.map(([tenantId]) => tenantId), keys.map(([, id]) => id)],
  );
}

async function find(sql: Sql | Tx, tenantId: string, id: string): Promise<MessageGroup> {
  const [group] = await sql.query<Omit<MessageGroup, 'counts'>>(
    `SELECT id, parent_id AS "parentId", kind, name, created_at AS "createdAt", state, paused_at AS "pausedAt",
       state_changed_at AS "stateChangedAt", ${actorColumn('state_changed_by')} AS "stateChangedBy", weight, window_ms AS "windowMs",
       window_limit AS "windowLimit", daily_cap AS "dailyCap", time_zone AS "timeZone",
       ${sentTodaySql} AS "sentToday"
     FROM message_groups WHERE tenant_id = $1 AND id = $2`,
    [tenantId, id],
  );
  if (!group) throw notFound('group');
  const counts = await sql.query<{ state: string; count: number }>(
    `SELECT c.state, sum(c.count)::int AS count FROM message_groups g JOIN message_group_counts c ON c.tenant_id = g.tenant_id AND c.group_id = g.id
     WHERE ${familyOf('g')} GROUP BY c.state HAVING sum(c.count) <> 0`,
    [tenantId, id],
  );
  return { ...group, counts: Object.fromEntries(counts.map(({ state, count }) => [state, count])) };
}
