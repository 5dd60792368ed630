import { Injectable } from '@nestjs/common';
import { AppError, Database, Folder, invalidBody, isUnstorable, newId, requestHash } from '@heliograph/kernel';
import { eventKey, type SendEventBody, sendEventBody } from './event-body';

/** An event as it was stored. */
export interface AcceptedEvent {
  id: string;
  key: string;
  name: string;
  /** True when the event was stored before. */
  replayed: boolean;
}

/** The origin of an event. */
export interface EventOrigin {
  /** `api`, or the name of a broker source. */
  source: string;
  /** Stands for the event's id where the body has none. */
  fallbackId?: string;
}

interface EventToStore {
  tenantId: string;
  id: string;
  body: SendEventBody;
  hash: Buffer;
  source: string;
}

/** What is stored under a key. `hash` is that of the first body. */
interface StoredEvent {
  id: string;
  hash: Buffer;
}

/** Takes in events, each once by its key, folded into batch inserts. What it returned is committed; what follows comes later. */
@Injectable()
export class EventIntake {
  private readonly folder: Folder<EventToStore, StoredEvent>;

  constructor(db: Database) {
    this.folder = new Folder({ maxBatch: 500, concurrency: 2, write: (events) => store(db, events) });
  }

  /**
   * Stores an event, whether or not anything is known of it.
   * @param body of `POST /v1/events`
   * @throws AppError `invalid_body` with the path of every fault; `event_id_reused` when the id was another event's;
   *   `value_not_storable` when the database refuses a value of it
   */
  async accept(tenantId: string, body: unknown, { source, fallbackId }: EventOrigin): Promise<AcceptedEvent> {
    const parsed = sendEventBody.safeParse(fallbackId === undefined ? body : withId(body, fallbackId));
    if (!parsed.success) throw invalidBody(parsed.error.issues);
    const event = parsed.data;
    const id = newId();
    const hash = requestHash(event);
    const stored = await this.folder.add({ tenantId, id, body: event, hash, source }).catch(orRefused);
    if (!stored.hash.equals(hash)) {
      throw new AppError('unprocessable', 'event_id_reused', 'This id was used for a different event.', { path: 'id' });
    }
    return { id: stored.id, key: event.id, name: event.name, replayed: stored.id !== id };
  }
}

/** A value that the database refuses will be refused for ever: it is the event's fault, and the database is not away. */
function orRefused(error: unknown): never {
  if (!isUnstorable(error)) throw error;
  throw new AppError('unprocessable', 'value_not_storable', 'The event holds a value that cannot be stored.');
}

function withId(body: unknown, id: string): unknown {
  if (body === null || typeof body !== 'object' || 'id' in body) return body;
  return { ...body, id: eventKey.parse(id) };
}

async function store(db: Database, events: EventToStore[]): Promise<StoredEvent[]> {
  // One statement cannot insert a key twice: the first of each stands for the others of the batch.
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
      // As UTC: the body may name an offset that PostgreSQL does not take.
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
