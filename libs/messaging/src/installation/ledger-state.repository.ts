import { Injectable } from '@nestjs/common';
import { type Actor, Database, storedActor } from '@heliograph/kernel';
import { classRank } from '../message';
import { wakesIfWaiting } from '../lanes/lane-waking.repository';
import type { LedgerMark } from './installation-file';

/** Reason of a hold. `ledger_restored`: the ledger is behind what was written. `ledger_stale`: nothing wrote to it for a long time. */
export type HoldReason = 'ledger_restored' | 'ledger_stale' | 'server_changed' | 'installation_differs';

/** A hold that no person has released yet. */
export interface LedgerHold {
  reason: HoldReason;
  heldAt: Date;
  /** Messages accepted up to this time may have been sent later by another copy, unknown to this ledger. */
  writtenUntil: Date;
}

/** Place of a ledger. */
export interface LedgerHome {
  /** Server and database; null when the role may not read it. */
  server: string | null;
  /** Oid of the table: a restored dump makes the tables anew. Null in a ledger of before. */
  table: string | null;
}

/** The row of the ledger, read by the clock of the database. */
export interface LedgerState extends LedgerHome {
  installationId: string | null;
  lineage: string;
  superseded: string[];
  beats: number;
  beatAt: Date | null;
  hold: LedgerHold | null;
  releasedAt: Date | null;
  releasedBy: string | null;
  /** Ms since the newest heartbeat of any process; null when there was none. */
  ageMs: number | null;
  hasMessages: boolean;
}

/** Progress of the comparison with the provider's log. */
export interface HoldProgress {
  sessions: number;
  compared: number;
  /** Sessions whose log cannot be read, because they belong to no provider account or have no id there. */
  withoutAccount: number;
  /** Messages that the log proved sent. */
  found: number;
  /** Messages without proof that the release sends and that may be second copies; counted up to 100,000. */
  mayDuplicate: number;
}

/** A message without proof. */
export interface MayDuplicate {
  tenantId: string;
  sessionId: string;
  id: string;
  createdAt: Date;
  comparison: string | null;
}

/** Lease of a worker in ms. `alive_until` minus the lease is its last heartbeat. */
const leaseMs = 8_000;
/** Age in ms at which a process renews the beat. */
const beatMs = 4_000;
/** Ms that may lie between the last beat and the end of a copy: a few beats. */
const beatSlackMs = 10_000;
const maxCounted = 100_000;
/** Rank of the first class whose messages are all held: drips and broadcasts. */
const firstBulkClass = classRank('drip');

/**
 * SQL: newest beat of the ledger, over a row `s` of `ledger_state`. A ledger without a beat, as before an update, has the newest heartbeat
 * of a worker instead. Heartbeats count in no other case: a worker writes one before it has checked its ledger.
 */
const newestBeat = `coalesce(s.beat_at, (SELECT max(w.alive_until) - interval '${leaseMs} ms' FROM workers w WHERE isfinite(w.alive_until)))`;

/** SQL: true for a message that is sent while the ledger is held: an urgent one that was accepted after all that the ledger may have lost. */
export const passesHold = (m: string, writtenUntil: string): string =>
  `${m}.class < ${firstBulkClass} AND ${m}.created_at > ${writtenUntil}`;

/** SQL: true for a message `m` that waits under the hold `s` and may have been sent by the database that ran after the copy was taken. */
export const mayDuplicateOf = (m: string, s: string): string =>
  `(${m}.due_at IS NOT NULL AND ${m}.state IN ('queued', 'scheduled', 'claimed') AND ${m}.created_at <= ${s}.written_until AND ${m}.due_at <= ${s}.held_at)`;

/**
 * Reads the current hold, with its times in the text format of PostgreSQL; all null without one. The tenant role cannot read the ledger.
 */
export async function readHold(db: Database): Promise<{ reason: string | null; writtenUntil: string | null; heldAt: string | null }> {
  const [hold] = await db.query<{ reason: string | null; writtenUntil: string | null; heldAt: string | null }>(
    `SELECT hold_reason AS reason, written_until::text AS "writtenUntil", held_at::text AS "heldAt" FROM ledger_state`,
  );
  return hold ?? { reason: null, writtenUntil: null, heldAt: null };
}

