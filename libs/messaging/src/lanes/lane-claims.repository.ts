import { Injectable, Optional } from '@nestjs/common';
import { Database, Folder, isValueFault } from '@heliograph/kernel';
import { LedgerWatch } from '../installation/ledger-watch';
import { BodyRenderer } from '../rendering/body-renderer';
import { type ClaimAnswer, type ClaimedMessage, type ClaimRow, toAnswer } from './claim-answer';
import { claimName, claimSqls } from './claim-statement.repository';
import { groupLeftOf } from './group-claims.repository';
import { invalidLane, leftOf, nextDayOf } from './lane-rules.repository';
import { wakes } from './lane-waking.repository';

/** A request of a turn for messages of a lane. */
export interface ClaimWish {
  sessionId: string;
  /** The worker that the messages are leased to. */
  workerId: string;
  /** Maximum number of messages; 0 gives the lane back. */
  maxMessages: number;
  /** The revision of the lane that the turn saw last, or -1. */
  revision: string;
  /** Ms by which the last calls were later than their slots, beyond the reserve of the pace; the next slot of the lane moves on by it. */
  shiftMs: number;
}

/** Time after which an invalid lane is claimed again, in case its row was corrected by hand. Setting its limits opens it at once. */
const invalidLaneMs = 10 * 60_000;

/** SQL: time of a claim that was asked for $3 ms ago. */
const claimedAt = `(heliograph_now() - $3::float8 * interval '1 ms')`;
/** SQL: takes $2 messages of that claim from the counts of a row with the columns of caps. */
const uncountedToday = (c: string) =>
  `day_used = CASE WHEN ${c}.day_at = date_trunc('day', ${claimedAt}, ${c}.time_zone) THEN greatest(0, ${c}.day_used - $2::int) ELSE ${c}.day_used END`;
const uncounted = (c: string) =>
  `${uncountedToday(c)}, hour_used = CASE WHEN ${c}.hour_at = date_trunc('hour', ${claimedAt}) THEN greatest(0, ${c}.hour_used - $2::int) ELSE ${c}.hour_used END`;

/**
 * SQL: wakes as many lanes as messages were given back, $3, among those that wait for the end of a full cap. Recovery's sweep finds them.
 * @param ends times at which the caps end
 */
const wakeSome = (from: string, ends: string): string => `
  UPDATE lanes l SET ${wakes('l')} FROM (
    SELECT session_id FROM lanes WHERE session_id IN (SELECT o.session_id FROM ${from} AND o.next_due_at IN (${ends}) ORDER BY random() LIMIT $3::int)
    ORDER BY session_id FOR UPDATE
  ) k WHERE l.session_id = k.session_id`;
const wakePoolSql = wakeSome(
  'lanes o JOIN cap_pools p ON p.tenant_id = o.tenant_id AND p.name = o.cap_pool WHERE o.tenant_id = $1 AND o.cap_pool = $2',
  `date_trunc('hour', heliograph_now()) + interval '1 hour', ${nextDayOf('p', 'heliograph_now()')}`,
);
const wakeGroupSql = wakeSome(
  `lane_groups lg JOIN lanes o ON o.session_id = lg.session_id JOIN message_groups g ON g.tenant_id = lg.tenant_id AND g.id = lg.group_id
     WHERE lg.tenant_id = $1 AND lg.group_id = $2`,
  nextDayOf('g', 'heliograph_now()'),
);

/**
 * The claim: one statement that runs under the lane's row lock and by the database's clock. It computes how many messages the pace, caps
 * and windows of the lane allow, picks the most urgent ones with each class's minimum share, skips suppressed recipients, guards against
 * repeated content, and leases the messages to the worker. Claims of many lanes of one process are folded into one statement.
 */
@Injectable()
export class LaneClaims {
  private readonly folder: Folder<ClaimWish, ClaimAnswer>;
  /** Lanes in which groups stood apart at their last claim. */
  private readonly withGroups = new Set<string>();

  constructor(
    private readonly db: Database,
    @Optional() watch?: LedgerWatch,
    @Optional() bodies?: BodyRenderer,
  ) {
    this.folder = new Folder({
      write: (wishes) =>
        claim(db, wishes, { heldUntil: watch?.hold?.writtenUntil ?? null, leftOut: bodies?.leftOut() ?? [] }, this.withGroups),
      maxBatch: 256,
      concurrency: 1,
    });
  }

  /** Claims messages of a lane. A process may run one claim of a lane at a time. */
  async claim(wish: ClaimWish): Promise<ClaimAnswer> {
    try {
      return await this.folder.add(wish);
    } catch (error) {
      if (!isValueFault(error)) throw error;
      await this.close(wish);
      return { kind: 'invalid', inMs: invalidLaneMs, detail: (error as Error).message };
    }
  }

