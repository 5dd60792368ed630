import { Injectable } from '@nestjs/common';
import { phonesBehind } from '@heliograph/contacts';
import { type Sql, storedKeysSql, takeKeysSql } from '@heliograph/kernel';
import { classRank } from '../message';
import { acceptedColumns, type AcceptedColumns, type RankedRow, withClass } from '../messages/message-columns.repository';
import { laneGroupOf } from '../lanes/group-claims.repository';
import { wakes } from '../lanes/lane-waking.repository';
import { stateList, unsentStates } from '../message-states';
import { contentHash } from './content-hash';
import { type MessageDraft, type SourcedDraft } from './message-draft';
import { messageOrigin } from '../message-origin';

/** A row to store: a draft with its id and its session. */
export type MessageToStore = (MessageDraft | SourcedDraft) & RowPlace;

export interface RowPlace {
  tenantId: string;
  id: string;
  sessionId: string;
  /** True when the sender named the session; false when routing picked it. */
  namesSession?: boolean;
  groupId: string | null;
}

/** A stored message as it was accepted; the same on every replay of the request. */
export interface AcceptedMessage extends AcceptedColumns {
  state: 'queued' | 'scheduled';
}

/** Result of storing one row. `stored` is false when its idempotency key or its id already existed. */
export interface StoreResult {
  stored: boolean;
  message: AcceptedMessage | null;
  /** Ms after which to ring its lane; null when a worker serves the lane already, or when nothing is due yet. */
  ringInMs: number | null;
}

/** Maximum length of a source, in characters: each claim of its message reads it. */
const maxSourceLength = 16_384;

/** An idempotency key, as it is read. */
interface KeyRow {
  keyTenant: string;
  key: string;
  requestHash: Buffer;
}

/** The message of an idempotency key. */
export interface KeyRecord {
  requestHash: Buffer;
  message: AcceptedMessage | null;
}

/** A stored message with the parts that a repeat is compared by. */
export interface StoredMessage {
  message: AcceptedMessage;
  body: unknown;
  source: unknown;
  replyTo: string | null;
}

/** Statement that stores rows. For a row without a kind, the parameter `body` carries its source: one parameter less per row. */
const storeSql = `
WITH row AS MATERIALIZED (
  SELECT r.*, n.now FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[], $6::text[], $7::text[], $8::jsonb[], $9::timestamptz[], $10::timestamptz[],
      $11::float8[], $12::text[], $13::text[], $14::uuid[], $15::bytea[], $16::int[], $17::text[], $18::bytea[], $20::jsonb[])
    WITH ORDINALITY AS r(tenant_id, id, session_id, group_id, class, kind, recipient, body, send_at, expires_at, expires_after_ms, client_ref, tags, reply_to,
      content_hash, content_window_s, key, request_hash, origin, place)
  CROSS JOIN (SELECT heliograph_now() AS now) n
), keyed AS (
  ${takeKeysSql(`SELECT DISTINCT ON (tenant_id, key) tenant_id, key, request_hash, id, NULL::timestamptz, now + $19::float8 * interval '1 hour'
    FROM row WHERE key IS NOT NULL ORDER BY tenant_id, key, place`)}
), fresh AS MATERIALIZED (
  SELECT * FROM row WHERE key IS NULL OR id IN (SELECT resource_id FROM keyed)
), stored AS (
  INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, created_at, due_at, expires_at, class, content_window_s, state, recipient, kind, body, content_hash, client_ref, tags, reply_to, send_at, origin, source)
  SELECT tenant_id, id, session_id, group_id, ${laneGroupOf('fresh')}, now, greatest(send_at, now), coalesce(expires_at, greatest(send_at, now) + expires_after_ms * interval '1 ms'), class, content_window_s,
    CASE WHEN send_at > now THEN 'scheduled' ELSE 'queued' END, recipient, kind, CASE WHEN kind IS NOT NULL THEN body END, content_hash, client_ref,
    CASE WHEN tags IS NOT NULL THEN ARRAY(SELECT jsonb_array_elements_text(tags::jsonb)) END, reply_to, send_at, origin, CASE WHEN kind IS NULL THEN body END
  FROM fresh ORDER BY place
  ON CONFLICT (tenant_id, id) DO NOTHING
  RETURNING id, state, created_at, expires_at
), lane AS (
  INSERT INTO lanes AS l (session_id, tenant_id, next_due_at, revision)
  SELECT session_id, (array_agg(tenant_id))[1], min(greatest(send_at, now)), 1 FROM fresh GROUP BY session_id ORDER BY session_id
  ON CONFLICT (session_id) DO UPDATE SET ${wakes('l', 'excluded.next_due_at')}
  -- No ring is needed for a lane whose worker has messages in flight, since it claims again by itself, nor before the lane's slot or the
  -- end of its pause.
  RETURNING l.session_id, CASE WHEN l.turn_worker IS NOT NULL THEN NULL
    WHEN greatest(l.next_slot_at, l.closed_until) > heliograph_now() THEN extract(epoch FROM greatest(l.next_slot_at, l.closed_until) - heliograph_now())::float8 * 1000
    ELSE 0 END AS ring_in_ms
)
SELECT r.place::int, s.state, s.created_at, s.expires_at, CASE WHEN s.state = 'queued' THEN l.ring_in_ms END AS ring_in_ms
FROM row r JOIN stored s ON s.id = r.id LEFT JOIN lane l ON l.session_id = r.session_id`;

