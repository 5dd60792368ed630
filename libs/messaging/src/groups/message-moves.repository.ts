import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '@heliograph/kernel';
import { LaneBell } from '../lanes/lane-bell';
import { lockLanesOf, wakeLanes } from '../lanes/lane-waking.repository';
import type { MessageState } from '../message';
import { mayMove, stateList, unsentStates, waitingStates } from '../message-states';

/** SQL: true for a message that was called, since it failed last and was sent again. The provider has nothing of it that counts before that. */
const wasCalledSql = (m: string): string => {
  const events = (e: string) => `message_events ${e} WHERE ${e}.tenant_id = ${m}.tenant_id AND ${e}.message_id = ${m}.id`;
  const again = `SELECT max(f.seq) FROM ${events('f')} AND f.from_state = 'failed' AND f.to_state = 'queued'`;
  return `EXISTS (SELECT 1 FROM ${events('e')} AND e.to_state = 'calling' AND e.seq > coalesce((${again}), 0))`;
};

/** Messages moved by one transaction. */
const moveChunk = 2_000;

/** A session that takes messages, with its share of them. */
export interface TakingSession {
  id: string;
  weight: number;
}

/** A move of waiting messages between sessions. */
export interface MessageMove {
  from: string[];
  to: TakingSession[];
  /** Taking sessions that are to get messages; the share of the others stays where it is. Undefined: all. */
  only?: string[];
  /** Moves messages that were written before this time only; absent or null: all. */
  writtenBefore?: Date | null;
}

/** Moves waiting messages of groups to other sessions, and takes those back that would reach a person twice. */
@Injectable()
export class MessageMoves {
  constructor(
    private readonly db: Database,
    private readonly bell: LaneBell,
  ) {}

