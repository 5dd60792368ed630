import type { Sql, Tx } from '@heliograph/kernel';
import type { UnreadableReason } from '@heliograph/providers';

/** A hook as received. */
export interface RawHook {
  tenantId: string;
  sessionId: string;
  body: string;
}

/** A hook of the inbox that is not read yet. */
export interface StoredHook {
  tenant_id: string;
  id: string;
  session_id: string;
  body: string;
  tries: number;
}

/** A hook that was read, with its outcome. */
export interface ReadHook {
  tenantId: string;
  id: string;
  outcome: string;
  /** True when the stored body has no further use and must be deleted. */
  isBodyDropped: boolean;
  /** Items that cannot be read, by reason. */
  unreadable: Partial<Record<UnreadableReason, number>> | null;
}

/** Slots that share the sessions out among readers. */
const slots = 64;
const lockOf = (slot: string) => `pg_try_advisory_xact_lock(hashtext('heliograph hooks'), ${slot})`;
const slotOf = (of: string) => `(hashtext(${of}.session_id::text) & ${slots - 1})`;

export async function insertHooks(sql: Sql, hooks: RawHook[]): Promise<void> {
  await sql.prepared(
    'store_hooks',
    `INSERT INTO hook_inbox (tenant_id, session_id, body) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])`,
    [hooks.map((h) => h.tenantId), hooks.map((h) => h.sessionId), hooks.map((h) => h.body)],
  );
}

/**
 * Takes the oldest hooks of sessions that no other reader has locked, so that the hooks of a session are read in order. Readers share the
 * waiting sessions by slots, each taking half of the remaining ones, so that they run in parallel.
 * @param window unread hooks to scan
 * @param from id from which to scan
 * @returns the hooks, and the id of the oldest unread one from there on, whether taken or not; null: there is none
 */
export async function takeHooks(
  tx: Tx,
  maxHooks: number,
  window: number,
  from: bigint,
): Promise<{ hooks: StoredHook[]; oldest: bigint | null }> {
  const rows = await tx.query<StoredHook & { oldest: string | null }>(
    `WITH oldest AS MATERIALIZED (
       SELECT h.tenant_id, h.id, ${slotOf('h')} AS slot FROM hook_inbox h WHERE h.processed_at IS NULL AND h.id >= $3 ORDER BY h.id LIMIT $2
     ), waiting AS MATERIALIZED (
       SELECT DISTINCT slot FROM oldest
     ), mine AS MATERIALIZED (
       SELECT slot FROM waiting WHERE ${lockOf('slot')} LIMIT ((SELECT count(*) FROM waiting) + 1) / 2
     ), taken AS MATERIALIZED (
       SELECT h.tenant_id, h.id, h.session_id, h.body, h.tries FROM (SELECT o.tenant_id, o.id FROM oldest o JOIN mine USING (slot) ORDER BY o.id LIMIT $1) o
       JOIN hook_inbox h ON h.tenant_id = o.tenant_id AND h.id = o.id WHERE h.processed_at IS NULL ORDER BY h.id FOR UPDATE OF h SKIP LOCKED
     )
     SELECT f.oldest, t.* FROM (SELECT min(id) AS oldest FROM oldest) f LEFT JOIN taken t ON true ORDER BY t.id`,
    [maxHooks, window, from.toString()],
  );
  const oldest = rows[0]?.oldest ?? null;
  return { hooks: rows.filter((row) => row.id !== null), oldest: oldest === null ? null : BigInt(oldest) };
}

/** Returns the oldest unread hooks without locking them. */
export function oldestHooks(sql: Sql, maxHooks: number): Promise<StoredHook[]> {
  return sql.query<StoredHook>(
    `SELECT tenant_id, id, session_id, body, tries FROM hook_inbox WHERE processed_at IS NULL ORDER BY id LIMIT $1`,
    [maxHooks],
  );
}

/** Locks the slot of the hook's session until the transaction ends. False: another reader has it. */
export async function lockSlot(tx: Tx, hook: StoredHook): Promise<boolean> {
  const [slot] = await tx.query<{ held: boolean }>(`SELECT ${lockOf(slotOf('h'))} AS held FROM (SELECT $1::uuid AS session_id) h`, [
    hook.session_id,
  ]);
  return slot?.held === true;
}

/** Counts that a process begins to read the hook alone. @returns how many did; null: the hook was read */
export async function countTry(sql: Sql, hook: StoredHook): Promise<number | null> {
  const [counted] = await sql.query<{ tries: number }>(
    `UPDATE hook_inbox SET tries = tries + 1 WHERE tenant_id = $1 AND id = $2 AND processed_at IS NULL RETURNING tries`,
    [hook.tenant_id, hook.id],
  );
  return counted?.tries ?? null;
}

/** Counts a first try of the oldest unread hooks that have none, except those that another process is reading. */
export async function countFirstTry(sql: Sql, maxHooks: number): Promise<void> {
  await sql.query(
    `UPDATE hook_inbox h SET tries = 1
     FROM (SELECT tenant_id, id FROM hook_inbox WHERE processed_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) o
     WHERE h.tenant_id = o.tenant_id AND h.id = o.id AND h.tries = 0`,
    [maxHooks],
  );
}

/** Marks hooks as read. @returns the age of the oldest, in s */
export async function markHooks(tx: Tx, hooks: ReadHook[]): Promise<number> {
  const [row] = await tx.query<{ lag: number | null }>(
    `WITH m AS (
       UPDATE hook_inbox h SET processed_at = heliograph_now(), outcome = d.outcome, body = CASE WHEN d.used THEN '' ELSE h.body END, unreadable = d.unreadable
       FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bool[], $5::jsonb[]) AS d(tenant_id, id, outcome, used, unreadable)
       WHERE h.tenant_id = d.tenant_id AND h.id = d.id RETURNING h.received_at
     )
     SELECT extract(epoch FROM heliograph_now() - min(received_at))::float8 AS lag FROM m`,
    [
      hooks.map((h) => h.tenantId),
      hooks.map((h) => h.id),
      hooks.map((h) => h.outcome),
      hooks.map((h) => h.isBodyDropped),
      hooks.map((h) => (h.unreadable ? JSON.stringify(h.unreadable) : null)),
    ],
  );
  return row?.lag ?? 0;
}

/** Marks hooks as unread. */
export async function readAgain(tx: Tx, tenantId: string, ids: string[]): Promise<void> {
  await tx.query(`UPDATE hook_inbox SET processed_at = NULL, outcome = NULL, tries = 0 WHERE tenant_id = $1 AND id = ANY ($2::bigint[])`, [
    tenantId,
    ids,
  ]);
}
