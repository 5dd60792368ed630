import { Injectable } from '@nestjs/common';
import { Database } from '@heliograph/kernel';
import { type MessageBody, textOf } from '../message';
import { echoHash } from '../uncertain/echo-hash';

/** A lane is undrained when it could have sent for this long and nobody did, in ms. */
const undrainedMs = 2_000;

/** What a dead worker left. */
export interface Remains {
  workerId: string;
  /** Lanes that are free again. */
  sessionIds: string[];
  requeued: number;
  uncertain: number;
}

interface InFlightRow {
  tenant_id: string;
  id: string;
  session_id: string;
  state: 'claimed' | 'calling';
  recipient: string;
  body: MessageBody;
}

/** The statements of recovery. */
@Injectable()
export class RecoveryRepository {
  constructor(private readonly db: Database) {}

  /**
   * Takes one dead worker's leases back: what it only claimed was provably not sent and goes back to its lane, what it was
   * calling for may have left and becomes `uncertain`. Null when no worker is dead.
   */
  takeOverDeadWorker(): Promise<Remains | null> {
    return this.db.transaction(async (tx) => {
      const [dead] = await tx.query<{ id: string }>(
        `SELECT id FROM workers WHERE alive_until <= heliograph_now() ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      if (!dead) return null;
      const lanes = await tx.query<{ session_id: string }>(
        `SELECT session_id FROM lanes WHERE turn_worker = $1 ORDER BY session_id FOR UPDATE`,
        [dead.id],
      );
      const inFlight = await tx.query<InFlightRow>(
        `SELECT m.tenant_id, m.id, m.session_id, m.state, m.recipient, m.body
         FROM lanes l CROSS JOIN LATERAL unnest(l.in_flight) AS f(id) JOIN messages m ON m.tenant_id = l.tenant_id AND m.id = f.id
         WHERE l.turn_worker = $1 AND m.state IN ('claimed', 'calling') ORDER BY m.id FOR UPDATE OF m`,
        [dead.id],
      );
      const calling = inFlight.filter((row) => row.state === 'calling');
      await tx.query(
        `UPDATE messages m SET state = CASE m.state WHEN 'claimed' THEN 'queued' ELSE 'uncertain' END, cause = 'worker_died', detail = NULL,
           due_at = CASE m.state WHEN 'claimed' THEN m.due_at END, uncertain_since = CASE m.state WHEN 'calling' THEN heliograph_now() END
         FROM unnest($1::uuid[], $2::uuid[]) AS f(tenant_id, id) WHERE m.tenant_id = f.tenant_id AND m.id = f.id`,
        [inFlight.map((row) => row.tenant_id), inFlight.map((row) => row.id)],
      );
      await tx.query(
        `INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, called_at, next_check_at)
         SELECT f.session_id, f.echo_hash, f.message_id, f.tenant_id,
           coalesce((SELECT max(e.at) FROM message_events e WHERE e.tenant_id = f.tenant_id AND e.message_id = f.message_id AND e.to_state = 'calling'), heliograph_now()), heliograph_now()
         FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::uuid[]) AS f(session_id, echo_hash, message_id, tenant_id)
         ON CONFLICT DO NOTHING`,
        [
          calling.map((row) => row.session_id),
          calling.map((row) => echoHash(row.recipient, textOf(row.body.content))),
          calling.map((row) => row.id),
          calling.map((row) => row.tenant_id),
        ],
      );
      await tx.query(
        `UPDATE lanes SET turn_worker = NULL, in_flight = '{}', revision = revision + 1, next_due_at = least(next_due_at, heliograph_now()) WHERE turn_worker = $1`,
        [dead.id],
      );
      await tx.query(`DELETE FROM workers WHERE id = $1`, [dead.id]);
      return {
        workerId: dead.id,
        sessionIds: lanes.map((lane) => lane.session_id),
        requeued: inFlight.length - calling.length,
        uncertain: calling.length,
      };
    });
  }

  /** Sessions whose lane has due work and could send, and nobody takes it, oldest first. */
  async undrainedLanes(workerId: string, most: number): Promise<string[]> {
    const rows = await this.db.prepared<{ session_id: string }>(
      'undrained_lanes',
      `SELECT l.session_id FROM lanes l JOIN sessions s ON s.id = l.session_id AND s.deleted_at IS NULL
       JOIN tenants t ON t.id = l.tenant_id AND t.suspended_at IS NULL
       WHERE l.next_due_at <= heliograph_now() - $2 * interval '1 ms'
         AND l.next_slot_at <= heliograph_now() - $2 * interval '1 ms'
         AND (l.closed_until IS NULL OR l.closed_until <= heliograph_now())
         AND (l.turn_worker IS NULL OR l.turn_worker = $1)
         AND s.status = 'connected' AND s.held_reason IS NULL
       ORDER BY l.next_due_at LIMIT $3`,
      [workerId, undrainedMs, most],
    );
    return rows.map((row) => row.session_id);
  }

  /** Ends messages whose time ran out while they waited, on open and closed lanes alike. Returns how many. */
  async expire(most: number): Promise<number> {
    const rows = await this.db.prepared(
      'expire_messages',
      `UPDATE messages m SET state = 'expired', cause = 'expired', detail = NULL, due_at = NULL
       FROM (SELECT tenant_id, id FROM messages WHERE due_at IS NOT NULL AND expires_at <= heliograph_now() AND state IN ('scheduled', 'queued')
             ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED) x
       WHERE m.tenant_id = x.tenant_id AND m.id = x.id RETURNING m.id`,
      [most],
    );
    return rows.length;
  }

  /** Deletes idempotency keys and content guards that have served their time, so many of each at most. Returns the larger count. */
  async sweepExpired(most: number): Promise<number> {
    const keys = await this.db.query(
      `DELETE FROM idempotency_keys k USING (SELECT tenant_id, key FROM idempotency_keys WHERE expires_at <= heliograph_now() LIMIT $1 FOR UPDATE SKIP LOCKED) x
       WHERE k.tenant_id = x.tenant_id AND k.key = x.key RETURNING 1`,
      [most],
    );
    const guards = await this.db.query(
      `DELETE FROM content_guards g USING (SELECT tenant_id, content_hash FROM content_guards WHERE until <= heliograph_now() LIMIT $1 FOR UPDATE SKIP LOCKED) x
       WHERE g.tenant_id = x.tenant_id AND g.content_hash = x.content_hash RETURNING 1`,
      [most],
    );
    return Math.max(keys.length, guards.length);
  }
}
