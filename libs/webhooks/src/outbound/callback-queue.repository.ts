import { Injectable } from '@nestjs/common';
import { addDurationsSql, Database, Folder, newId, type Tx } from '@heliograph/kernel';
import { DeadLetters } from '@heliograph/dead-letters';
import { CallbackEvents, type OrderKey } from './callback-events.repository';
import { callbackLetters } from './callback-letters';
import { allPriorities, type CallbackPriority, priorities } from './callback-types';
import type { CountedCalls } from './call-tally';
import type { PostOutcome } from './post-outcome';

/** A callback that is due. */
export interface DueCallback {
  eventId: string;
  attempts: number;
  body: string;
}

/** One POST: a single callback, or a batch formed earlier. */
export interface DuePost {
  /** The header `webhook-id`: the id of the event or of the batch. */
  id: string;
  batchId: string | null;
  priority: CallbackPriority;
  callbacks: DueCallback[];
}

/** Result of one callback of a POST. */
export interface CallbackResult {
  tenantId: string;
  endpointId: string;
  eventId: string;
  /** Number of the attempt, from 1: the result of an older attempt is ignored. */
  attempt: number;
  batchId: string | null;
  outcome: PostOutcome;
  /** Seconds until the next attempt; null: no attempt is left. */
  nextS: number | null;
  durationMs: number;
  response: string | null;
}

/** Turn of an endpoint. */
export interface EndpointTurnLease {
  tenantId: string;
  id: string;
  turnId: string;
}

interface DueRow {
  event_id: string;
  batch_id: string | null;
  priority: CallbackPriority;
  attempts: number;
  body: string;
}

/** Lease of a turn in s: the worker renews it within this time; after that another worker may take the turn. */
export const turnS = 15;
/** Maximum turns that a worker takes at once. */
const maxTurns = 100;

/** SQL that changes whenever a call would look different: after a change of the settings, and when the previous secret expires. */
export const callRevision = `2 * revision + CASE WHEN previous_secret_until > heliograph_now() THEN 1 ELSE 0 END`;

/** SQL for the endpoint if this turn is still valid and the endpoint may be called. */
const open = `SELECT id, ordered, ${callRevision} AS revision FROM callback_endpoints WHERE tenant_id = $1 AND id = $2 AND turn_id = $3 AND turn_until > heliograph_now()
  AND state = 'active' AND (closed_until IS NULL OR closed_until <= heliograph_now())`;

/** SQL condition on callbacks `c`: their event is in none of the POSTs $4. */
const notInFlight = `c.event_id <> ALL ($4::uuid[]) AND (c.batch_id IS NULL OR c.batch_id <> ALL ($4))`;

/** SQL that is true when a failed call disables the endpoint `e`; `d` has the reason. */
const disables = `e.state = 'active' AND d.reason IS NOT NULL`;

/**
 * Due callbacks by endpoint. One worker at a time has the turn of an endpoint, so that its open calls, its rate and its order are local to
 * that worker, and single callbacks need no lease.
 */
@Injectable()
export class CallbackQueue {
  private readonly folder: Folder<CallbackResult[], void>;

  constructor(
    private readonly db: Database,
    private readonly letters: DeadLetters,
    private readonly events: CallbackEvents,
  ) {
    this.folder = new Folder({
      write: (posts) => this.writeAll(posts.flat()).then(() => posts.map(() => undefined)),
      maxBatch: 200,
      concurrency: 1,
    });
  }

