import { Injectable } from '@nestjs/common';
import { AppError, ChangeFeed, Database, Folder, invalidBody, isUnstorable, newId, requestHash } from '@heliograph/kernel';
import { eventKey, sendEventBody } from './event-body';
import { type EventToStore, type StoredEvent, storeEvents } from './event-store.repository';
import { RepeatCounter } from './repeat-counter';

/** An event as stored. */
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
  /** Used when the body has no id. */
  fallbackId?: string;
}

/** Stores events, each once by its key, in combined inserts. Returned events are committed; rules are evaluated later. */
@Injectable()
export class EventIntake {
  private readonly folder: Folder<EventToStore, StoredEvent>;
  private readonly repeats: RepeatCounter;

  constructor(
    db: Database,
    private readonly feed: ChangeFeed,
  ) {
    this.repeats = new RepeatCounter(db);
    this.folder = new Folder({ maxBatch: 500, concurrency: 2, write: (events) => storeEvents(db, events) });
  }

  /**
   * Stores an event, whether or not its type is known.
   * @param body of `POST /v1/events`
   * @throws AppError `invalid_body` with the path of every fault; `event_id_reused` when another event has the id; `value_not_storable`
   * when the database refuses a value
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
    const replayed = stored.id !== id;
    this.feed.notifyAll('events', tenantId);
    if (replayed) this.repeats.add(tenantId, stored.id);
    return { id: stored.id, key: event.id, name: event.name, replayed };
  }
}

/** Converts the error of a value that the database refuses: this fault of the event is permanent, and the database is available. */
function orRefused(error: unknown): never {
  if (!isUnstorable(error)) throw error;
  throw new AppError('unprocessable', 'value_not_storable', 'The event contains a value that cannot be stored.');
}

function withId(body: unknown, id: string): unknown {
  if (body === null || typeof body !== 'object' || 'id' in body) return body;
  return { ...body, id: eventKey.parse(id) };
}
