import { Injectable, Optional } from '@nestjs/common';
import { Database, Folder, isValueFault } from '@heliograph/kernel';
import { LedgerWatch } from '../installation/ledger-watch';
import { BodyRenderer } from '../rendering/body-renderer';
import { type ClaimAnswer, type ClaimedMessage, type ClaimRow, toAnswer } from './claim-answer';
import { claimName, claimSqls } from './claim-statement.repository';
import { invalidLane } from './lane-rules.repository';

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
   * Gives the counts of messages back that were claimed and not called, to the caps of their lane, pool and groups. Their slots have passed. Each
   * row is written by a statement of its own, so that nobody who holds one of them waits for another.
   * @param askedAt time of their claim, in ms of `performance.now()`: what is counted anew since then is left alone
   */
  async uncount({ tenantId, sessionId }: Pick<ClaimedMessage, 'tenantId' | 'sessionId'>, ids: string[], askedAt: number): Promise<void> {
    const at = () => performance.now() - askedAt;
    const [lane] = await this.db.query<{ pool: string | null }>(
      `UPDATE lanes c SET ${uncounted('c')}, burst_used = greatest(0, c.burst_used - $2::int) WHERE c.session_id = $1 RETURNING c.cap_pool AS pool`,
      [sessionId, ids.length, at()],
    );
    if (lane?.pool != null)
      await this.db.query(`UPDATE cap_pools c SET ${uncounted('c')} WHERE c.tenant_id = $1 AND c.name = $4`, [
        tenantId,
        ids.length,
        at(),
        lane.pool,
      ]);
    const groups = await this.db.query<{ id: string; count: number }>(
      `SELECT lane_group AS id, count(*)::int AS count FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND lane_group IS NOT NULL GROUP BY 1`,
      [tenantId, ids],
    );
    for (const { id, count } of groups)
      await this.db.query(`UPDATE message_groups c SET ${uncountedToday('c')} WHERE c.tenant_id = $1 AND c.id = $4`, [
        tenantId,
        count,
        at(),
        id,
      ]);
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