interface Row extends Omit<LedgerState, 'hold' | 'beats'> {
  beats: string;
  holdReason: HoldReason | null;
  heldAt: Date | null;
  writtenUntil: Date | null;
}

const columns = `s.installation_id AS "installationId", s.lineage, s.superseded, s.beats, s.beat_at AS "beatAt", s.server, s.table_oid::text AS "table", s.hold_reason AS "holdReason", s.held_at AS "heldAt",
  s.written_until AS "writtenUntil", s.released_at AS "releasedAt", s.released_by AS "releasedBy"`;

/** Statements about the ledger as a whole. */
@Injectable()
export class LedgerStates {
  constructor(private readonly db: Database) {}

  async read(): Promise<LedgerState> {
    const [row] = await this.db.query<Row>(
      `SELECT ${columns}, extract(epoch FROM heliograph_now() - ${newestBeat})::float8 * 1000 AS "ageMs", EXISTS (SELECT 1 FROM messages) AS "hasMessages"
       FROM ledger_state s`,
    );
    if (!row) throw new Error('The ledger has no state.');
    const { beats, holdReason, heldAt, writtenUntil, ...rest } = row;
    const hold = holdReason && heldAt && writtenUntil ? { reason: holdReason, heldAt, writtenUntil } : null;
    return { ...rest, beats: Number(beats), hold };
  }

  /** Returns where this ledger is now. */
  async home(): Promise<LedgerHome> {
    const [row] = await this.db.query<LedgerHome>(
      `SELECT CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE')
         THEN (SELECT c.system_identifier::text FROM pg_control_system() c) || '/' || (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()) END AS server,
         'ledger_state'::regclass::oid::text AS "table"`,
    );
    return row as LedgerHome;
  }

  /**
   * Stores the installation's id and the place of the ledger where it has none yet. `anew`: the ledger is empty, and those that it has are
   * replaced.
   */
  async adopt(installationId: string | null, { server, table }: LedgerHome, anew: boolean): Promise<void> {
    await this.db.query(
      `UPDATE ledger_state SET installation_id = CASE WHEN $4 THEN coalesce($1, installation_id) ELSE coalesce(installation_id, $1) END,
         server = CASE WHEN $4 THEN coalesce($2, server) ELSE coalesce(server, $2) END, table_oid = CASE WHEN $4 THEN $3::oid ELSE coalesce(table_oid, $3::oid) END
       WHERE installation_id IS DISTINCT FROM $1 OR server IS DISTINCT FROM $2 OR table_oid IS DISTINCT FROM $3::oid`,
      [installationId, server, table, anew],
    );
  }

  /** Records that the ledger is in use, unless another process just did. @returns the mark to remember */
  async beat(lineage: string): Promise<LedgerMark | null> {
    const [row] = await this.db.query<{ beats: string; at: Date }>(
      `WITH beat AS (
         UPDATE ledger_state SET beats = beats + 1, beat_at = heliograph_now()
         WHERE lineage = $1 AND (beat_at IS NULL OR beat_at NOT BETWEEN heliograph_now() - interval '${beatMs} ms' AND heliograph_now()) RETURNING beats, beat_at
       )
       -- A transaction that waited for the first beat of another one does not see its time yet.
       SELECT beats, beat_at AS at FROM beat UNION ALL SELECT beats, coalesce(beat_at, heliograph_now()) FROM ledger_state WHERE lineage = $1 AND NOT EXISTS (SELECT 1 FROM beat)`,
      [lineage],
    );
    return row ? { lineage, beats: Number(row.beats), at: row.at } : null;
  }