  /** Takes the turns of endpoints that have due callbacks and no worker. */
  takeTurns(): Promise<EndpointTurnLease[]> {
    return this.db.prepared(
      'take_callback_turns',
      `WITH RECURSIVE waiting AS (
         -- Endpoints with anything pending: one step of the index for each, however much waits.
         (SELECT endpoint_id FROM callbacks WHERE state = 'pending' AND NOT waits ORDER BY endpoint_id LIMIT 1)
         UNION ALL
         SELECT n.endpoint_id FROM waiting w CROSS JOIN LATERAL (
           SELECT c.endpoint_id FROM callbacks c WHERE c.state = 'pending' AND NOT c.waits AND c.endpoint_id > w.endpoint_id ORDER BY c.endpoint_id LIMIT 1) n
       ), due AS MATERIALIZED (
         SELECT w.endpoint_id, min(n.next_attempt_at) AS next_attempt_at FROM waiting w CROSS JOIN unnest($3::smallint[]) AS p(priority) CROSS JOIN LATERAL (
           SELECT c.next_attempt_at FROM callbacks c WHERE c.endpoint_id = w.endpoint_id AND c.priority = p.priority AND c.state = 'pending' AND NOT c.waits
           ORDER BY c.next_attempt_at LIMIT 1) n GROUP BY 1
       ), free AS (
         SELECT e.tenant_id, e.id FROM callback_endpoints e JOIN due d ON d.endpoint_id = e.id AND d.next_attempt_at <= heliograph_now()
         WHERE e.state = 'active' AND e.turn_until <= heliograph_now() AND (e.closed_until IS NULL OR e.closed_until <= heliograph_now())
         ORDER BY e.id LIMIT $1 FOR UPDATE OF e SKIP LOCKED
       )
       UPDATE callback_endpoints e SET turn_id = gen_random_uuid(), turn_until = heliograph_now() + $2 * interval '1 s' FROM free f WHERE e.tenant_id = f.tenant_id AND e.id = f.id
       RETURNING e.tenant_id AS "tenantId", e.id, e.turn_id AS "turnId"`,
      [maxTurns, turnS, allPriorities],
    );
  }

  /** Renews the turn. False: another worker has it. */
  async keepTurn({ id, turnId }: EndpointTurnLease): Promise<boolean> {
    const rows = await this.db.prepared(
      'keep_callback_turn',
      `UPDATE callback_endpoints SET turn_until = heliograph_now() + $3 * interval '1 s' WHERE id = $1 AND turn_id = $2 RETURNING id`,
      [id, turnId, turnS],
    );
    return rows.length > 0;
  }

  /** Ends the turn. @param restS seconds until another worker may take it, which restarts the count of the endpoint's rate */
  async giveTurn({ id, turnId }: EndpointTurnLease, restS: number): Promise<void> {
    await this.db.query(
      `UPDATE callback_endpoints SET turn_until = heliograph_now() + $3 * interval '1 s' WHERE id = $1 AND turn_id = $2`,
      [id, turnId, restS],
    );
  }

  /**
   * Returns callbacks that may be sent now, by priority and time; for an ordered endpoint, only the first of each conversation.
   * @param inFlight ids of the open POSTs, single events and batches
   * @param rooms maximum callbacks of each priority
   * @param aheadReceipts ids of fetched receipts that wait; returned again if their priority was raised
   * @returns null when the endpoint must not be called: the turn is lost, or it is paused or closed
   */
  async due(
    endpoint: EndpointTurnLease,
    inFlight: string[],
    rooms: number[],
    aheadReceipts: string[] = [],
  ): Promise<{ revision: number; posts: DuePost[] } | null> {
    const rows = await this.db.prepared<{ revision: number } & { [K in keyof DueRow]: DueRow[K] | null }>(
      'due_callbacks',
      `WITH open AS MATERIALIZED (${open})
       SELECT o.revision, d.event_id, d.batch_id, d.priority, d.attempts, v.body FROM open o
       LEFT JOIN LATERAL (
         SELECT n.* FROM unnest($5::smallint[], $6::int[]) AS p(priority, room) CROSS JOIN LATERAL (
           SELECT c.tenant_id, c.event_id, c.batch_id, c.priority, c.attempts, c.next_attempt_at, c.seq FROM callbacks c
           WHERE c.endpoint_id = o.id AND c.priority = p.priority AND c.state = 'pending' AND NOT c.waits AND c.next_attempt_at <= heliograph_now() AND ${notInFlight}
             AND (c.priority < ${priorities.receipts} OR c.event_id <> ALL ($7::uuid[]))
           ORDER BY c.next_attempt_at, c.seq LIMIT p.room) n
       ) d ON true
       LEFT JOIN callback_events v ON v.tenant_id = d.tenant_id AND v.id = d.event_id
       ORDER BY d.priority, d.next_attempt_at, d.seq`,
      [endpoint.tenantId, endpoint.id, endpoint.turnId, inFlight, allPriorities, rooms, aheadReceipts],
    );
    const [first] = rows;
    if (!first) return null;
    const due = rows.filter((row): row is DueRow & { revision: number } => row.event_id !== null);
    return {
      revision: first.revision,
      posts: due.map((row) => ({ id: row.event_id, batchId: null, priority: row.priority, callbacks: [toDue(row)] })),
    };
  }

