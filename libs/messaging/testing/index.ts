import { type Database, newId, type Sql } from '@heliograph/kernel';
import type { MessageState } from '../src/message';
import { arrows, stateList } from '../src/message-states';
import { type Reviewed, UnboundMessages } from '../src/uncertain/unbound.repository';

export * from './campaign-lanes';
export * from './counting';
export * from './letter-decisions-of';
export * from './rows';

const laneStates = stateList(['scheduled', 'queued', 'claimed', 'calling']);

/** Moves messages to a state along the arrows, by the shortest way from the current state of each. */
export async function moveTo(db: Sql, ids: string[], to: MessageState): Promise<void> {
  const rows = await db.query<{ id: string; state: MessageState }>(`SELECT id, state FROM messages WHERE id = ANY ($1::uuid[])`, [ids]);
  for (const [from, some] of Map.groupBy(rows, ({ state }) => state))
    for (const step of wayTo(from, to))
      await db.query(
        `UPDATE messages SET state = $2, due_at = CASE WHEN $2 IN ${laneStates} THEN coalesce(due_at, heliograph_now()) END,
           uncertain_since = CASE WHEN $2 = 'uncertain' THEN heliograph_now() END, sent_at = coalesce(sent_at, CASE WHEN $2 = 'sent' THEN heliograph_now() END)
         WHERE id = ANY ($1::uuid[])`,
        [some.map(({ id }) => id), step],
      );
}

/** Parks messages whose outcome is unknown for more than a second, or sends them again where the policy of the tenant says so. */
export const reviewUncertain = (db: Database): Promise<Reviewed> =>
  new UnboundMessages(db, { INFO_BUDGET_PER_MINUTE: 100, UNCERTAIN_GRACE_MS: 1_000 }).review(1_000);

/** Returns the states on the shortest way, without the first. */
function wayTo(from: MessageState, to: MessageState): MessageState[] {
  const ways = new Map<MessageState, MessageState[]>([[from, []]]);
  for (const [state, way] of ways)
    for (const arrow of arrows) if (arrow.from === state && !ways.has(arrow.to)) ways.set(arrow.to, [...way, arrow.to]);
  const way = ways.get(to);
  if (!way) throw new Error(`No way leads from ${from} to ${to}.`);
  return way;
}

/** Limits of a lane that a test sets; absent ones have the defaults of the table. */
export interface LaneLimits {
  windowMs?: number;
  windowLimit?: number;
  jitterMs?: number;
  hourlyCap?: number;
  dailyCap?: number;
  timeZone?: string;
  sendWindow?: { days: number[]; from: string; to: string; exempt_classes: string[] };
}

/** Creates a tenant with one connected session and its lane. */
export async function aLane(db: Sql, limits: LaneLimits = {}): Promise<{ tenantId: string; sessionId: string }> {
  const tenantId = newId();
  const sessionId = newId();
  await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [tenantId]);
  await db.query(`INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'wasender', 'Test line', 'connected')`, [
    tenantId,
    sessionId,
  ]);
  await db.query(
    `INSERT INTO lanes (session_id, tenant_id, window_ms, window_limit, jitter_ms, hourly_cap, daily_cap, time_zone, send_window)
     VALUES ($1, $2, coalesce($3, 5000), coalesce($4, 1), coalesce($5, 0), $6, $7, coalesce($8, 'UTC'), $9)`,
    [
      sessionId,
      tenantId,
      limits.windowMs,
      limits.windowLimit,
      limits.jitterMs,
      limits.hourlyCap,
      limits.dailyCap,
      limits.timeZone,
      limits.sendWindow && JSON.stringify(limits.sendWindow),
    ],
  );
  return { tenantId, sessionId };
}

/** Creates a worker whose lease holds for as long as the test runs, and returns its id. */
export async function aWorker(db: Sql, workerId = newId()): Promise<string> {
  await db.query(`INSERT INTO workers (id, name, started_at, alive_until) VALUES ($1, 'test', heliograph_now(), 'infinity')`, [workerId]);
  return workerId;
}

/** Creates a group with these limits; absent ones have the defaults of the table. */
export async function aGroup(
  db: Sql,
  tenantId: string,
  over: {
    standing?: 'plain' | 'apart';
    parentId?: string;
    weight?: number;
    windowMs?: number;
    windowLimit?: number;
    dailyCap?: number;
    timeZone?: string;
    kind?: string;
    obeysCaps?: boolean;
    countsForCaps?: boolean;
  } = {},
): Promise<string> {
  const id = newId();
  await db.query(
    `INSERT INTO message_groups (tenant_id, id, kind, parent_id, weight, window_ms, window_limit, daily_cap, time_zone, standing, obeys_caps, counts_for_caps)
     VALUES ($1, $2, coalesce($10, 'bulk'), $3, coalesce($4, 1), coalesce($5, 60000), $6, $7, coalesce($8, 'UTC'), $9, coalesce($11, false), coalesce($12, false))`,
    [
      tenantId,
      id,
      over.parentId,
      over.weight,
      over.windowMs,
      over.windowLimit,
      over.dailyCap,
      over.timeZone,
      over.standing ?? 'apart',
      over.kind,
      over.obeysCaps,
      over.countsForCaps,
    ],
  );
  return id;
}
