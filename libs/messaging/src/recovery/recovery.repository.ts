import { Injectable } from '@nestjs/common';
import { Database, type Sql } from '@heliograph/kernel';
import { isSessionKept, isSessionOpen, isTenantOpen, sessionOf, tenantOf } from '@heliograph/tenants';
import { dueWaitingOf, expiryOf, isOpen, keepsPlace, partingGroups } from '../lanes/group-claims.repository';
import { lastSlotOf } from '../lanes/lane-rules.repository';
import { wakes } from '../lanes/lane-waking.repository';
import { leaseMs } from '../lanes/worker-lease';
import { type MessageBody, textOfBody } from '../message';
import { mayMove } from '../message-states';
import { echoHash } from '../uncertain/echo-hash';

/** Ms for which a lane could have sent, without any worker serving it, before recovery takes it. */
const undrainedMs = 2_000;
/** Maximum pause of a lane: the pauses of the provider last an hour or less. */
const maxPauseMs = 2 * 60 * 60_000;

/** Result of taking over a dead worker. */
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
  /** Null for a claimed message whose body is not made yet. */
  body: MessageBody | null;
}

/** The statements of recovery. */
@Injectable()
export class RecoveryRepository {
  constructor(private readonly db: Database) {}

  /**
   * Takes back the leases of one dead worker, or of a worker without a row. Messages that it only claimed were provably not sent and return
   * to their lanes; messages that it was calling for may have left and become `uncertain`. Null when no worker is dead.
   */
  takeOverDeadWorker(): Promise<Remains | null> {
    return this.db.transaction(async (tx) => {
      const [dead] = await tx.query<{ id: string }>(
        `SELECT id FROM workers WHERE alive_until <= heliograph_now() ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      const [gone] = dead
        ? [dead]
        : await tx.query<{ id: string }>(
            `SELECT l.turn_worker AS id FROM lanes l WHERE l.turn_worker IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM workers w WHERE w.id = l.turn_worker) LIMIT 1`,
          );
      if (!gone) return null;
      const lanes = await tx.query<{ session_id: string }>(
        `SELECT session_id FROM lanes WHERE turn_worker = $1 ORDER BY session_id FOR UPDATE`,
        [gone.id],
      );
      const sessionIds = lanes.map((lane) => lane.session_id);
      const counts = await takeBack(tx, sessionIds, 'worker_died');
      await tx.query(`DELETE FROM workers WHERE id = $1`, [gone.id]);
      return { workerId: gone.id, sessionIds, ...counts };
    });
  }

  /** Takes back one lane of a worker that is alive, because an outcome of this lane could not be written. */
  async takeBackLane(sessionId: string, workerId: string): Promise<void> {
    await this.db.transaction(async (tx) => {
      const [lane] = await tx.query(`SELECT 1 FROM lanes WHERE session_id = $1 AND turn_worker = $2 FOR UPDATE`, [sessionId, workerId]);
      if (lane) await takeBack(tx, [sessionId], 'outcome_not_written');
    });
  }

  /** Returns the sessions whose lane has due work, could send, and is served by no worker, oldest first. */
  async undrainedLanes(workerId: string, max: number): Promise<string[]> {
    const rows = await this.db.prepared<{ session_id: string }>(
      'undrained_lanes',
      `SELECT l.session_id FROM lanes l JOIN ${sessionOf('s', 'l')} AND ${isSessionKept('s')} AND ${isSessionOpen('s')}
       JOIN ${tenantOf('t', 'l.tenant_id')} AND ${isTenantOpen('t')}
       WHERE l.next_due_at <= heliograph_now() - $2 * interval '1 ms'
         AND l.next_slot_at <= heliograph_now() - $2 * interval '1 ms'
         AND (l.closed_until IS NULL OR l.closed_until <= heliograph_now())
         AND (l.turn_worker IS NULL OR l.turn_worker = $1)
       ORDER BY l.next_due_at LIMIT $3`,
      [workerId, undrainedMs, max],
    );
    return rows.map((row) => row.session_id);
  }

  /**
   * Corrects times that a fast clock, set right since, left further in the future than any lease, slot or pause can lie. Returns the number
   * of lanes that it changed.
   */
  async boundTimes(): Promise<number> {
    await this.db.query(
      `UPDATE workers SET alive_until = heliograph_now() + $1 * interval '1 ms'
       WHERE alive_until > heliograph_now() + 2 * $1 * interval '1 ms'`,
      [leaseMs],
    );
    const lanes = await this.db.query(
      `WITH ahead AS MATERIALIZED (
         SELECT l.session_id, s.slot, p.pause, ${lastSlotOf('l', 'heliograph_now()')} AS last_slot, d.is_due FROM lanes l
         CROSS JOIN LATERAL (SELECT l.next_slot_at > ${lastSlotOf('l', 'heliograph_now()')} AS slot) s
         CROSS JOIN LATERAL (SELECT coalesce(l.closed_until > heliograph_now() + $1 * interval '1 ms', false) AS pause) p
         CROSS JOIN LATERAL (
           -- A cap or a window may delay the lane by a day or more; the next claim computes it.
           SELECT coalesce(l.next_due_at > heliograph_now() + interval '26 hours', false)
             AND ${dueWaitingOf('l', 'heliograph_now()')} AS is_due
         ) d
         WHERE s.slot OR p.pause OR d.is_due ORDER BY l.session_id FOR UPDATE OF l SKIP LOCKED
       )
       UPDATE lanes l SET
         next_slot_at = CASE WHEN a.slot THEN a.last_slot ELSE l.next_slot_at END,
         closed_until = CASE WHEN a.pause THEN NULL ELSE l.closed_until END,
         closed_reason = CASE WHEN a.pause THEN NULL ELSE l.closed_reason END,
         ${wakes('l', 'CASE WHEN a.is_due THEN heliograph_now() END')}
       FROM ahead a WHERE l.session_id = a.session_id RETURNING 1`,
      [maxPauseMs],
    );
    return lanes.length;
  }

  /** Ends waiting messages that expired, on open and closed lanes alike. Returns true when there may be more. */
  async expire(max: number): Promise<boolean> {
    const plain = await this.db.prepared(
      'expire_messages',
      `UPDATE messages m SET state = 'expired', cause = 'expired', detail = NULL, due_at = NULL
       FROM (SELECT tenant_id, id FROM messages e WHERE e.lane_group IS NULL AND e.due_at IS NOT NULL AND e.expires_at <= heliograph_now()
               AND ${mayMove('e.state', 'expired', 'expiry')} AND ${keepsPlace('e', `(${partingGroups}) p`)}
             ORDER BY e.expires_at LIMIT $1 FOR UPDATE SKIP LOCKED) x
       WHERE m.tenant_id = x.tenant_id AND m.id = x.id RETURNING m.id`,
      [max],
    );
    const ofGroups = await this.expireOfGroups(max);
    return plain.length === max || ofGroups === max;
  }

  /**
   * Ends expired messages of open groups. A message that waited through a pause gets the length of the pause added here, when it would have
   * expired: this writes the message once, and only if it was not sent before.
   */
  private async expireOfGroups(max: number): Promise<number> {
    const rows = await this.db.prepared(
      'expire_group_messages',
      `UPDATE messages m SET expires_at = x.ends_at, pauses_counted_at = CASE WHEN x.ends_at > heliograph_now() THEN heliograph_now() END,
         state = CASE WHEN x.ends_at <= heliograph_now() THEN 'expired' ELSE m.state END,
         cause = CASE WHEN x.ends_at <= heliograph_now() THEN 'expired' ELSE m.cause END,
         detail = CASE WHEN x.ends_at <= heliograph_now() THEN NULL ELSE m.detail END,
         due_at = CASE WHEN x.ends_at > heliograph_now() THEN m.due_at END
       FROM (SELECT o.tenant_id, l.id, l.ends_at FROM (SELECT DISTINCT tenant_id, group_id FROM lane_groups) o
             LEFT JOIN message_groups g ON g.tenant_id = o.tenant_id AND g.id = o.group_id
             CROSS JOIN LATERAL (
               SELECT e.id, ${expiryOf('e', "coalesce(g.pauses, '{}')")} AS ends_at FROM messages e
               WHERE e.group_id = o.group_id AND e.lane_group = o.group_id AND e.tenant_id = o.tenant_id AND e.due_at IS NOT NULL
                 AND e.expires_at <= heliograph_now() AND ${mayMove('e.state', 'expired', 'expiry')}
               ORDER BY e.expires_at LIMIT $1 FOR UPDATE SKIP LOCKED) l
             WHERE ${isOpen('g')} LIMIT $1) x
       WHERE m.tenant_id = x.tenant_id AND m.id = x.id RETURNING m.id`,
      [max],
    );
    return rows.length;
  }
}

/** Frees these lanes, which the transaction has locked, and settles the messages that their worker had in flight. */
async function takeBack(tx: Sql, sessionIds: string[], cause: string): Promise<Pick<Remains, 'requeued' | 'uncertain'>> {
  const inFlight = await tx.query<InFlightRow>(
    `SELECT m.tenant_id, m.id, m.session_id, m.state, m.recipient, m.body
     FROM lanes l CROSS JOIN LATERAL unnest(l.in_flight) AS f(id) JOIN messages m ON m.tenant_id = l.tenant_id AND m.id = f.id
     WHERE l.session_id = ANY ($1::uuid[]) AND ${mayMove('m.state', ['queued', 'uncertain'], 'recovery')} ORDER BY m.id FOR UPDATE OF m`,
    [sessionIds],
  );
  const calling = inFlight.filter((row) => row.state === 'calling');
  await tx.query(
    `UPDATE messages m SET state = CASE m.state WHEN 'claimed' THEN 'queued' ELSE 'uncertain' END, cause = $3, detail = NULL,
       due_at = CASE m.state WHEN 'claimed' THEN m.due_at END, uncertain_since = CASE m.state WHEN 'calling' THEN heliograph_now() END
     FROM unnest($1::uuid[], $2::uuid[]) AS f(tenant_id, id) WHERE m.tenant_id = f.tenant_id AND m.id = f.id`,
    [inFlight.map((row) => row.tenant_id), inFlight.map((row) => row.id), cause],
  );
  await tx.query(
    `INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, called_at, next_check_at)
     SELECT f.session_id, f.echo_hash, f.message_id, f.tenant_id,
       coalesce((SELECT max(e.at) FROM message_events e
         WHERE e.tenant_id = f.tenant_id AND e.message_id = f.message_id AND e.to_state = 'calling'), heliograph_now()),
       heliograph_now()
     FROM unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::uuid[]) AS f(session_id, echo_hash, message_id, tenant_id)
     ON CONFLICT DO NOTHING`,
    [
      calling.map((row) => row.session_id),
      calling.map((row) => echoHash(row.recipient, textOfBody(row.body))),
      calling.map((row) => row.id),
      calling.map((row) => row.tenant_id),
    ],
  );
  await tx.query(
    `UPDATE lanes SET turn_worker = NULL, in_flight = '{}', ${wakes('lanes')}
     WHERE session_id = ANY ($1::uuid[])`,
    [sessionIds],
  );
  return { requeued: inFlight.length - calling.length, uncertain: calling.length };
}