  /**
   * Holds the ledger, unless another process has held it since it was read.
   * @param fork starts a new lineage, so that later writes differ from those made to the original after the copy
   */
  async hold(reason: HoldReason, read: LedgerState, { server, table }: LedgerHome, fork: boolean): Promise<void> {
    await this.db.transaction(async (tx) => {
      const held = await tx.query(
        `UPDATE ledger_state s SET hold_reason = $1, held_at = heliograph_now(), released_at = NULL, released_by = NULL,
           written_until = greatest(CASE WHEN s.hold_reason IS NOT NULL THEN s.written_until END,
             date_trunc('milliseconds', least(heliograph_now(), coalesce(${newestBeat} + interval '${beatSlackMs} ms', heliograph_now()))) + interval '1 ms'),
           lineage = CASE WHEN $4 THEN gen_random_uuid() ELSE s.lineage END, superseded = CASE WHEN $4 THEN s.superseded || s.lineage ELSE s.superseded END,
           server = coalesce($3, s.server), table_oid = coalesce($5::oid, s.table_oid)
         WHERE s.lineage = $2 AND ($4 OR s.hold_reason IS NULL) RETURNING 1`,
        [reason, read.lineage, server, fork, table],
      );
      if (held.length === 0) return;
      await tx.query(`DELETE FROM ledger_comparisons`);
      await tx.query(
        `INSERT INTO ledger_comparisons (session_id, tenant_id)
         SELECT l.session_id, l.tenant_id FROM lanes l CROSS JOIN ledger_state s
         WHERE EXISTS (SELECT 1 FROM messages m WHERE m.session_id = l.session_id AND ${mayDuplicateOf('m', 's')})`,
      );
    });
  }

  async progress(): Promise<HoldProgress> {
    const [row] = await this.db.query<HoldProgress>(
      `SELECT count(*)::int AS sessions, count(c.compared_at)::int AS compared,
         count(*) FILTER (WHERE c.compared_at IS NULL AND c.outcome = 'no_credentials')::int AS "withoutAccount", coalesce(sum(c.found), 0)::int AS found,
         (SELECT count(*)::int FROM (SELECT 1 FROM ledger_state s CROSS JOIN ledger_comparisons d JOIN messages m ON m.session_id = d.session_id
           WHERE s.hold_reason IS NOT NULL AND ${mayDuplicateOf('m', 's')} LIMIT ${maxCounted}) x) AS "mayDuplicate"
       FROM ledger_comparisons c`,
    );
    return row as HoldProgress;
  }

  /** Returns messages without proof, after the id `after`. */
  mayDuplicate(after: string, max: number): Promise<MayDuplicate[]> {
    return this.db.query(
      `SELECT m.tenant_id AS "tenantId", m.session_id AS "sessionId", m.id, m.created_at AS "createdAt", c.outcome AS comparison
       FROM ledger_state s CROSS JOIN ledger_comparisons c JOIN messages m ON m.session_id = c.session_id
       WHERE s.hold_reason IS NOT NULL AND ${mayDuplicateOf('m', 's')} AND m.id > $1 ORDER BY m.id LIMIT $2`,
      [after, max],
    );
  }

  /**
   * Ends the hold and wakes every lane. Messages that are sent without proof get a note in their history.
   * @param by name of the person who decided, as the actor states it
   * @param installationId the id that the ledger belongs to from now on
   * @returns how many messages may be second copies; null when nothing is held
   */
  release(actor: Actor, by: string, installationId: string | null): Promise<number | null> {
    return this.db.transaction(async (tx) => {
      const [held] = await tx.query(`SELECT 1 FROM ledger_state WHERE hold_reason IS NOT NULL FOR UPDATE`);
      if (!held) return null;
      const noted = await tx.query(
        `INSERT INTO message_events (tenant_id, message_id, attempt, from_state, to_state, cause, detail, actor, actor_ref)
         SELECT m.tenant_id, m.id, m.attempt, m.state, m.state, 'may_duplicate', $1, $2, $3 FROM ledger_state s CROSS JOIN ledger_comparisons c JOIN messages m ON m.session_id = c.session_id
         WHERE ${mayDuplicateOf('m', 's')} RETURNING 1`,
        [`released by ${by}`, ...storedActor(actor)],
      );
      await tx.query(`UPDATE ledger_state SET hold_reason = NULL, released_at = heliograph_now(), released_by = $1, installation_id = $2`, [
        by,
        installationId,
      ]);
      await tx.query(`UPDATE lanes SET ${wakesIfWaiting('lanes')} WHERE next_due_at IS NOT NULL`);
      return noted.length;
    });
  }
}
