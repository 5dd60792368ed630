import type { Sql } from '@heliograph/kernel';
import type { SendEventBody } from './event-body';

/** An event to store. */
export interface EventToStore {
  tenantId: string;
  id: string;
  body: SendEventBody;
  hash: Buffer;
  source: string;
}

/** The event stored under a key. `hash` is that of the first body. */
export interface StoredEvent {
  id: string;
  hash: Buffer;
}

/** Stores events, each once by its key. @returns the event stored under each one's key, in order */
export async function storeEvents(db: Sql, events: EventToStore[]): Promise<StoredEvent[]> {
  // One statement cannot insert a key twice: the first event of each key stands for the others of the batch.
  const first = new Map(events.toReversed().map((event) => [`${event.tenantId}/${event.body.id}`, event]));
  const given = [...first.values()].toReversed();
  const columns = [given.map((e) => e.tenantId), given.map((e) => e.body.id)];
  await db.prepared(
    'store_events',
    `INSERT INTO events (tenant_id, key, id, request_hash, name, subject, payload, occurred_at, source)
     SELECT tenant_id, key, id, hash, name, subject, payload, coalesce(occurred_at, heliograph_now()), source
     FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[], $5::text[], $6::jsonb[], $7::jsonb[], $8::timestamptz[], $9::text[]) WITH ORDINALITY
       AS e(tenant_id, key, id, hash, name, subject, payload, occurred_at, source, place) ORDER BY place
     ON CONFLICT (tenant_id, key) DO NOTHING`,
    [
      ...columns,
      given.map((e) => e.id),
      given.map((e) => e.hash),
      given.map((e) => e.body.name),
      given.map((e) => JSON.stringify(e.body.subject)),
      given.map((e) => JSON.stringify(e.body.payload)),
      // In UTC: the body may have an offset that PostgreSQL does not accept.
      given.map((e) => (e.body.occurred_at === undefined ? null : new Date(e.body.occurred_at).toISOString())),
      given.map((e) => e.source),
    ],
  );
  const rows = await db.query<{ tenant_id: string; key: string; id: string; request_hash: Buffer }>(
    `SELECT e.tenant_id, e.key, e.id, e.request_hash FROM unnest($1::uuid[], $2::text[]) AS w(tenant_id, key) JOIN events e ON e.tenant_id = w.tenant_id AND e.key = w.key`,
    columns,
  );
  const stored = new Map(rows.map((row) => [`${row.tenant_id}/${row.key}`, { id: row.id, hash: row.request_hash }]));
  return events.map((event) => stored.get(`${event.tenantId}/${event.body.id}`) as StoredEvent);
}

/** A stored event that was sent again. */
export interface RepeatedEvent {
  tenantId: string;
  id: string;
  times: number;
}

/**
 * Adds to the repeats of events. Locked events are left out, so that neither waits for the other.
 * @returns the ids of those that were counted
 */
export async function countRepeats(db: Sql, repeated: RepeatedEvent[]): Promise<Set<string>> {
  const rows = await db.prepared<{ id: string }>(
    'count_event_repeats',
    `WITH free AS (
       SELECT e.tenant_id, e.id, w.times FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS w(tenant_id, id, times) JOIN events e ON e.tenant_id = w.tenant_id AND e.id = w.id
       FOR UPDATE OF e SKIP LOCKED
     )
     UPDATE events e SET repeats = e.repeats + f.times, last_repeat_at = heliograph_now() FROM free f WHERE e.tenant_id = f.tenant_id AND e.id = f.id RETURNING e.id`,
    [repeated.map((r) => r.tenantId), repeated.map((r) => r.id), repeated.map((r) => r.times)],
  );
  return new Set(rows.map((row) => row.id));
}
