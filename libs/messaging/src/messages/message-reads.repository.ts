/*
 * Fragments of statements of other libs that depend on messages. `tenantId`, the ids and the address are SQL.
 */

/** SQL: what follows JOIN for the message with this id, as `m`. */
export const messageRowOf = (m: string, tenantId: string, id: string): string =>
  `messages ${m} ON ${m}.tenant_id = ${tenantId} AND ${m}.id = ${id}`;

/** SQL: query of the messages to an address that were sent, as `(id, session_id, kind, sent_at)`. Sorted by time, it is read from an index. */
export const sentToSql = (tenantId: string, address: string): string =>
  `SELECT sm.id, sm.session_id, sm.kind, sm.sent_at FROM messages sm WHERE sm.tenant_id = ${tenantId} AND sm.recipient = ${address} AND sm.sent_at IS NOT NULL`;

/** SQL: query of the messages to an address that ended without being sent, as `(id, created_at)`. */
export const endedUnsentSql = (tenantId: string, address: string): string =>
  `SELECT um.id, um.created_at FROM messages um WHERE um.tenant_id = ${tenantId} AND um.recipient = ${address} AND um.sent_at IS NULL AND um.due_at IS NULL`;

/** SQL: query of `message_id`, the message that has this WhatsApp id in a session. */
export const messageOfKeySql = (sessionId: string, keyId: string): string =>
  `SELECT mk.message_id FROM message_keys mk WHERE mk.session_id = ${sessionId} AND mk.key_id = ${keyId}`;

/** SQL: query of `key_id`, the WhatsApp ids of a message. */
export const keysOfMessageSql = (tenantId: string, messageId: string): string =>
  `SELECT mk.key_id FROM message_keys mk WHERE mk.tenant_id = ${tenantId} AND mk.message_id = ${messageId}`;
