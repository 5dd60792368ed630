import { classRank, type MessageClass, type MessageState } from '../message';
import { stateList } from '../message-states';
import { wakes } from '../lanes/lane-waking.repository';
import type { OriginKind } from '../message-origin';

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

const countedIn = (tenantId: string, groupId: string, states: MessageState[]): string => `coalesce((
  SELECT sum(gc.count) > 0 FROM message_group_counts gc
  WHERE gc.tenant_id = ${tenantId} AND gc.group_id = ${groupId} AND gc.state IN ${stateList(states)}), false)`;

/** SQL: true when messages of the group wait, or are being called. */
export const groupWaitsSql = (tenantId: string, groupId: string): string =>
  countedIn(tenantId, groupId, ['scheduled', 'queued', 'claimed', 'calling']);

/** SQL: true when an outcome of a message of the group is unknown and nobody was asked yet: evidence is looked for, or it is sent again by the policy. */
export const groupDoubtsSql = (tenantId: string, groupId: string): string => `(${countedIn(tenantId, groupId, ['uncertain'])} AND EXISTS (
  SELECT 1 FROM messages um WHERE um.tenant_id = ${tenantId} AND um.group_id = ${groupId} AND um.uncertain_since IS NOT NULL))`;

/** SQL: query of `tenant_id` and `group_id`, the groups apart that wait in lanes; some of them have no message there any more. */
export const groupsInLanesSql = `SELECT DISTINCT lg.tenant_id, lg.group_id FROM lane_groups lg`;

/** SQL: true when the window of a waiting message of the group is over. */
export const hasPassedWindowsSql = (tenantId: string, groupId: string): string =>
  `EXISTS (SELECT 1 FROM messages wm WHERE wm.tenant_id = ${tenantId} AND wm.group_id = ${groupId} AND wm.due_at IS NOT NULL AND wm.window_ends_at <= heliograph_now())`;

/** SQL: true when a message of this id exists. */
export const hasMessageSql = (tenantId: string, id: string): string =>
  `EXISTS (SELECT 1 FROM messages em WHERE em.tenant_id = ${tenantId} AND em.id = ${id})`;

/** SQL: query of `contact_id`, the contacts whom messages of the group were written for. */
export const contactsOfGroupSql = (tenantId: string, groupId: string): string =>
  `SELECT (gm.origin ->> 'contactId')::uuid AS contact_id FROM messages gm WHERE gm.tenant_id = ${tenantId} AND gm.group_id = ${groupId}`;

/** SQL: true when a message of this id exists and waits no longer: it was sent, or it ended otherwise. */
export const hasLeftLaneSql = (tenantId: string, id: string): string =>
  `EXISTS (SELECT 1 FROM messages em WHERE em.tenant_id = ${tenantId} AND em.id = ${id} AND em.due_at IS NULL)`;

/** SQL: true when a message that was sent to the address after that time was delivered. */
export const deliveredSinceSql = (tenantId: string, address: string, since: string): string =>
  `EXISTS (SELECT 1 FROM messages dm WHERE dm.tenant_id = ${tenantId} AND dm.recipient = ${address} AND dm.sent_at > ${since} AND dm.delivered_at IS NOT NULL)`;

/** Kind of origin and of group of the messages of campaigns. */
export const campaignKind: OriginKind = 'campaign';

/** SQL: true for a message of a campaign. */
export const isOfCampaignSql = (m: string): string => `coalesce(${m}.origin ->> 'kind' = '${campaignKind}', false)`;

/**
 * SQL: the end of the window of a message that is sent again. That of a campaign gets a window that is over, so that the campaign gives it the next one by the
 * hours that hold now; no claim takes it before.
 */
export const windowAnewSql = (m: string): string => `CASE WHEN ${isOfCampaignSql(m)} THEN heliograph_now() ELSE ${m}.window_ends_at END`;