  /** Returns the sessions in whose lanes messages of the group wait. */
  async sessionsOf(tenantId: string, groupId: string): Promise<string[]> {
    const rows = await this.db.query<{ id: string }>(
      `SELECT DISTINCT session_id AS id FROM lane_groups WHERE tenant_id = $1 AND group_id = $2`,
      [tenantId, groupId],
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Moves one chunk of the messages of a group that stands apart. A message that was called stays, as does one that is claimed; of one that is sent
   * again after it failed, only later calls count. Locks lanes before messages, as claims do.
   * @returns the number of moved messages; 0: none is left
   */
  move(tenantId: string, groupId: string, { from, to, only, writtenBefore }: MessageMove): Promise<number> {
    const total = to.reduce((sum, { weight }) => sum + weight, 0);
    if (from.length === 0 || total === 0) return Promise.resolve(0);
    const ids = to.map(({ id }) => id);
    const starts = to.map((_, i) => to.slice(0, i).reduce((sum, { weight }) => sum + weight, 0));
    return this.db.transaction(async (tx) => {
      await tx.query(
        `INSERT INTO lanes (session_id, tenant_id) SELECT s, $1 FROM unnest($2::uuid[]) s ORDER BY s ON CONFLICT (session_id) DO NOTHING`,
        [tenantId, ids],
      );
      await wakeLanes(tx, this.bell, [...from, ...ids]);
      const [row] = await tx.query<{ count: number }>(
        `WITH chosen AS MATERIALIZED (
           SELECT m.id, p.session_id FROM messages m
           CROSS JOIN LATERAL (SELECT ($4::uuid[])[width_bucket(((uuid_hash_extended(m.id, 0) & 9223372036854775807) % $6)::int, $5::int[])] AS session_id) p
           WHERE m.tenant_id = $1 AND m.session_id = ANY ($3::uuid[]) AND m.lane_group = $2 AND m.due_at IS NOT NULL AND m.state IN ${stateList(waitingStates)}
             AND p.session_id <> m.session_id AND ($8::timestamptz IS NULL OR m.created_at < $8) AND ($7::uuid[] IS NULL OR p.session_id = ANY ($7))
             AND (m.attempt = 0 OR NOT ${wasCalledSql('m')})
           ORDER BY m.due_at LIMIT ${moveChunk} FOR UPDATE OF m SKIP LOCKED
         ), moved AS (
           UPDATE messages m SET session_id = s.session_id FROM chosen s WHERE m.tenant_id = $1 AND m.id = s.id RETURNING m.session_id, m.class
         ), placed AS (
           INSERT INTO lane_groups (session_id, class, group_id, tenant_id)
           SELECT DISTINCT session_id, class, $2::uuid, $1::uuid FROM moved ORDER BY 1, 2 ON CONFLICT DO NOTHING
         ) SELECT count(*)::int AS count FROM moved`,
        [tenantId, groupId, from, ids, starts, total, only ?? null, writtenBefore ?? null],
      );
      return row?.count ?? 0;
    });
  }

  /**
   * Suppresses waiting messages of people who have another message of the group: the one that may have been sent stays, else the first one that
   * waits. Locks lanes before messages, as claims do; without doubles it locks nothing.
   * @param doubles SQL of a query of `person` and `message_id`, with the further values from $2 on
   */
  async withdrawDoubles(tx: Sql, tenantId: string, doubles: string, values: unknown[]): Promise<number> {
    const never: MessageState[] = unsentStates.filter((state) => state !== 'failed');
    const others = `SELECT w.id FROM (
        SELECT x.id, x.state, row_number() OVER (PARTITION BY d.person ORDER BY x.state IN ${stateList(waitingStates)}, x.id) AS place
        FROM (${doubles}) d JOIN messages x ON x.tenant_id = $1 AND x.id = d.message_id WHERE x.state NOT IN ${stateList(never)}
      ) w WHERE w.place > 1 AND w.state IN ${stateList(waitingStates)}`;
    const found = await tx.query<{ id: string }>(others, [tenantId, ...values]);
    if (found.length === 0) return 0;
    const ids = found.map(({ id }) => id);
    await lockLanesOfMessages(tx, tenantId, ids);
    // Asked again: a claim may have taken one of them before its lane was locked.
    return suppressWaiting(tx, tenantId, { ids, cause: 'duplicate', by: 'merge', only: others, values });
  }
}

/**
 * Suppresses waiting messages of people whose import is undone. Locks lanes before messages, as claims do, and both in the order of their ids.
 * @param messages SQL of a query of `message_id`, with the further values from $2 on
 * @returns whether a message is in the hands of a worker: it may yet come back to its lane
 */
export async function withdrawUndone(tx: Sql, tenantId: string, messages: string, values: unknown[]): Promise<{ isInHand: boolean }> {
  const inHand: MessageState[] = ['claimed', 'calling'];
  const found = await tx.query<{ id: string }>(
    // One look-up a message, whatever the planner estimates: LIMIT keeps it from reading all of the tenant.
    `SELECT x.id FROM (${messages}) w CROSS JOIN LATERAL (SELECT m.id, m.state FROM messages m WHERE m.tenant_id = $1 AND m.id = w.message_id LIMIT 1) x
     WHERE x.state IN ${stateList([...waitingStates, ...inHand])}`,
    [tenantId, ...values],
  );
  if (found.length === 0) return { isInHand: false };
  const ids = found.map(({ id }) => id);
  await lockLanesOfMessages(tx, tenantId, ids);
  await suppressWaiting(tx, tenantId, { ids, cause: 'import_undone', by: 'undo' });
  const left = await tx.query(
    `SELECT 1 FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state IN ${stateList(inHand)} LIMIT 1`,
    [tenantId, ids],
  );
  return { isInHand: left.length > 0 };
}

/** Locks the lanes of messages until the transaction ends: nobody claims them meanwhile. */
async function lockLanesOfMessages(tx: Sql, tenantId: string, ids: string[]): Promise<void> {
  await tx.query(lockLanesOf('SELECT session_id FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[])'), [tenantId, ids]);
}

/**
 * Suppresses those of the messages that wait, in the order of their ids. Their lanes are locked.
 * @param of only: SQL of a query of the ids that are still meant, with the further values from $2 on
 * @returns the number of suppressed messages
 */
async function suppressWaiting(
  tx: Sql,
  tenantId: string,
  of: { ids: string[]; cause: string; by: 'merge' | 'undo'; only?: string; values?: unknown[] },
): Promise<number> {
  const { ids, cause, by, only, values = [] } = of;
  const [given, why] = [`$${values.length + 2}`, `$${values.length + 3}`];
  const rows = await tx.query(
    `UPDATE messages m SET state = 'suppressed', cause = ${why}, detail = NULL, due_at = NULL FROM (
       SELECT x.id FROM messages x WHERE x.tenant_id = $1 AND x.id = ANY (${given}::uuid[]) AND ${mayMove('x.state', 'suppressed', by)}
         ${only ? `AND x.id IN (${only})` : ''} ORDER BY x.id FOR NO KEY UPDATE
     ) w WHERE m.tenant_id = $1 AND m.id = w.id AND m.due_at IS NOT NULL AND ${mayMove('m.state', 'suppressed', by)} RETURNING 1`,
    [tenantId, ...values, ids, cause],
  );
  return rows.length;
}