  /** Returns the next batch of an endpoint: a due batch as formed earlier, or a new one of due callbacks. */
  async dueBatch(endpoint: EndpointTurnLease, inFlight: string[], size: number): Promise<{ revision: number; posts: DuePost[] } | null> {
    const rows = await this.db.prepared<{ revision: number } & { [K in keyof DueRow]: DueRow[K] | null }>(
      'due_callback_batch',
      `WITH open AS MATERIALIZED (${open}), first AS MATERIALIZED (
         -- In order: what came first of the most urgent goes first, and what waits holds up the rest. By priority and then by place a conversation is in its order.
         SELECT o.ordered, f.* FROM open o CROSS JOIN LATERAL (
           (SELECT c.batch_id, c.next_attempt_at FROM callbacks c WHERE o.ordered AND c.endpoint_id = o.id AND c.state = 'pending' ORDER BY c.priority, c.seq LIMIT 1)
           UNION ALL
           (SELECT n.batch_id, n.next_attempt_at FROM unnest($7::smallint[]) AS p(priority) CROSS JOIN LATERAL (
              SELECT c.priority, c.batch_id, c.next_attempt_at FROM callbacks c
              WHERE NOT o.ordered AND c.endpoint_id = o.id AND c.priority = p.priority AND c.state = 'pending' AND NOT c.waits AND c.next_attempt_at <= heliograph_now()
                AND ${notInFlight} ORDER BY c.next_attempt_at, c.seq LIMIT 1) n ORDER BY n.priority LIMIT 1)
         ) f WHERE f.next_attempt_at <= heliograph_now() AND NOT (o.ordered AND cardinality($4::uuid[]) > 0)
       ), members AS MATERIALIZED (
         (SELECT c.event_id FROM first f JOIN callbacks c ON c.endpoint_id = $2 AND c.state = 'pending' AND c.batch_id = f.batch_id)
         UNION ALL
         -- In order what follows the first goes with it, due or not, up to what is formed already: nothing is passed over.
         (SELECT n.event_id FROM first f CROSS JOIN LATERAL (
            SELECT c.*, count(c.batch_id) OVER (ORDER BY c.priority, c.seq) AS formed FROM (
              SELECT event_id, priority, seq, batch_id FROM callbacks WHERE f.ordered AND f.batch_id IS NULL AND endpoint_id = $2 AND state = 'pending'
              ORDER BY priority, seq LIMIT $5) c) n
          WHERE n.formed = 0)
         UNION ALL
         (SELECT n.* FROM first f CROSS JOIN LATERAL (
            SELECT m.event_id FROM unnest($7::smallint[]) AS p(priority) CROSS JOIN LATERAL (
              SELECT c.event_id, c.priority, c.next_attempt_at, c.seq FROM callbacks c
              WHERE NOT f.ordered AND f.batch_id IS NULL AND c.endpoint_id = $2 AND c.priority = p.priority AND c.state = 'pending' AND NOT c.waits
                AND c.batch_id IS NULL AND c.next_attempt_at <= heliograph_now() AND c.event_id <> ALL ($4)
              ORDER BY c.next_attempt_at, c.seq LIMIT $5) m ORDER BY m.priority, m.next_attempt_at, m.seq LIMIT $5) n)
       ), formed AS (
         -- By key: joined, they would be looked for among all that the endpoint has.
         UPDATE callbacks c SET batch_id = coalesce(c.batch_id, $6) WHERE c.tenant_id = $1 AND c.endpoint_id = $2 AND c.event_id = ANY (ARRAY(SELECT event_id FROM members))
           -- One may have been settled while this waited for its row. Not by "=", which would offer the indexes of all that is pending instead of the key.
           AND c.state IS NOT DISTINCT FROM 'pending'
         RETURNING c.tenant_id, c.event_id, c.batch_id, c.priority, c.attempts, c.seq
       )
       SELECT o.revision, m.event_id, m.batch_id, m.priority, m.attempts, v.body FROM open o LEFT JOIN formed m ON true
       LEFT JOIN callback_events v ON v.tenant_id = m.tenant_id AND v.id = m.event_id ORDER BY m.seq`,
      [endpoint.tenantId, endpoint.id, endpoint.turnId, inFlight, size, newId(), allPriorities],
    );
    const [first] = rows;
    if (!first) return null;
    const due = rows.filter((row): row is DueRow & { revision: number } => row.event_id !== null);
    const batchId = due[0]?.batch_id;
    const priority = Math.min(...due.map((row) => row.priority)) as CallbackPriority;
    return { revision: first.revision, posts: batchId ? [{ id: batchId, batchId, priority, callbacks: due.map(toDue) }] : [] };
  }