  /**
   * Gives the counts of messages back that were claimed and not called, to the caps of their lane, pool and groups. Their slots have passed. Other
   * lanes that met a full cap meanwhile are claimed again. Each row is written by a statement of its own, so that nobody who holds one of them
   * waits for another.
   * @param askedAt time of their claim, in ms of `performance.now()`: what is counted anew since then is left alone
   */
  async uncount({ tenantId, sessionId }: Pick<ClaimedMessage, 'tenantId' | 'sessionId'>, ids: string[], askedAt: number): Promise<void> {
    const at = () => performance.now() - askedAt;
    const [lane] = await this.db.query<{ pool: string | null }>(
      `UPDATE lanes c SET ${uncounted('c')}, burst_used = greatest(0, c.burst_used - $2::int) WHERE c.session_id = $1 RETURNING c.cap_pool AS pool`,
      [sessionId, ids.length, at()],
    );
    if (lane?.pool != null) {
      const [full] = await this.db.query(
        `WITH c AS (UPDATE cap_pools c SET ${uncounted('c')} WHERE c.tenant_id = $1 AND c.name = $4 RETURNING c.*)
         SELECT 1 FROM c CROSS JOIN LATERAL (${leftOf('c', 'heliograph_now()')}) f WHERE least(f.left_hour, f.left_day) <= $2::int`,
        [tenantId, ids.length, at(), lane.pool],
      );
      if (full) await this.db.query(wakePoolSql, [tenantId, lane.pool, ids.length]);
    }
    const groups = await this.db.query<{ id: string; count: number }>(
      `SELECT lane_group AS id, count(*)::int AS count FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND lane_group IS NOT NULL GROUP BY 1`,
      [tenantId, ids],
    );
    for (const { id, count } of groups) {
      const [full] = await this.db.query(
        `WITH c AS (UPDATE message_groups c SET ${uncountedToday('c')} WHERE c.tenant_id = $1 AND c.id = $4 RETURNING c.*)
         SELECT 1 FROM c WHERE ${groupLeftOf('c', 'heliograph_now()')} <= $2::int`,
        [tenantId, count, at(), id],
      );
      if (full) await this.db.query(wakeGroupSql, [tenantId, id, count]);
    }
  }

  /** Closes a lane that cannot be claimed because of a value in its rows, and gives it up unless a message of it is in flight. */
  private async close({ sessionId, workerId }: ClaimWish): Promise<void> {
    await this.db.query(
      `UPDATE lanes l SET closed_until = heliograph_now() + $3 * interval '1 ms', closed_reason = '${invalidLane}', revision = l.revision + 1,
         turn_worker = CASE WHEN l.turn_worker = $2 AND NOT EXISTS (
           SELECT 1 FROM messages m WHERE m.tenant_id = l.tenant_id AND m.id = ANY (l.in_flight) AND m.state IN ('claimed', 'calling')
         ) THEN NULL ELSE l.turn_worker END
       WHERE l.session_id = $1`,
      [sessionId, workerId, invalidLaneMs],
    );
  }
}

/**
 * Claims plain lanes by their own statement, which skips lanes with groups. Those lanes, and all lanes folded with one that is known to
 * have groups, are claimed by the other statement.
 * @param withGroups lanes known to have groups; kept up to date
 */
async function claim(db: Database, wishes: ClaimWish[], limits: ClaimLimits, withGroups: Set<string>): Promise<ClaimAnswer[]> {
  const isMixed = wishes.some((wish) => withGroups.has(wish.sessionId));
  const claims = await claimBy(db, wishes, limits, isMixed);
  for (const [sessionId, { grouped }] of claims) {
    if (grouped) withGroups.add(sessionId);
    else withGroups.delete(sessionId);
  }
  const others = isMixed ? [] : wishes.filter((wish) => claims.get(wish.sessionId)?.grouped);
  const more = others.length > 0 ? await claimBy(db, others, limits, true) : claims;
  return wishes.map(({ sessionId }) => (more.get(sessionId) ?? claims.get(sessionId))?.answer ?? { kind: 'idle', inMs: null });
}

/** Messages that no claim of this process takes at present. */
interface ClaimLimits {
  /** Time up to which a held ledger was written; null when it is not held. */
  heldUntil: Date | null;
  /** Kinds of origin whose messages without a body stay in their lanes. */
  leftOut: string[];
}

async function claimBy(
  db: Database,
  wishes: ClaimWish[],
  { heldUntil, leftOut }: ClaimLimits,
  hasGroups: boolean,
): Promise<Map<string, { answer: ClaimAnswer; grouped: boolean }>> {
  const askedAt = performance.now();
  const name = claimName(heldUntil !== null, hasGroups, leftOut.length > 0);
  const rows = await db.plannedOnce<ClaimRow>(name, claimSqls.get(name) as string, [
    wishes.map((w) => w.sessionId),
    wishes.map((w) => w.workerId),
    wishes.map((w) => w.maxMessages),
    wishes.map((w) => w.revision),
    wishes.map((w) => w.shiftMs),
    ...(heldUntil ? [heldUntil] : []),
    ...(leftOut.length > 0 ? [leftOut] : []),
  ]);
  const bySession = Map.groupBy(rows, (row) => row.session_id);
  return new Map([...bySession].map(([id, of]) => [id, { answer: toAnswer(of, askedAt), grouped: !of[0]?.lapsed && !!of[0]?.grouped }]));
}