/** Writes accepted messages, their idempotency keys and the next due time of their lanes in one statement. */
@Injectable()
export class MessageStore {
  /** Stores rows and returns one result per row, in order. A row whose key or id exists already is not changed. */
  async store(db: Sql, rows: MessageToStore[], keyHours: number): Promise<StoreResult[]> {
    const hashes = await this.hashes(db, rows);
    const stored = await db.prepared<{
      place: number;
      state: 'queued' | 'scheduled';
      created_at: Date;
      expires_at: Date;
      ring_in_ms: number | null;
    }>('store_messages', storeSql, [
      rows.map((r) => r.tenantId),
      rows.map((r) => r.id),
      rows.map((r) => r.sessionId),
      rows.map((r) => r.groupId),
      rows.map((r) => classRank(r.class)),
      rows.map((r) => r.body?.content.kind ?? null),
      rows.map((r) => r.recipient),
      rows.map((r) => (r.body === null ? sourceOf(r) : JSON.stringify(r.body))),
      rows.map((r) => r.sendAt),
      rows.map((r) => r.expiresAt),
      rows.map((r) => r.expiresAfterMs),
      rows.map((r) => r.clientRef),
      rows.map((r) => (r.tags ? JSON.stringify(r.tags) : null)),
      rows.map((r) => r.replyTo),
      hashes,
      rows.map((r) => r.contentWindowS),
      rows.map((r) => r.idempotencyKey),
      rows.map((r) => r.requestHash),
      keyHours,
      rows.map((r) => (r.origin ? JSON.stringify(messageOrigin.parse(r.origin)) : null)),
    ]);
    const results: StoreResult[] = rows.map(() => ({ stored: false, message: null, ringInMs: null }));
    for (const row of stored) {
      const draft = rows[row.place - 1] as MessageToStore;
      results[row.place - 1] = {
        stored: true,
        ringInMs: row.ring_in_ms,
        message: {
          id: draft.id,
          tenantId: draft.tenantId,
          sessionId: draft.sessionId,
          groupId: draft.groupId,
          recipient: draft.recipient,
          kind: draft.body?.content.kind ?? null,
          class: draft.class,
          state: row.state,
          clientRef: draft.clientRef,
          tags: draft.tags ?? [],
          sendAt: draft.sendAt,
          expiresAt: row.expires_at,
          createdAt: row.created_at,
        },
      };
    }
    return results;
  }

  /** Returns the records of these keys, by `tenantId/key`. */
  async byKeys(db: Sql, keys: { tenantId: string; key: string }[]): Promise<Map<string, KeyRecord>> {
    const rows = await db.query<KeyRow & (RankedRow<AcceptedColumns> | { id: null })>(
      `SELECT k.tenant_id AS "keyTenant", k.key, k.request_hash AS "requestHash", m.*
       FROM (${storedKeysSql('$1', '$2')}) k
       LEFT JOIN LATERAL (SELECT ${acceptedColumns} FROM messages m WHERE m.tenant_id = k.tenant_id AND m.id = k.resource_id) m ON true`,
      [keys.map((k) => k.tenantId), keys.map((k) => k.key)],
    );
    return new Map(
      rows.map(({ keyTenant, key, requestHash, ...row }) => [
        `${keyTenant}/${key}`,
        { requestHash, message: row.id === null ? null : toAccepted(row) },
      ]),
    );
  }

  /** Returns the messages of this tenant with these ids, as they were accepted, and their content. */
  async byIds(db: Sql, tenantId: string, ids: string[]): Promise<Map<string, StoredMessage>> {
    const rows = await db.prepared<RankedRow<AcceptedColumns> & { body: unknown; source: unknown; replyTo: string | null }>(
      'messages_by_ids',
      `SELECT ${acceptedColumns}, m.body, m.source, m.reply_to AS "replyTo" FROM messages m WHERE m.tenant_id = $1 AND m.id = ANY($2::uuid[])`,
      [tenantId, ids],
    );
    return new Map(rows.map(({ body, source, replyTo, ...row }) => [row.id, { message: toAccepted(row), body, source, replyTo }]));
  }

  /** Returns the sessions of those of these messages that can be quoted, by message id: messages that were sent, or may still be sent. */
  async quotable(db: Sql, tenantId: string, ids: string[]): Promise<Map<string, string>> {
    const rows = await db.prepared<{ id: string; session_id: string }>(
      'quotable_messages',
      `SELECT id, session_id FROM messages WHERE tenant_id = $1 AND id = ANY ($2::uuid[]) AND (sent_at IS NOT NULL OR state NOT IN ${stateList(unsentStates)})`,
      [tenantId, ids],
    );
    return new Map(rows.map((row) => [row.id, row.session_id]));
  }

  /**
   * Returns the hashes that guard the rows. A privacy id with a known number is the same person as the number. Queries the database only
   * when a guarded row goes to a privacy id.
   */
  private async hashes(db: Sql, rows: MessageToStore[]): Promise<(Buffer | null)[]> {
    const byLid = rows.filter((row) => row.contentHash && row.recipient.endsWith('@lid'));
    const phones = await phonesBehind(
      db,
      byLid.map(({ tenantId, recipient: lid }) => ({ tenantId, lid })),
    );
    return rows.map((row) => {
      const phone = row.contentHash && phones.get(`${row.tenantId}/${row.recipient}`);
      return phone && row.body ? contentHash(phone, row.body.content) : row.contentHash;
    });
  }
}

/** @throws Error when the source is too large */
function sourceOf({ id, source }: SourcedDraft & RowPlace): string {
  const json = JSON.stringify(source);
  if (json.length > maxSourceLength)
    throw new Error(`The source of message ${id} has ${json.length} characters, more than ${maxSourceLength}.`);
  return json;
}

function toAccepted(row: RankedRow<AcceptedColumns>): AcceptedMessage {
  return { ...withClass(row), state: row.sendAt && row.sendAt > row.createdAt ? 'scheduled' : 'queued' };
}