  /**
   * Writes the results of all callbacks of a POST in one transaction: if only some of a batch were settled, its next attempt would be
   * another POST.
   */
  settle(post: CallbackResult[]): Promise<void> {
    return this.folder.add(post);
  }

  /**
   * Counts a failed call. Disables an endpoint that answered 410 or has failed for too long. Ignores a 410 and a requested wait when the
   * endpoint was changed or resumed since the call was made.
   * @returns what to report: failing for an hour or a day, or disabled; null: nothing new
   */
  async failed(
    tx: Tx,
    endpoint: { tenantId: string; id: string; revision: number },
    { gone, closeS }: Pick<PostOutcome, 'gone' | 'closeS'>,
    disableAfterHours: number,
  ): Promise<{ alert: 'failing' | 'disabled' | null; reason: string | null; failingSince: Date }> {
    const [row] = await tx.query<{ was: number; now: number; reason: string | null; failing_since: Date }>(
      `WITH was AS (
         SELECT tenant_id, id, alerts, coalesce(failing_since, heliograph_now()) AS since, revision = $6::int / 2 AS same FROM callback_endpoints WHERE tenant_id = $1 AND id = $2 FOR UPDATE
       )
       UPDATE callback_endpoints e SET failures = e.failures + 1, failing_since = w.since,
         closed_until = greatest(e.closed_until, CASE WHEN w.same AND $4 > 0 THEN heliograph_now() + $4 * interval '1 s' END),
         state = CASE WHEN ${disables} THEN 'disabled' ELSE e.state END,
         disabled_reason = CASE WHEN e.state = 'active' THEN d.reason ELSE e.disabled_reason END,
         changed_by = CASE WHEN ${disables} THEN 'callbacks' ELSE e.changed_by END, changed_by_ref = CASE WHEN ${disables} THEN 'system:callbacks' ELSE e.changed_by_ref END,
         changed_at = CASE WHEN ${disables} THEN heliograph_now() ELSE e.changed_at END,
         alerts = CASE WHEN d.reason IS NOT NULL THEN 3 WHEN heliograph_now() - w.since >= interval '1 day' THEN 2 WHEN heliograph_now() - w.since >= interval '1 hour' THEN 1 ELSE w.alerts END
       FROM was w CROSS JOIN LATERAL (SELECT CASE WHEN w.same AND $3 THEN 'gone' WHEN heliograph_now() - w.since >= $5 * interval '1 hour' THEN 'failing' END AS reason) d
       WHERE e.tenant_id = w.tenant_id AND e.id = w.id RETURNING w.alerts AS was, e.alerts AS now, e.disabled_reason AS reason, e.failing_since`,
      [endpoint.tenantId, endpoint.id, gone, closeS, disableAfterHours, endpoint.revision],
    );
    if (!row || row.now <= row.was) return { alert: null, reason: null, failingSince: row?.failing_since ?? new Date(0) };
    return { alert: row.now === 3 ? 'disabled' : 'failing', reason: row.reason, failingSince: row.failing_since };
  }

  /**
   * Records that the endpoint works again. A requested wait still applies.
   * @returns the number of consecutive failures, and whether they were reported
   */
  async recovered(tx: Tx, endpoint: { tenantId: string; id: string }): Promise<{ failures: number; wasReported: boolean }> {
    const [row] = await tx.query<{ failures: number; alerts: number }>(
      `WITH was AS (SELECT tenant_id, id, failures, alerts FROM callback_endpoints WHERE tenant_id = $1 AND id = $2 FOR UPDATE)
       UPDATE callback_endpoints e SET failures = 0, failing_since = NULL, alerts = 0 FROM was w WHERE e.tenant_id = w.tenant_id AND e.id = w.id
       RETURNING w.failures, w.alerts`,
      [endpoint.tenantId, endpoint.id],
    );
    return { failures: row?.failures ?? 0, wasReported: (row?.alerts ?? 0) > 0 };
  }

