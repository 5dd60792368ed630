import { Injectable } from '@nestjs/common';
import { type Actor, type Sql, storedActor, systemActor, type TransactionRange, type Tx } from '@heliograph/kernel';
import type { SessionEvent } from './session';

/** A change of a session's status, with its tenant and session. */
export interface ReportedSessionEvent extends Omit<SessionEvent, 'actor'> {
  /** The transaction that wrote it. */
  tx: string;
  tenantId: string;
  sessionId: string;
}

/** Parts of the system, by the source of their reports. An event with the source `api` and no actor was stored before actors were. */
const bySource: Record<string, Actor | undefined> = {
  hook: systemActor('hooks'),
  poll: systemActor('session_checks'),
  send: systemActor('sender'),
  system: systemActor('sessions'),
};

/** SQL of the actor of an event, stored with it or derived from its source. */
export const withSessionActor = (event: SessionEvent): SessionEvent => ({ ...event, actor: event.actor ?? bySource[event.source] ?? null });

/** SQL of an entry in the history of sessions. Without a status, it notes something that happened in the current one. */
interface HistoryEntry {
  fromStatus?: string;
  toStatus?: string;
  rawStatus?: string;
  reason: string;
  source?: string;
  /** Name and reference of the actor. */
  actor: string;
}

/** SQL: adds an entry for each session of `rows`, whose columns are tenant_id, id and status, and what the entry names. */
export const historySql = (
  rows: string,
  { fromStatus = 'status', toStatus = 'status', rawStatus = 'NULL', reason, source = `'api'`, actor }: HistoryEntry,
): string =>
  `INSERT INTO session_events (tenant_id, session_id, from_status, to_status, raw_status, reason, source, actor, actor_ref)
   SELECT tenant_id, id, ${fromStatus}, ${toStatus}, ${rawStatus}, ${reason}, ${source}, ${actor} FROM ${rows}`;

/** Adds a person's change of a session or its lane to the session's history, in the caller's transaction. */
export async function noteOnSession(tx: Sql, tenantId: string, actor: Actor, sessionId: string, reason: string): Promise<void> {
  await tx.query(`${historySql('sessions', { reason: '$3', actor: '$4, $5' })} WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL`, [
    tenantId,
    sessionId,
    reason,
    ...storedActor(actor),
  ]);
}

/** Notes that begin and end holds of a session: a person's pause, and a phone that is not the confirmed one. */
const holds = [
  { begins: 'paused', ends: ['resumed'] },
  { begins: 'phone_changed', ends: ['phone_confirmed', 'phone_restored'] },
];
const notesOfHolds = holds.map(({ begins, ends }) => [begins, ...ends]);
/** Maximum number of changes from which the spans of a session are derived. */
const maxChanges = 2_000;

/** Reads the history of sessions, by the transactions that wrote it. */
@Injectable()
export class SessionEvents {
  /** Returns the spans within another in which nothing was sent through the session: it was not connected, or held. */
  async closedBetween(
    sql: Sql,
    tenantId: string,
    sessionId: string,
    span: { from: Date; until: Date },
  ): Promise<{ from: Date; until: Date }[]> {
    const of = 'tenant_id = $1 AND session_id = $2';
    const before = (which: string) => `(SELECT * FROM session_events WHERE ${of} AND at <= $3 AND ${which} ORDER BY id DESC LIMIT 1)`;
    const isNote = (notes: string[]) => `reason IN (${notes.map((note) => `'${note}'`).join(', ')})`;
    const changes = await sql.query<{ at: Date; from: string; to: string; reason: string | null }>(
      `SELECT at, from_status AS "from", to_status AS "to", reason FROM (
         ${before('from_status <> to_status')}
         UNION ALL ${notesOfHolds.map((notes) => before(`from_status = to_status AND ${isNote(notes)}`)).join(' UNION ALL ')}
         UNION ALL (SELECT * FROM session_events WHERE ${of} AND at > $3 AND at < $4 AND (from_status <> to_status OR ${isNote(notesOfHolds.flat())})
           ORDER BY id LIMIT ${maxChanges})
       ) e ORDER BY id`,
      [tenantId, sessionId, span.from, span.until],
    );
    const closed: { from: Date; until: Date }[] = [];
    let status = changes.find(({ from, to }) => from !== to)?.from ?? 'connected';
    const held = new Set<string>();
    let since: Date | null = status === 'connected' ? null : span.from;
    for (const { at, from, to, reason } of changes) {
      if (from !== to) status = to;
      for (const { begins, ends } of from === to ? holds : []) {
        if (reason === begins) held.add(begins);
        else if (ends.includes(reason ?? '')) held.delete(begins);
      }
      const isOpen = status === 'connected' && held.size === 0;
      if (isOpen && since && at > span.from) closed.push({ from: since, until: at });
      since = isOpen ? null : (since ?? (at > span.from ? at : span.from));
    }
    return since ? [...closed, { from: since, until: span.until }] : closed;
  }

  /** Returns changes of status of these tenants' sessions, oldest first. */
  between(tx: Tx, { from, to }: TransactionRange, tenantIds: string[]): Promise<ReportedSessionEvent[]> {
    return tx.prepared<ReportedSessionEvent>(
      'session_events_between',
      `SELECT tx::text, tenant_id AS "tenantId", session_id AS "sessionId", id::text, at, from_status AS "fromStatus", to_status AS "toStatus", raw_status AS "rawStatus", reason, source
       FROM session_events WHERE tx >= $1 AND tx < $2 AND tenant_id = ANY ($3::uuid[]) AND from_status <> to_status ORDER BY id`,
      [from, to, tenantIds],
    );
  }

  /**
   * Returns the time since which we receive messages of newly linked sessions: older messages that arrive now are history that WhatsApp
   * replays. It is the start of the gap before the last linking, or the first linking. Omits sessions that were not linked
   * since their registration.
   */
  async listeningSince(sql: Sql, sessionIds: string[]): Promise<Map<string, Date>> {
    const rows = await sql.prepared<{ id: string; since: Date }>(
      'listening_since',
      `SELECT s.id, coalesce(
         (SELECT e.at FROM session_events e WHERE e.tenant_id = s.tenant_id AND e.session_id = s.id AND e.from_status = 'connected' AND e.to_status <> 'connected' AND e.id <= l.id ORDER BY e.id DESC LIMIT 1),
         (SELECT e.at FROM session_events e WHERE e.tenant_id = s.tenant_id AND e.session_id = s.id AND e.to_status = 'connected' AND e.from_status <> 'connected' AND e.id > l.id ORDER BY e.id LIMIT 1),
         heliograph_now()) AS since
       FROM unnest($1::uuid[]) w(id) JOIN sessions s ON s.id = w.id
       CROSS JOIN LATERAL (SELECT e.id FROM session_events e WHERE e.tenant_id = s.tenant_id AND e.session_id = s.id AND e.to_status IN ('need_scan', 'need_passkey', 'logged_out') ORDER BY e.id DESC LIMIT 1) l`,
      [sessionIds],
    );
    return new Map(rows.map((row) => [row.id, row.since]));
  }
}
