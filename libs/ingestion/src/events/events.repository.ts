import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
  type Actor,
  actorColumn,
  AppError,
  cleanDeep,
  cleanText,
  Database,
  List,
  listKeys,
  notFound,
  type Page,
  type PageRequest,
  idAfter,
  idBefore,
  readPage,
  sqlConditions,
  type Sql,
  storedActor,
  type Tx,
} from '@heliograph/kernel';
import { selfSql } from '@heliograph/contacts';
import { DeadLetters, LetterHandlers } from '@heliograph/dead-letters';
import { isTenantOpen, tenantOf } from '@heliograph/tenants';
import type { EventSubject } from './event-body';
import type { EventToEvaluate } from './event-evaluation';
import { eventLetters } from './event-letters';

export const eventStates = ['received', 'done', 'rejected', 'failed'] as const;
export type EventState = (typeof eventStates)[number];

/** Result of one rule for an event; names are those in the database. */
export interface EventResult {
  rule_id: string;
  rule_version: number;
  outcome: 'acted' | 'not_matched' | 'failed';
  detail: string | null;
  message_ids: string[];
}

/** The result of reading an event. */
export interface ReadEvent {
  state: Exclude<EventState, 'received'>;
  reason: string | null;
  detail: string | null;
  results: EventResult[];
  contactId: string | null;
}

/** An event with its result. */
export interface StoredEvent {
  id: string;
  key: string;
  name: string;
  subject: EventSubject;
  payload: Record<string, unknown>;
  occurredAt: Date;
  source: string;
  receivedAt: Date;
  state: EventState;
  reason: string | null;
  detail: string | null;
  results: EventResult[];
  contactId: string | null;
  processedAt: Date | null;
  /** Times it was sent again. */
  repeats: number;
  lastRepeatAt: Date | null;
  /** Parts as they were sent; null: never corrected. */
  original: EventParts | null;
  correctedBy: Actor | null;
  correctedAt: Date | null;
}

/** Parts of an event that can be corrected. */
export interface EventParts {
  name: string;
  subject: EventSubject;
  payload: Record<string, unknown>;
}

