import { type Database, newId } from '@heliograph/kernel';
import { stopClock } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import type { ClaimAnswer } from '../src/lanes/claim-answer';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { aRow } from './rows';

/** Begin of the stopped clock of tests of campaigns' claims. */
export const claimStart = Date.parse('2026-03-02T10:00:00Z');
const hour = 3_600_000;

/** A lane of a tenant. */
export interface TestLane {
  tenantId: string;
  sessionId: string;
}

/**
 * Returns acts of tests on lanes with messages of campaigns, by a stopped clock and as one worker.
 * @param of database and worker, which a test has later than these acts
 */
export function campaignLanes(of: () => { db: Database; worker: string }) {
  const ids = (answer: ClaimAnswer) => (answer.kind === 'messages' ? answer.messages.map((m) => m.id) : []);
  const at = (ms: number) => stopClock(of().db, new Date(claimStart + ms));
  const claim = (sessionId: string, maxMessages = 20): Promise<ClaimAnswer> =>
    new LaneClaims(of().db).claim({ sessionId, workerId: of().worker, maxMessages, revision: '-1', shiftMs: 0 });
  const stateOf = async (id: string | undefined) =>
    (
      await of().db.query<{ state: string; cause: string | null; due_at: Date | null }>(
        `SELECT state, cause, due_at FROM messages WHERE id = $1`,
        [id],
      )
    )[0];
  const storeRows = async (lane: TestLane, groupId: string | null, count: number, over = {}): Promise<string[]> => {
    const rows = Array.from({ length: count }, () => aRow({ ...lane, groupId, expiresAfterMs: 40 * 24 * hour, ...over }));
    await new MessageStore().store(of().db, rows, 72);
    return rows.map((row) => row.id);
  };
  const settleAs = async (sessions: string | string[], state: 'sent' | 'failed' | 'uncertain') => {
    const sessionIds = [sessions].flat();
    await of().db.query(`UPDATE messages SET state = 'calling' WHERE session_id = ANY ($1::uuid[]) AND state = 'claimed'`, [sessionIds]);
    await of().db.query(
      `UPDATE messages SET state = $2, due_at = NULL, sent_at = CASE WHEN $2 = 'sent' THEN heliograph_now() END, uncertain_since = CASE WHEN $2 = 'uncertain' THEN heliograph_now() END
       WHERE session_id = ANY ($1::uuid[]) AND state = 'calling'`,
      [sessionIds, state],
    );
  };
  /** Adds a lane to the tenant of another. */
  const besides = async ({ tenantId }: Pick<TestLane, 'tenantId'>): Promise<TestLane> => {
    const sessionId = newId();
    await of().db.query(
      `WITH session AS (INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'wasender', 'Other line', 'connected'))
       INSERT INTO lanes (session_id, tenant_id, window_limit) VALUES ($2, $1, 0)`,
      [tenantId, sessionId],
    );
    return { tenantId, sessionId };
  };
  /** Stores messages of several lanes and groups by one statement. @returns their ids, in order */
  const storeAll = async (places: (TestLane & { groupId: string; recipient: string })[]): Promise<string[]> => {
    const rows = places.map((place) => aRow({ ...place, expiresAfterMs: 40 * 24 * hour }));
    if (rows.length > 0) await new MessageStore().store(of().db, rows, 72);
    return rows.map((row) => row.id);
  };
  return { ids, at, claim, storeAll, stateOf, storeRows, settleAs, besides };
}
