import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { MessageQueries } from '../src/messages/message-queries.repository';
import { RecoveryRepository } from '../src/recovery/recovery.repository';
import { Ledger, type LedgerStep } from '../src/send/ledger.repository';
import { aLane, aRow, aWorker } from '../testing';

let test: TestDatabase;
beforeAll(async () => (test = await openTestDatabase()));
afterAll(() => test.close());

/** A message, and acts of a worker on it. */
async function aMessage() {
  const { db } = test;
  const lane = await aLane(db, { windowLimit: 0 });
  const workerId = await aWorker(db);
  const row = aRow({ ...lane, recipient: '+447700900101' });
  await new MessageStore().store(db, [row], 72);
  const ledger = new Ledger(db);
  const claim = async () => {
    const answer = await new LaneClaims(db).claim({ sessionId: lane.sessionId, workerId, maxMessages: 1, revision: '-1', shiftMs: 0 });
    if (answer.kind !== 'messages') throw new Error(answer.kind);
    return answer.messages[0]!;
  };
  /** Writes the outcome of an attempt, and frees its lane of pauses. */
  const settle = async (
    attempt: number,
    step: Pick<LedgerStep, 'to' | 'cause' | 'detail' | 'call' | 'dueInMs' | 'closeLaneMs' | 'providerMessageId'>,
  ) => {
    const won = await ledger.advanceSurely({ tenantId: lane.tenantId, id: row.id, sessionId: lane.sessionId, attempt, ...step });
    await db.query(`UPDATE lanes SET closed_until = NULL, closed_reason = NULL WHERE session_id = $1`, [lane.sessionId]);
    return won;
  };
  const read = () => new MessageQueries(db).get(lane.tenantId, row.id, 72);
  return { db, ...lane, id: row.id, workerId, claim, settle, read };
}

describe('the calls of a message', () => {
  it('show each its own answer, whatever the ones before said', async () => {
    const it = await aMessage();
    const same = { ms: 12, status: 503 };
    await it.claim();
    await it.settle(1, {
      to: 'queued',
      cause: 'throttled',
      closeLaneMs: 1_000,
      call: { ms: 31, status: 429, facts: { answer: '{"retry_after":7}', retry_after_ms: 7_000 } },
    });
    await it.claim();
    await it.settle(2, { to: 'queued', cause: 'not_sent', detail: 'ECONNREFUSED', dueInMs: 0, call: { ...same, facts: null } });
    await it.claim();
    await it.settle(3, { to: 'queued', cause: 'not_sent', dueInMs: 0, call: { ...same, facts: null } });
    await it.claim();
    await it.settle(4, {
      to: 'sent',
      providerMessageId: '61400001',
      call: { ms: 412, status: 200, facts: { file_url: 'https://example.com/copy' } },
    });

    const { calls } = await it.read();
    expect(calls).toMatchObject([
      { attempt: 1, to: 'queued', cause: 'throttled', durationMs: 31, httpStatus: 429, answer: '{"retry_after":7}', retryAfterMs: 7_000 },
      { attempt: 2, to: 'queued', cause: 'not_sent', detail: 'ECONNREFUSED', durationMs: 12, httpStatus: 503, answer: null },
      { attempt: 3, durationMs: 12, httpStatus: 503 },
      {
        attempt: 4,
        to: 'sent',
        durationMs: 412,
        httpStatus: 200,
        answer: null,
        request: { to: '+447700900101', fileUrl: 'https://example.com/copy' },
      },
    ]);
    for (const { at, endedAt } of calls) expect(endedAt!.getTime()).toBeGreaterThanOrEqual(at.getTime());
    // One row for the pause of the lane, and none for what paused nothing.
    expect(await it.db.query(`SELECT reason FROM lane_pauses WHERE session_id = $1`, [it.sessionId])).toEqual([{ reason: 'throttled' }]);
  });

  it('have no answer where the worker died, and get it when it comes late', async () => {
    const it = await aMessage();
    await it.claim();
    await it.settle(1, { to: 'queued', cause: 'not_sent', dueInMs: 0, call: { ms: 5, status: null, facts: null } });
    await it.claim();
    await new RecoveryRepository(it.db).takeBackLane(it.sessionId, it.workerId);
    const dead = await it.read();
    expect(dead.calls).toMatchObject([
      { attempt: 1, durationMs: 5 },
      { attempt: 2, to: 'uncertain', cause: 'outcome_not_written', durationMs: null, httpStatus: null },
    ]);
    await it.settle(2, { to: 'sent', providerMessageId: '7', call: { ms: 90_000, status: 200, facts: null } });
    expect((await it.read()).calls[1]).toMatchObject({ to: 'uncertain', durationMs: 90_000, httpStatus: 200 });
  });

  it('leave their facts with a message that has ended, as a note', async () => {
    const it = await aMessage();
    await it.claim();
    await it.settle(1, { to: 'uncertain', cause: 'answer_lost', call: { ms: 9, status: 502, facts: { answer: '<html>' } } });
    await it.db.query(`UPDATE messages SET state = 'failed', uncertain_since = NULL, cause = 'discarded' WHERE id = $1`, [it.id]);
    expect((await it.read()).calls).toMatchObject([{ durationMs: 9, httpStatus: 502, answer: '<html>' }]);
    expect(await it.settle(1, { to: 'sent', providerMessageId: '8', call: { ms: 70_000, status: 200, facts: null } })).toBe(false);
    const { calls, timeline } = await it.read();
    expect(timeline.at(-1)).toMatchObject({ cause: 'late_answer', call: { ms: 70_000 } });
    expect(calls).toMatchObject([{ to: 'uncertain', durationMs: 70_000, httpStatus: 200 }]);
  });

  it('are stored without an answer that the database refuses', async () => {
    const it = await aMessage();
    await it.claim();
    const facts = { answer: 'before\u0000after' };
    expect(await it.settle(1, { to: 'failed', cause: 'refused', call: { ms: 9, status: 422, facts } })).toBe(true);
    expect((await it.read()).calls).toMatchObject([{ to: 'failed', cause: 'refused', durationMs: null, answer: null }]);
  });

  it('that move on by receipts copy nothing of the call', async () => {
    const it = await aMessage();
    await it.claim();
    await it.settle(1, { to: 'sent', providerMessageId: '9', call: { ms: 9, status: 200, facts: null } });
    await it.db.query(`UPDATE messages SET state = 'read', read_at = heliograph_now(), delivered_at = heliograph_now() WHERE id = $1`, [
      it.id,
    ]);
    expect((await it.read()).timeline.map(({ to, call }) => [to, call?.ms ?? null])).toEqual([
      ['calling', null],
      ['sent', 9],
      ['delivered', null],
      ['read', null],
    ]);
  });
});
