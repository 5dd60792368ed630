import { wakes } from '../lanes/lane-waking.repository';
import { classRank, type MessageClass } from '../message';

/** SQL: the id of a message that follows from its origin, in the form of a UUIDv7 of the time `ms`. The same inputs give the same id. */
export const derivedMessageId = (ms: string, of: string): string => `(
  SELECT (lpad(to_hex(${ms}), 12, '0') || '7' || substr(d.h, 1, 3) || substr('89ab', (get_byte(d.b, 2) & 3) + 1, 1) || substr(d.h, 7, 15))::uuid
  FROM (SELECT h.b, encode(h.b, 'hex') AS h FROM (SELECT sha256(convert_to(${of}, 'UTF8')) AS b) h) d)`;

/**
 * SQL: two parts of a WITH clause that store messages whose bodies are made right before the call, in a group that stands apart, and wake their
 * lanes. `stored_messages` has the ids that are new: an id that exists is left alone. `woken_lanes` has `session_id` and `ring_in_ms`, null
 * where no ring is needed. Lanes are locked after the messages are written, so that claims wait for the end of the statement only.
 * @param rows query with the columns tenant_id, id, session_id, group_id, recipient, due_at (null: now), window_ends_at, window_zone, expires_at,
 *   content_window_s, origin and source
 */
export const storeSourcedSql = (rows: string, of: { class: MessageClass }): string => `stored_messages AS (
  INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, created_at, due_at, window_ends_at, window_zone, expires_at, class, content_window_s, state, recipient, send_at, origin, source)
  SELECT r.tenant_id, r.id, r.session_id, r.group_id, r.group_id, n.now, greatest(r.due_at, n.now), r.window_ends_at, r.window_zone, r.expires_at, ${classRank(of.class)}, r.content_window_s,
    CASE WHEN r.due_at > n.now THEN 'scheduled' ELSE 'queued' END, r.recipient, CASE WHEN r.due_at > n.now THEN r.due_at END, r.origin, r.source
  FROM (${rows}) r CROSS JOIN (SELECT heliograph_now() AS now) n ORDER BY r.id
  ON CONFLICT (tenant_id, id) DO NOTHING
  RETURNING tenant_id, id, session_id, due_at, state
), woken_lanes AS (
  INSERT INTO lanes AS l (session_id, tenant_id, next_due_at, revision)
  SELECT s.session_id, (array_agg(s.tenant_id))[1], min(s.due_at), 1 FROM stored_messages s GROUP BY s.session_id ORDER BY s.session_id
  ON CONFLICT (session_id) DO UPDATE SET ${wakes('l', 'excluded.next_due_at')}
  RETURNING l.session_id, CASE WHEN l.turn_worker IS NULL THEN greatest(0, extract(epoch FROM greatest(l.next_due_at, l.next_slot_at, l.closed_until) - heliograph_now())::float8 * 1000) END AS ring_in_ms
)`;
