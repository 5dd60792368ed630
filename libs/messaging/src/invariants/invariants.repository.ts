import { Injectable } from '@nestjs/common';
import { Database, isTooSlow, type Sql } from '@heliograph/kernel';
import { wrongGroupFigures } from '../figures/group-recount.repository';
import { attemptStates, stateList, takenStates, waitingStates } from '../message-states';

/** An invariant that does not hold. */
export interface Breach {
  invariant: string;
  /** Number of rows that break it; counted up to 1,000. */
  count: number;
  /** Ids of some of these rows. */
  examples: string[];
}

const maxCounted = 1_000;
const maxExamples = 10;
/**
 * Seconds that a lease may lie outside the expected range: one that ended earlier should have been taken over, one that ends later comes
 * from another clock.
 */
const leaseSlackS = 60;

/** SQL: states in which the person may have received the message, or is about to. */
const mayHaveLeft = stateList([...attemptStates, ...takenStates]);

/**
 * Queries that return the ids of rows that break an invariant. Each invariant holds in every snapshot of the database, also while messages
 * are sent.
 */
const cheap = {
  lane_of_no_worker: `
    SELECT l.session_id::text AS id FROM lanes l
    WHERE l.turn_worker IS NOT NULL AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = l.turn_worker)`,
  lease_not_taken_over: `
    SELECT w.id::text AS id FROM workers w
    WHERE w.alive_until NOT BETWEEN heliograph_now() - interval '${leaseSlackS} s' AND heliograph_now() + interval '${leaseSlackS} s'`,
};
const thorough = {
  message_in_flight_of_no_lane: `
    SELECT m.id::text AS id FROM messages m
    WHERE m.due_at IS NOT NULL AND m.state IN ('claimed', 'calling')
      AND NOT EXISTS (SELECT 1 FROM lanes l WHERE l.session_id = m.session_id AND l.turn_worker IS NOT NULL AND m.id = ANY (l.in_flight))`,
  due_message_of_idle_lane: `
    SELECT DISTINCT m.session_id::text AS id FROM messages m JOIN lanes l ON l.session_id = m.session_id
    LEFT JOIN message_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
    WHERE m.due_at IS NOT NULL AND m.state IN ${stateList(waitingStates)} AND l.next_due_at IS NULL AND (g.id IS NULL OR g.state = 'open' AND NOT g.is_settling AND NOT g.is_refitting)
      -- Behind messages whose window is over, others may wait until those are moved; that wakes the lane.
      AND NOT EXISTS (SELECT 1 FROM messages o WHERE o.group_id = m.lane_group AND o.due_at IS NOT NULL AND o.window_ends_at <= heliograph_now())`,
  waiting_group_of_no_lane: `
    SELECT m.id::text AS id FROM messages m
    WHERE m.due_at IS NOT NULL AND m.lane_group IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM lane_groups g WHERE g.session_id = m.session_id AND g.class = m.class AND g.group_id = m.lane_group)`,
  plain_message_of_group_apart: `
    SELECT m.id::text AS id FROM messages m JOIN message_groups g ON g.tenant_id = m.tenant_id AND g.id = m.group_id
    WHERE m.due_at IS NOT NULL AND m.lane_group IS NULL AND g.standing = 'apart'`,
  message_outlives_cancelled_group: `
    SELECT m.id::text AS id FROM message_groups g JOIN messages m ON m.tenant_id = g.tenant_id AND m.group_id = g.id
    WHERE g.state = 'cancelled' AND NOT g.is_settling AND m.due_at IS NOT NULL`,
  group_counts: `
    SELECT coalesce(c.group_id, m.group_id)::text AS id
    FROM (SELECT tenant_id, group_id, state, sum(count) AS count FROM message_group_counts GROUP BY 1, 2, 3) c
    FULL JOIN (SELECT tenant_id, group_id, state, count(*) AS count FROM messages WHERE group_id IS NOT NULL GROUP BY 1, 2, 3) m
      ON m.tenant_id = c.tenant_id AND m.group_id = c.group_id AND m.state = c.state
    WHERE coalesce(c.count, 0) <> coalesce(m.count, 0)`,
  outcome_counts: `
    SELECT coalesce(c.group_id, o.group_id)::text AS id
    FROM (SELECT tenant_id, group_id, kind, sum(count) AS count FROM message_outcome_counts GROUP BY 1, 2, 3) c
    FULL JOIN (SELECT tenant_id, group_id, kind, count(*) AS count FROM message_outcomes GROUP BY 1, 2, 3) o
      ON o.tenant_id = c.tenant_id AND o.group_id = c.group_id AND o.kind = c.kind
    WHERE coalesce(c.count, 0) <> coalesce(o.count, 0)`,
  group_figures: wrongGroupFigures,
  guard_of_unsent_message: `
    -- Each message is read by its key under any plan: without the fences, and over tables without statistics, PostgreSQL may compare each guard
    -- with all messages of the tenant.
    SELECT g.message_id::text AS id FROM content_guards g
    WHERE g.until > heliograph_now()
      AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.tenant_id = g.tenant_id AND m.id = g.message_id AND m.state IN ${mayHaveLeft} OFFSET 0)
      AND NOT EXISTS (SELECT 1 FROM message_events e WHERE e.tenant_id = g.tenant_id AND e.message_id = g.message_id
        AND e.from_state = 'uncertain' AND e.cause = 'redriven' OFFSET 0)`,
  history_ends_elsewhere: `
    SELECT m.id::text AS id FROM messages m
    LEFT JOIN LATERAL (SELECT e.to_state FROM message_events e WHERE e.tenant_id = m.tenant_id AND e.message_id = m.id AND e.from_state <> e.to_state
      ORDER BY e.seq DESC LIMIT 1) e ON true
    WHERE CASE WHEN e.to_state IS NULL THEN m.state NOT IN ${stateList(waitingStates)} ELSE e.to_state <> m.state END`,
  history_broken: `
    SELECT DISTINCT h.message_id::text AS id FROM (
      SELECT message_id, from_state, lag(to_state) OVER (PARTITION BY tenant_id, message_id ORDER BY seq) AS before
      FROM message_events WHERE from_state <> to_state) h
    WHERE h.before IS NOT NULL AND h.before <> h.from_state`,
};

