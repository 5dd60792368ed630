import { Injectable, type OnModuleInit } from '@nestjs/common';
import {
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
  type Tx,
} from '@heliograph/kernel';
import { DeadLetters, Redrive } from '@heliograph/messaging';
import type { EventSubject } from './event-body';
import type { EventToEvaluate } from './event-evaluation';

export const eventStates = ['received', 'done', 'rejected', 'failed'] as const;
export type EventState = (typeof eventStates)[number];

/** The result of one rule for an event; names are those in the database. */
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
}

/** Filter of a list or a replay. */
export interface EventFilter {
  state?: EventState | undefined;
  reason?: string | undefined;
  name?: string | undefined;
  key?: string | undefined;
  contactId?: string | undefined;
  ids?: string[] | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
}

const chunk = 5_000;
const eventList = new List('events', listKeys.id);
/** Events that one replay takes. */
const maxPerReplay = 100_000;
/** Names the process that reads, among all. */
const readerLock = `hashtextextended('heliograph events reader', 0)`;
const columns = `e.id, e.key, e.name, e.subject, e.payload, e.occurred_at AS "occurredAt", e.source, e.received_at AS "receivedAt", e.state, e.reason, e.detail, e.results,
  e.contact_id AS "contactId", e.processed_at AS "processedAt"`;
const where = `e.tenant_id = $1 AND ($2::text IS NULL OR e.state = $2) AND ($3::text IS NULL OR e.reason = $3) AND ($4::text IS NULL OR e.name = $4) AND ($5::text IS NULL OR e.key = $5)
  AND ($6::uuid IS NULL OR e.contact_id = $6) AND ($7::uuid[] IS NULL OR e.id = ANY ($7)) AND ($8::timestamptz IS NULL OR e.received_at >= $8)
  AND ($9::timestamptz IS NULL OR e.received_at < $9)`;

/** Events and what became of them. */
@Injectable()
export class Events implements OnModuleInit {
  constructor(
    private readonly db: Database,
    private readonly letters: DeadLetters,
    private readonly redrive: Redrive,
  ) {}

  onModuleInit(): void {
    this.redrive.register('event', (tx, tenantId, ids) => this.again(tx, tenantId, ids));
  }