/** Filter of a list or a replay. */
export interface EventFilter {
  state?: EventState | EventState[] | undefined;
  reason?: string | undefined;
  name?: string | undefined;
  key?: string | undefined;
  contactId?: string | undefined;
  /** True: those that were sent again. */
  repeated?: boolean | undefined;
  ids?: string[] | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

/** Events that one request replays; a bulk job replays more. */
export const maxEventsPerReplay = 5_000;
/** Events that a count for a replay counts. */
const maxCounted = 100_000;
const eventList = new List('events', listKeys.id);
/** Lock of the single reading process. */
const readerLock = `hashtextextended('heliograph events reader', 0)`;
const columns = `e.id, e.key, e.name, e.subject, e.payload, e.occurred_at AS "occurredAt", e.source, e.received_at AS "receivedAt", e.state, e.reason, e.detail, e.results,
  e.contact_id AS "contactId", e.processed_at AS "processedAt", e.repeats, e.last_repeat_at AS "lastRepeatAt", e.original, ${actorColumn('e.corrected_by')} AS "correctedBy", e.corrected_at AS "correctedAt"`;

/** Events and their results. */
@Injectable()
export class Events implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly letters: DeadLetters,
    private readonly handlers: LetterHandlers,
  ) {}

  onModuleInit(): void {
    this.handlers.register(eventLetters, {
      redrive: (tx, tenantId, letters) =>
        this.again(
          tx,
          tenantId,
          letters.map(({ subjectId }) => subjectId),
        ),
    });
  }

  /** Returns events, newest first. */
  list(tenantId: string, filter: EventFilter, page: PageRequest): Promise<Page<StoredEvent>> {
    const [before] = eventList.after(page) ?? [];
    const { values, given, range, checked } = conditionsOf(tenantId, filter);
    range.push(...given(before, (p) => `e.id < ${p}::uuid`));
    return this.db.forTenant(tenantId, (tx) =>
      readPage<StoredEvent>(tx, eventList, page, { columns, from: 'events e', range, checked, order: 'e.id DESC', key: ['e.id'], values }),
    );
  }

  /** @throws AppError not_found */
  async get(tenantId: string, id: string): Promise<StoredEvent> {
    const [row] = await this.db.forTenant(tenantId, (tx) =>
      tx.query<StoredEvent>(`SELECT ${columns} FROM events e WHERE e.tenant_id = $1 AND e.id = $2`, [tenantId, id]),
    );
    if (!row) throw notFound('event');
    return row;
  }

  /** Counts the events that a replay would take, up to 100,000. */
  count(tenantId: string, filter: EventFilter): Promise<number> {
    return this.db.forTenant(tenantId, (tx) => this.countIn(tx, tenantId, filter, maxCounted));
  }

  /** Counts the events that a replay would take. @param max more are counted as this number; absent: all */
  async countIn(sql: Sql, tenantId: string, filter: EventFilter, max?: number): Promise<number> {
    const { values, given, range, checked } = replayable(tenantId, filter);
    const [row] = await sql.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (SELECT 1 FROM events e WHERE ${[...range, ...checked].join(' AND ')} ${given(max, (p) => `LIMIT ${p}`).join('')}) matching`,
      values,
    );
    return row?.count ?? 0;
  }

  /**
   * Replaces parts of a rejected event and replays it. What was sent first is kept, and a repeat of it is still recognised.
   * @throws AppError `not_found`; `not_rejected`, since rules may have acted on another event
   */
  correct(tenantId: string, id: string, parts: Partial<EventParts>, actor: Actor): Promise<StoredEvent> {
    return this.db.forTenant(tenantId, async (tx) => {
      const [row] = await tx.query<StoredEvent>(
        `UPDATE events e SET original = coalesce(e.original, jsonb_build_object('name', e.name, 'subject', e.subject, 'payload', e.payload)),
           name = coalesce($3, e.name), subject = coalesce($4::jsonb, e.subject), payload = coalesce($5::jsonb, e.payload),
           corrected_by = $6, corrected_by_ref = $7, corrected_at = heliograph_now(), state = 'received', reason = NULL, detail = NULL, tries = 0, processed_at = NULL
         WHERE e.tenant_id = $1 AND e.id = $2 AND e.state = 'rejected' RETURNING ${columns}`,
        [
          tenantId,
          id,
          parts.name ?? null,
          parts.subject ? JSON.stringify(parts.subject) : null,
          parts.payload ? JSON.stringify(parts.payload) : null,
          ...storedActor(actor),
        ],
      );
      if (row) {
        await this.letters.resolve(tx, tenantId, eventLetters.name, [id], 'The event was corrected.', actor);
        return row;
      }
      const known = await tx.query(`SELECT 1 FROM events WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      if (known.length === 0) throw notFound('event');
      throw new AppError('conflict', 'not_rejected', 'Only a rejected event can be corrected: rules may have acted on this one.');
    });
  }

  /**
   * Replays events at once, oldest first. An action that a rule ran for an event is not run again. @returns their number
   * @throws AppError `too_many_matches` when they are more than one request replays
   */
  replay(tenantId: string, filter: EventFilter, actor: Actor): Promise<number> {
    return this.db.forTenant(tenantId, async (tx) => {
      const ids = await this.lockNext(tx, tenantId, filter, { after: null, limit: maxEventsPerReplay + 1 });
      if (ids.length > maxEventsPerReplay)
        throw new AppError(
          'unprocessable',
          'too_many_matches',
          `More than ${maxEventsPerReplay.toLocaleString('en')} events match. Replay them by POST /v1/events/bulk-replay.`,
        );
      await this.replaySome(tx, tenantId, ids, actor);
      return ids.length;
    });
  }

  /** Locks the next events that a replay takes, oldest first. */
  async lockNext(
    tx: Sql,
    tenantId: string,
    filter: EventFilter,
    { after, limit }: { after: string | null; limit: number },
  ): Promise<string[]> {
    const { values, given, range, checked } = replayable(tenantId, filter);
    const matches = [...range, ...checked, ...given(after ?? undefined, (p) => `e.id > ${p}::uuid`)];
    const rows = await tx.query<{ id: string }>(
      `SELECT e.id FROM events e WHERE ${matches.join(' AND ')} ORDER BY e.id ${given(limit, (p) => `LIMIT ${p}`).join('')} FOR UPDATE`,
      values,
    );
    return rows.map(({ id }) => id);
  }

  /** Replays locked events. A letter about one of them is settled. */
  async replaySome(tx: Tx, tenantId: string, ids: string[], actor: Actor): Promise<void> {
    await this.again(tx, tenantId, ids);
    await this.letters.resolve(tx, tenantId, eventLetters.name, ids, 'The event was replayed.', actor);
  }

  /**
   * Takes waiting events: the oldest of each tenant, the same number for every tenant, so that a flood of one delays no other. None while
   * another process reads: the lock lasts until the transaction ends.
   * @param only takes only this event
   */
  async take(tx: Tx, limit: number, only?: { tenantId: string; id: string }): Promise<EventToEvaluate[]> {
    // In a statement of its own: the next one sees what the reader before committed, and takes none of it again.
    const [lock] = await tx.prepared<{ held: boolean }>('lock_events', `SELECT pg_try_advisory_xact_lock(${readerLock}) AS held`);
    if (!lock?.held) return [];
    return tx.prepared<EventToEvaluate>(
      'take_events',
      `WITH RECURSIVE waiting AS (
         -- One step of the index for each tenant, however much waits.
         (SELECT tenant_id FROM events WHERE state = 'received' ORDER BY tenant_id LIMIT 1)
         UNION ALL
         SELECT n.tenant_id FROM waiting w CROSS JOIN LATERAL (SELECT tenant_id FROM events WHERE state = 'received' AND tenant_id > w.tenant_id ORDER BY tenant_id LIMIT 1) n
       ), open AS MATERIALIZED (
         SELECT w.tenant_id FROM waiting w JOIN ${tenantOf('t', 'w.tenant_id')} AND ${isTenantOpen('t')}
         WHERE ($3::uuid IS NULL OR w.tenant_id = $3) ORDER BY random() LIMIT $1
       )
       SELECT e.tenant_id AS "tenantId", e.id, e.key, e.name, e.subject, e.payload, e.occurred_at AS "occurredAt",
         extract(epoch FROM heliograph_now() - e.occurred_at)::float8 AS "ageS", ARRAY(SELECT r->>'rule_id' FROM jsonb_array_elements(e.results) r WHERE r->>'outcome' = 'acted') AS acted
       FROM open o CROSS JOIN LATERAL (
         SELECT x.* FROM events x WHERE x.tenant_id = o.tenant_id AND x.state = 'received' AND ($2::uuid IS NULL OR x.id = $2) ORDER BY x.seq LIMIT $1 / (SELECT count(*) FROM open)
       ) e ORDER BY e.seq`,
      [limit, only?.id ?? null, only?.tenantId ?? null],
    );
  }

  /** Returns the events that could be read now, without taking them. */
  waiting(limit: number): Promise<{ tenantId: string; id: string }[]> {
    return this.db.query(
      `SELECT e.tenant_id AS "tenantId", e.id FROM events e JOIN ${tenantOf('t', 'e.tenant_id')} AND ${isTenantOpen('t')} WHERE e.state = 'received' ORDER BY e.tenant_id, e.seq LIMIT $1`,
      [limit],
    );
  }

  /**
   * Counts that a process begins to read an event alone that the caller has taken, on its own connection, so that the count stays even if
   * the process ends. @returns how many processes did
   */
  async countTry({ tenantId, id }: { tenantId: string; id: string }): Promise<number> {
    const [row] = await this.db.query<{ tries: number }>(
      `UPDATE events SET tries = tries + 1 WHERE tenant_id = $1 AND id = $2 RETURNING tries`,
      [tenantId, id],
    );
    return row?.tries ?? 1;
  }

  /** @returns the age of the oldest of them, in s */
  async settle(tx: Tx, events: Pick<EventToEvaluate, 'tenantId' | 'id'>[], read: ReadEvent[]): Promise<number> {
    const [row] = await tx.query<{ lag: number | null }>(
      `WITH d AS MATERIALIZED (
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[]) AS d(tenant_id, id, state, reason, detail, results, contact_id)
       ), m AS (
         UPDATE events e SET state = d.state, reason = d.reason, detail = d.detail, results = d.results, contact_id = d.contact_id, processed_at = heliograph_now()
         FROM d WHERE e.tenant_id = d.tenant_id AND e.id = d.id RETURNING e.received_at
       ), counted AS (
         INSERT INTO event_rule_counts AS k (tenant_id, rule_id, version, acted, not_matched, failed, last_acted_at, last_at)
         SELECT d.tenant_id, (r->>'rule_id')::uuid, (r->>'rule_version')::int, count(*) FILTER (WHERE r->>'outcome' = 'acted'), count(*) FILTER (WHERE r->>'outcome' = 'not_matched'),
           count(*) FILTER (WHERE r->>'outcome' = 'failed'), CASE WHEN bool_or(r->>'outcome' = 'acted') THEN heliograph_now() END, heliograph_now()
         FROM d CROSS JOIN LATERAL jsonb_array_elements(d.results) r GROUP BY 1, 2, 3
         ON CONFLICT (tenant_id, rule_id, version) DO UPDATE SET acted = k.acted + excluded.acted, not_matched = k.not_matched + excluded.not_matched,
           failed = k.failed + excluded.failed, last_acted_at = coalesce(excluded.last_acted_at, k.last_acted_at), last_at = excluded.last_at
       )
       SELECT extract(epoch FROM heliograph_now() - min(received_at))::float8 AS lag FROM m`,
      [
        events.map((e) => e.tenantId),
        events.map((e) => e.id),
        read.map((r) => r.state),
        read.map((r) => r.reason),
        // The message of a fault may quote the rule.
        read.map((r) => r.detail && cleanText(r.detail)),
        read.map((r) => JSON.stringify(cleanDeep(r.results))),
        read.map((r) => r.contactId),
      ],
    );
    return row?.lag ?? 0;
  }

  private async again(tx: Sql, tenantId: string, ids: string[]): Promise<void> {
    await tx.query(
      `UPDATE events SET state = 'received', reason = NULL, detail = NULL, tries = 0, processed_at = NULL WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND state <> 'received'`,
      [tenantId, ids],
    );
  }
}