  /** Adds calls to the counts of this hour. */
  async count(counted: CountedCalls[]): Promise<void> {
    if (counted.length === 0) return;
    await this.db.prepared(
      'count_callback_calls',
      `INSERT INTO callback_hours AS h (tenant_id, endpoint_id, hour, calls, failed, durations)
       SELECT tenant_id, endpoint_id, date_trunc('hour', heliograph_now(), 'UTC'), calls, failed, durations::int[]
       FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::text[]) AS g(tenant_id, endpoint_id, calls, failed, durations) ORDER BY endpoint_id
       ON CONFLICT (tenant_id, endpoint_id, hour) DO UPDATE SET calls = h.calls + excluded.calls, failed = h.failed + excluded.failed,
         durations = ${addDurationsSql('h.durations', 'excluded.durations')}`,
      [
        counted.map((c) => c.tenantId),
        counted.map((c) => c.endpointId),
        counted.map((c) => c.calls),
        counted.map((c) => c.failed),
        counted.map((c) => `{${c.durations.join(',')}}`),
      ],
    );
  }

  /** Makes callbacks that wait for a retry due at once. */
  async hurry(endpointId: string): Promise<void> {
    while (await this.events.hurry(this.db, endpointId));
  }

  private writeAll(results: CallbackResult[]): Promise<void> {
    return this.db.transaction(async (tx) => {
      await this.events.holdOrder(
        tx,
        results.map((r) => r.endpointId),
      );
      const moved = await tx.query<{ endpoint_id: string; event_id: string; state: string; order_key: string | null }>(
        `WITH d AS MATERIALIZED (
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::bool[], $6::float8[], $7::int[], $8::text[], $9::int[], $10::text[], $11::uuid[])
             AS d(tenant_id, endpoint_id, event_id, attempt, delivered, next_s, status, reason, duration_ms, response, batch_id)
         ), logged AS (
           INSERT INTO callback_attempts (tenant_id, endpoint_id, event_id, attempt, batch_id, status, reason, duration_ms, response)
           SELECT tenant_id, endpoint_id, event_id, attempt, batch_id, status, reason, duration_ms, response FROM d
         )
         UPDATE callbacks c SET attempts = d.attempt, last_status = d.status, last_reason = d.reason,
           state = CASE WHEN d.delivered THEN 'delivered' WHEN d.next_s IS NULL THEN 'dead' ELSE 'pending' END,
           settled_at = CASE WHEN d.delivered OR d.next_s IS NULL THEN heliograph_now() END,
           next_attempt_at = CASE WHEN d.next_s IS NULL THEN c.next_attempt_at ELSE heliograph_now() + d.next_s * interval '1 s' END
         FROM d WHERE c.tenant_id = d.tenant_id AND c.endpoint_id = d.endpoint_id AND c.event_id = d.event_id AND c.state = 'pending' AND c.attempts = d.attempt - 1
         RETURNING c.endpoint_id, c.event_id, c.state, c.order_key`,
        [
          results.map((r) => r.tenantId),
          results.map((r) => r.endpointId),
          results.map((r) => r.eventId),
          results.map((r) => r.attempt),
          results.map((r) => r.outcome.delivered),
          results.map((r) => (r.outcome.delivered ? null : r.nextS)),
          results.map((r) => r.outcome.status),
          results.map((r) => r.outcome.reason),
          results.map((r) => r.durationMs),
          results.map((r) => r.response),
          results.map((r) => r.batchId),
        ],
      );
      await this.events.release(
        tx,
        moved.flatMap((m): OrderKey | [] =>
          m.order_key !== null && m.state !== 'pending' ? { endpointId: m.endpoint_id, key: m.order_key } : [],
        ),
      );
      const states = new Map(moved.map((m) => [`${m.endpoint_id}/${m.event_id}`, m.state]));
      await this.letters.open(
        tx,
        results.flatMap((r) => {
          const subjectId = `${r.endpointId}/${r.eventId}`;
          if (states.get(subjectId) !== 'dead') return [];
          const detail = r.outcome.status
            ? `The endpoint answered ${r.outcome.status}.`
            : `The endpoint could not be called (${r.outcome.reason}).`;
          return { tenantId: r.tenantId, kind: callbackLetters.name, subjectId, sessionId: null, cause: 'callback_undelivered', detail };
        }),
      );
    });
  }
}

const toDue = (row: DueRow): DueCallback => ({ eventId: row.event_id, attempts: row.attempts, body: row.body });