/** Names of the invariants that every worker checks each minute. */
export const cheapInvariants = Object.keys(cheap);
/** Names of the invariants that read whole tables. */
export const thoroughInvariants = Object.keys(thorough) as (keyof typeof thorough)[];

/** Result of the last check of an invariant that reads whole tables. */
export interface CheckResult {
  invariant: string;
  broken: number;
  isSlow: boolean;
}

/** Time after which such an invariant is checked again, and after it took too long, in s. */
const everyS = 3_600;
const slowEveryS = 24 * 3_600;
/** Maximum time of one such check, in ms. A snapshot that lives longer keeps dead rows from being removed. */
const maxCheckMs = 60_000;

/** Checks the invariants between the tables of messages, which hold after any crash. */
@Injectable()
export class Invariants {
  constructor(private readonly db: Database) {}

  /** Checks all invariants; reads whole tables. */
  check(): Promise<Breach[]> {
    return breachesOf(this.db, { ...cheap, ...thorough });
  }

  /**
   * Checks one of the invariants that read whole tables, if one is due and no other process has begun it.
   * @returns null when none is due @param maxMs time after which the check is given up
   */
  async checkDue(maxMs = maxCheckMs): Promise<{ invariant: string; breach: Breach | 'too_slow' | null } | null> {
    const invariant = await this.takeDue();
    if (!invariant) return null;
    try {
      const [breach = null] = await this.db.transaction(async (tx) => {
        await tx.query(`SELECT set_config('statement_timeout', $1, true)`, [String(maxMs)]);
        return breachesOf(tx, { [invariant]: thorough[invariant] });
      });
      await this.db.query(`UPDATE invariant_checks SET checked_at = heliograph_now(), broken = $2, is_slow = false WHERE invariant = $1`, [
        invariant,
        breach?.count ?? 0,
      ]);
      return { invariant, breach };
    } catch (error) {
      if (!isTooSlow(error)) throw error;
      await this.db.query(
        `UPDATE invariant_checks SET is_slow = true, next_at = heliograph_now() + make_interval(secs => $2) WHERE invariant = $1`,
        [invariant, slowEveryS],
      );
      return { invariant, breach: 'too_slow' };
    }
  }

  /** Returns the results of the invariants that were checked at some time. */
  results(): Promise<CheckResult[]> {
    return this.db.query<CheckResult>(
      `SELECT invariant, broken, is_slow AS "isSlow" FROM invariant_checks WHERE invariant = ANY ($1) AND (checked_at IS NOT NULL OR is_slow)`,
      [thoroughInvariants],
    );
  }

  private async takeDue(): Promise<(typeof thoroughInvariants)[number] | null> {
    await this.db.query(`INSERT INTO invariant_checks (invariant) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING`, [thoroughInvariants]);
    const [due] = await this.db.query<{ invariant: (typeof thoroughInvariants)[number] }>(
      `WITH due AS (
         SELECT invariant FROM invariant_checks WHERE invariant = ANY ($1) AND next_at <= heliograph_now() ORDER BY next_at, invariant LIMIT 1 FOR UPDATE SKIP LOCKED
       )
       UPDATE invariant_checks c SET next_at = heliograph_now() + make_interval(secs => $2) FROM due WHERE c.invariant = due.invariant RETURNING c.invariant`,
      [thoroughInvariants, everyS],
    );
    return due?.invariant ?? null;
  }

  /** Checks the invariants that read only lanes and workers. */
  checkLanes(): Promise<Breach[]> {
    return breachesOf(this.db, cheap);
  }
}

/** Runs queries, by the name of their invariant, that return the ids of rows that break it. */
export async function breachesOf(sql: Sql, checks: Record<string, string>): Promise<Breach[]> {
  const breaches: Breach[] = [];
  for (const [invariant, check] of Object.entries(checks)) {
    const rows = await sql.query<{ id: string }>(`${check} LIMIT ${maxCounted}`);
    if (rows.length > 0) breaches.push({ invariant, count: rows.length, examples: rows.slice(0, maxExamples).map((row) => row.id) });
  }
  return breaches;
}
