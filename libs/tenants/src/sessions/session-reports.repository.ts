import { type Actor, type Sql, storedActor } from '@heliograph/kernel';
import { twinOf } from '@heliograph/providers';
import { historySql } from './session-events.repository';
import type { SessionStatus, StatusSource } from './session-status';

/** A reported change of status. */
export interface StatusChange {
  sessionId: string;
  status: SessionStatus;
  rawStatus: string | null;
  reason: string | null;
  /** Statuses from which the session may move. */
  from: SessionStatus[];
  source: StatusSource;
  /** Database time (text) at which the question was asked; null: now. */
  asOf: string | null;
  /** Hash of the API key that the report is about; null: any key. */
  apiKeyHash: Buffer | null;
  /** Null: the system itself. */
  actor: Actor | null;
}

/** Returns the values of the two actor columns. */
const stored = (actor: Actor | null) => (actor ? storedActor(actor) : [null, null]);

/** Moves the session and writes its history, in one statement. Null: it did not move. */
export async function moveSession(
  sql: Sql,
  change: StatusChange,
): Promise<{ tenantId: string; from: SessionStatus; heldReason: string | null } | null> {
  const [moved] = await sql.query<{ tenantId: string; from: SessionStatus; heldReason: string | null }>(
    `WITH was AS (SELECT tenant_id, id, status FROM sessions WHERE id = $1 FOR UPDATE),
     moved AS (
       UPDATE sessions s
       SET status = $2, raw_status = $3, status_since = heliograph_now(), checks = 0,
           next_check_at = CASE $6 WHEN 'poll' THEN s.next_check_at WHEN 'send' THEN heliograph_now() + interval '2 s' ELSE heliograph_now() END,
           qr = CASE WHEN $2 = 'need_scan' THEN s.qr END, qr_expires_at = CASE WHEN $2 = 'need_scan' THEN s.qr_expires_at END,
           link_token_used_at = CASE WHEN $2 = 'connected' AND s.link_token_until > heliograph_now() THEN coalesce(s.link_token_used_at, heliograph_now()) ELSE s.link_token_used_at END
       FROM was
       WHERE s.tenant_id = was.tenant_id AND s.id = was.id AND was.status = ANY($5)
         AND ($7::timestamptz IS NULL OR s.status_since <= $7) AND ($8::bytea IS NULL OR s.api_key_hash = $8)
       RETURNING s.tenant_id, s.id, was.status AS from_status, s.held_reason
     ), history AS (
       ${historySql('moved', { fromStatus: 'from_status', toStatus: '$2', rawStatus: '$3', reason: '$4', source: '$6', actor: '$9, $10' })}
     )
     SELECT tenant_id AS "tenantId", from_status AS "from", held_reason AS "heldReason" FROM moved`,
    [
      change.sessionId,
      change.status,
      change.rawStatus,
      change.reason,
      change.from,
      change.source,
      change.asOf,
      change.apiKeyHash,
      ...stored(change.actor),
    ],
  );
  return moved ?? null;
}

/**
 * Stores the phone of the session; the first one becomes the confirmed one. The other spelling of the confirmed one is the same phone, and is
 * stored as the provider spells it. A hook counts only when its number differs from the confirmed one.
 * Null: the session was neither held nor released.
 */
export async function writePhone(
  sql: Sql,
  sessionId: string,
  phone: string,
  source: StatusSource,
  actor: Actor | null,
): Promise<{ tenantId: string; status: SessionStatus; heldReason: string | null } | null> {
  const [turned] = await sql.query<{ tenantId: string; status: SessionStatus; heldReason: string | null }>(
    `WITH was AS (SELECT tenant_id, id, held_reason FROM sessions WHERE id = $1 AND status <> 'deleted' AND ($3 <> 'hook' OR confirmed_phone NOT IN ($2, $6)) FOR UPDATE),
     changed AS (
       UPDATE sessions s SET phone = $2, confirmed_phone = CASE WHEN s.confirmed_phone <> $6 THEN s.confirmed_phone ELSE $2 END
       FROM was
       WHERE s.tenant_id = was.tenant_id AND s.id = was.id AND (s.phone IS DISTINCT FROM $2 OR s.confirmed_phone IS NULL OR s.confirmed_phone = $6 AND $6 <> $2)
       RETURNING s.tenant_id, s.id, s.status, s.held_reason, was.held_reason AS held_before
     ), history AS (
       ${historySql('changed', { reason: `coalesce(held_reason, 'phone_restored')`, source: '$3', actor: '$4, $5' })} WHERE held_reason IS DISTINCT FROM held_before
     )
     SELECT tenant_id AS "tenantId", status, held_reason AS "heldReason" FROM changed WHERE held_reason IS DISTINCT FROM held_before`,
    [sessionId, phone, source, ...stored(actor), twinOf(phone) ?? phone],
  );
  return turned ?? null;
}

/** Stores a QR text for `seconds`, while the session is not connected. */
export async function writeQr(sql: Sql, sessionId: string, qr: string, seconds: number): Promise<void> {
  await sql.query(
    `UPDATE sessions SET qr = $2, qr_expires_at = heliograph_now() + make_interval(secs => $3) WHERE id = $1 AND status NOT IN ('connected', 'deleted')`,
    [sessionId, qr, seconds],
  );
}