  /** Newest first. */
  list(tenantId: string, filter: EventFilter, page: PageRequest): Promise<Page<StoredEvent>> {
    const [before] = eventList.after(page) ?? [];
    const { from, to } = filter;
    const { values, given } = sqlConditions(tenantId);
    const range = [
      'e.tenant_id = $1',
      ...given(before, (p) => `e.id < ${p}::uuid`),
      ...given(from && idBefore(from), (p) => `e.id >= ${p}::uuid`),
      ...given(to && idAfter(to), (p) => `e.id < ${p}::uuid`),
      ...given(filter.key, (p) => `e.key = ${p}`),
      ...given(filter.state, (p) => `e.state = ${p}`),
    ];
    const checked = [
      ...given(filter.reason, (p) => `e.reason = ${p}`),
      ...given(filter.name, (p) => `e.name = ${p}`),
      ...given(filter.contactId, (p) => `e.contact_id = ${p}`),
      ...given(from, (p) => `e.received_at >= ${p}`),
      ...given(to, (p) => `e.received_at < ${p}`),
    ];
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

  /** Has events read again, oldest first, at most 100,000. What a rule did for an event it does not do twice. @returns how many */
  async replay(tenantId: string, filter: EventFilter): Promise<number> {
    let replayed = 0;
    for (let after: string | null = null; replayed < maxPerReplay;) {
      const rows: { id: string }[] = await this.db.forTenant(tenantId, async (tx) => {
        const found = await tx.query<{ id: string }>(
          `SELECT e.id FROM events e WHERE ${where} AND e.state <> 'received' AND ($10::uuid IS NULL OR e.id > $10) ORDER BY e.id LIMIT $11`,
          [...params(tenantId, filter), after, chunk],
        );
        const ids = found.map((row) => row.id);
        await this.again(tx, tenantId, ids);
        // A letter about an event that is read again is not about anything any more.
        await this.letters.resolve(tx, tenantId, 'event', ids, 'It was replayed.');
        return found;
      });
      replayed += rows.length;
      if (rows.length < chunk) break;
      after = rows.at(-1)?.id ?? null;
    }
    return replayed;
  }

  /**
   * Events that wait, each tenant's oldest first and every tenant the same number, so that a flood of one holds up no other. None
   * while another process reads: whoever takes reads alone until its transaction ends.
   * @param only nothing but this one
   */
  take(tx: Tx, limit: number, only?: { tenantId: string; id: string }): Promise<EventToEvaluate[]> {
    return tx.prepared<EventToEvaluate>(
      'take_events',
      `WITH RECURSIVE waiting AS (
         -- One step of the index for each tenant, however much waits.
         (SELECT tenant_id FROM events WHERE state = 'received' ORDER BY tenant_id LIMIT 1)
         UNION ALL
         SELECT n.tenant_id FROM waiting w CROSS JOIN LATERAL (SELECT tenant_id FROM events WHERE state = 'received' AND tenant_id > w.tenant_id ORDER BY tenant_id LIMIT 1) n
       ), open AS MATERIALIZED (
         SELECT w.tenant_id FROM waiting w JOIN tenants t ON t.id = w.tenant_id AND t.suspended_at IS NULL
         WHERE ($3::uuid IS NULL OR w.tenant_id = $3) AND (SELECT pg_try_advisory_xact_lock(${readerLock})) ORDER BY random() LIMIT $1
       )
       SELECT e.tenant_id AS "tenantId", e.id, e.key, e.name, e.subject, e.payload, e.occurred_at AS "occurredAt",
         extract(epoch FROM heliograph_now() - e.occurred_at)::float8 AS "ageS", ARRAY(SELECT r->>'rule_id' FROM jsonb_array_elements(e.results) r WHERE r->>'outcome' = 'acted') AS acted
       FROM open o CROSS JOIN LATERAL (
         SELECT x.* FROM events x WHERE x.tenant_id = o.tenant_id AND x.state = 'received' AND ($2::uuid IS NULL OR x.id = $2) ORDER BY x.seq LIMIT $1 / (SELECT count(*) FROM open)
       ) e ORDER BY e.seq`,
      [limit, only?.id ?? null, only?.tenantId ?? null],
    );
  }

  /** Events that could be read now, without taking them. */
  waiting(limit: number): Promise<{ tenantId: string; id: string }[]> {
    return this.db.query(
      `SELECT e.tenant_id AS "tenantId", e.id FROM events e JOIN tenants t ON t.id = e.tenant_id AND t.suspended_at IS NULL WHERE e.state = 'received' ORDER BY e.tenant_id, e.seq LIMIT $1`,
      [limit],
    );
  }

  /** Counts a try of an event that the caller has taken, by itself: the count stays whatever becomes of the try. @returns the try's number, from 1 */
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
      `WITH m AS (
         UPDATE events e SET state = d.state, reason = d.reason, detail = d.detail, results = d.results, contact_id = d.contact_id, processed_at = heliograph_now()
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[]) AS d(tenant_id, id, state, reason, detail, results, contact_id)
         WHERE e.tenant_id = d.tenant_id AND e.id = d.id RETURNING e.received_at
       )
       SELECT extract(epoch FROM heliograph_now() - min(received_at))::float8 AS lag FROM m`,
      [
        events.map((e) => e.tenantId),
        events.map((e) => e.id),
        read.map((r) => r.state),
        read.map((r) => r.reason),
        // The words of a fault may quote what a rule holds.
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

function params(tenantId: string, { state, reason, name, key, contactId, ids, from, to }: EventFilter): unknown[] {
  return [tenantId, state ?? null, reason ?? null, name ?? null, key ?? null, contactId ?? null, ids ?? null, from ?? null, to ?? null];
}