/** Returns the conditions of a filter: an index serves `range`, and `checked` filters its result. */
function conditionsOf(tenantId: string, { state, reason, name, key, contactId, repeated, ids, from, to }: EventFilter) {
  const { values, given } = sqlConditions(tenantId);
  const range = [
    'e.tenant_id = $1',
    ...given(ids, (p) => `e.id = ANY (${p}::uuid[])`),
    ...given(from && idBefore(from), (p) => `e.id >= ${p}::uuid`),
    ...given(to && idAfter(to), (p) => `e.id < ${p}::uuid`),
    ...given(key, (p) => `e.key = ${p}`),
    ...given(contactId, (p) => `e.contact_id = ANY (ARRAY(${selfSql('$1::uuid', `${p}::uuid`)}))`),
    ...given(state, (p) => (Array.isArray(state) ? `e.state = ANY (${p}::text[])` : `e.state = ${p}`)),
  ];
  const checked = [
    ...given(reason, (p) => `e.reason = ${p}`),
    ...given(name, (p) => `e.name = ${p}`),
    ...given(repeated, (p) => `(e.repeats > 0) = ${p}`),
    ...given(from, (p) => `e.received_at >= ${p}`),
    ...given(to, (p) => `e.received_at < ${p}`),
  ];
  return { values, given, range, checked };
}

/** Returns the conditions of a filter for a replay: an event that waits is read anyway. */
function replayable(tenantId: string, filter: EventFilter) {
  const { range, ...rest } = conditionsOf(tenantId, filter);
  return { ...rest, range: [...range, `e.state <> 'received'`] };
}
