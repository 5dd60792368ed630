import { DeadLetters, LetterDecisions, LetterHandlers, letterVerbs, LetterVerbs, storedLetterFilter } from '@heliograph/dead-letters';
import { BulkJobs, BulkJobSteps, BulkVerbs, type Database, newId } from '@heliograph/kernel';
import { keyActor, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageLetterHandler } from '../src/dead-letters/message-letter-handler';
import { MessageRedrive } from '../src/dead-letters/message-redrive.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { MessageCancel } from '../src/messages/message-cancel.repository';
import { cancelVerb, MessageVerbs, storedCancelFilter } from '../src/messages/message-verbs';
import { aGroup, aLane, aRow } from '../testing';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

const ann = keyActor('ann');

async function setup() {
  const { tenantId, sessionId } = await aLane(db);
  const letters = new DeadLetters(db);
  const handlers = new LetterHandlers();
  const bell = { ring: () => undefined } as unknown as LaneBell;
  new MessageLetterHandler(handlers, new MessageRedrive(), bell).onModuleInit();
  const decisions = new LetterDecisions(db, letters, handlers);
  const verbs = new BulkVerbs();
  new LetterVerbs(verbs, letters, decisions).onModuleInit();
  new MessageVerbs(verbs, new MessageCancel(db)).onModuleInit();
  const jobs = new BulkJobs(db, verbs);
  const steps = new BulkJobSteps(db, verbs);
  const run = async (maxItems?: number) => {
    for (;;) {
      const job = (await steps.open()).find((one) => one.tenantId === tenantId);
      if (!job) return;
      await steps.step(job, maxItems);
    }
  };
  /** Messages that ended as dead letters. @returns their ids */
  const dead = async (
    count: number,
    cause = 'retries_exhausted',
    state = 'failed',
    more: { recipient?: string; groupId?: string } = {},
  ) => {
    const rows = Array.from({ length: count }, () => aRow({ tenantId, sessionId, ...more }));
    await new MessageStore().store(db, rows, 72);
    const ids = rows.map(({ id }) => id);
    await db.query(`UPDATE messages SET state = 'calling', attempt = 1 WHERE id = ANY ($1::uuid[])`, [ids]);
    await db.query(`UPDATE messages SET state = $2, cause = $3, due_at = NULL WHERE id = ANY ($1::uuid[])`, [ids, state, cause]);
    await letters.open(
      db,
      ids.map((subjectId) => ({ tenantId, kind: 'message', subjectId, sessionId, cause, detail: null })),
    );
    return ids;
  };
  /** Messages that wait. @returns their ids */
  const waiting = async (count: number, more: Partial<Parameters<typeof aRow>[0]> = {}) => {
    const rows = Array.from({ length: count }, () => aRow({ tenantId, sessionId, ...more }));
    await new MessageStore().store(db, rows, 72);
    return rows.map(({ id }) => id);
  };
  const states = async () => {
    const rows = await db.query<{ state: string; n: number }>(
      `SELECT state, count(*)::int AS n FROM messages WHERE tenant_id = $1 GROUP BY 1 ORDER BY 1`,
      [tenantId],
    );
    return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
  };
  return { tenantId, sessionId, letters, decisions, jobs, steps, run, dead, waiting, states };
}

describe('a redrive of dead letters by filter', () => {
  it('redrives 10,000 letters once each', async () => {
    const { tenantId, jobs, run, dead, states, letters } = await setup();
    await dead(10_000);
    await dead(3, 'refused');
    const filter = storedLetterFilter({ cause: 'retries_exhausted' });
    const job = await jobs.start(tenantId, ann, { kind: letterVerbs.redrive, filter, options: { mayDuplicate: false }, expect: 10_000 });
    await run();
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'done', total: 10_000, done: 10_000, skipped: {}, failed: 0 });
    expect(await states()).toEqual({ failed: 10_003, queued: 10_000 });
    const [copies] = await db.query(
      `SELECT count(DISTINCT redrive_of)::int AS originals, count(*)::int AS copies FROM messages WHERE tenant_id = $1 AND redrive_of IS NOT NULL`,
      [tenantId],
    );
    expect(copies).toEqual({ originals: 10_000, copies: 10_000 });
    expect(await letters.groupByCause(tenantId)).toEqual([expect.objectContaining({ cause: 'refused', count: 3 })]);
    expect((await letters.list(tenantId, { state: 'redriven' }, { limit: 1 })).rows[0]).toMatchObject({ resolvedBy: ann });
  });

  it('foresees who is refused, who waits and who may get a second copy, in lines that add up, and does what it foresaw', async () => {
    const { tenantId, sessionId, decisions, jobs, run, dead } = await setup();
    await dead(4);
    await dead(2, 'retries_exhausted', 'failed', { recipient: '+447700900777' });
    await dead(3, 'outcome_unknown', 'uncertain');
    const [gone] = await dead(1);
    await db.query(`DELETE FROM messages WHERE id = $1`, [gone]);
    await db.query(`INSERT INTO suppressions (tenant_id, address, reason, actor) VALUES ($1, '+447700900777', 'opt_out', 'x')`, [tenantId]);
    const lines = async () =>
      Object.fromEntries(
        (await decisions.foresee(tenantId, {})).lines.map((line) => [`${line.fate} ${line.reason ?? ''}`.trim(), line.count]),
      );
    expect(await lines()).toEqual({ go: 4, 'refused opted_out': 2, needs_consent: 3, 'refused message_deleted': 1 });
    await db.query(`UPDATE sessions SET status = 'logged_out' WHERE id = $1`, [sessionId]);
    expect(await lines()).toEqual({ wait: 4, 'refused opted_out': 2, needs_consent: 3, 'refused message_deleted': 1 });
    expect((await decisions.foresee(tenantId, {})).matching).toBe(10);
    const job = await jobs.start(tenantId, ann, { kind: letterVerbs.redrive, filter: {}, options: { mayDuplicate: false }, expect: 10 });
    await run(3);
    expect(await jobs.get(tenantId, job.id)).toMatchObject({
      done: 4,
      skipped: { opted_out: 2, needs_consent: 3, message_deleted: 1 },
      failed: 0,
    });
    const willing = await jobs.start(tenantId, ann, { kind: letterVerbs.redrive, filter: {}, options: { mayDuplicate: true }, expect: 6 });
    await run(3);
    expect(await jobs.get(tenantId, willing.id)).toMatchObject({ done: 3, skipped: { opted_out: 2, message_deleted: 1 } });
  });

  it('leaves letters of a group that was cancelled, and of messages that were deleted, and so does a redrive of one of them', async () => {
    const { tenantId, decisions, letters, dead } = await setup();
    const groupId = await aGroup(db, tenantId);
    await dead(1, 'retries_exhausted', 'failed', { groupId });
    const [gone] = await dead(1);
    await db.query(`UPDATE message_groups SET state = 'cancelled' WHERE id = $1`, [groupId]);
    await db.query(`DELETE FROM messages WHERE id = $1`, [gone]);
    expect(await decisions.redriveMany(tenantId, {}, { actor: ann, mayDuplicate: true })).toBe(0);
    const { rows } = await letters.list(tenantId, { state: 'open' }, { limit: 10 });
    const refusals = await Promise.all(
      rows.map(({ id }) => decisions.redrive(tenantId, id, { actor: ann }).catch((error: { reason: string }) => error.reason)),
    );
    expect(refusals.toSorted()).toEqual(['group_cancelled', 'message_deleted']);
    expect(await db.query(`SELECT 1 FROM messages WHERE tenant_id = $1 AND redrive_of IS NOT NULL`, [tenantId])).toEqual([]);
  });

  it('takes only letters that the filter matches, and none that died after the request', async () => {
    const { tenantId, sessionId, jobs, run, dead, letters } = await setup();
    const ids = await dead(5);
    const { rows } = await letters.list(tenantId, { subjectId: ids[2] }, { limit: 10 });
    expect(rows.map(({ subjectId }) => subjectId)).toEqual([ids[2]]);
    const start = (filter: Parameters<typeof storedLetterFilter>[0], expected: number) =>
      jobs.start(tenantId, ann, {
        kind: letterVerbs.redrive,
        filter: storedLetterFilter(filter),
        options: { mayDuplicate: false },
        expect: expected,
      });
    for (const [filter, count] of [
      [{ sessionId: newId() }, 0],
      [{ createdTo: new Date(0) }, 0],
      [{ createdFrom: new Date(Date.now() + 60_000) }, 0],
      [{ ids: [rows[0]?.id as string], sessionId }, 1],
    ] as const)
      expect([filter, (await start(filter as never, count)).total]).toEqual([filter, count]);
    await start({}, 5);
    await dead(2);
    await run();
    expect(await letters.groupByCause(tenantId)).toEqual([expect.objectContaining({ count: 2 })]);
  });

  it('and a person who decides at the same time redrive each letter once', async () => {
    const { tenantId, jobs, run, dead, decisions, states } = await setup();
    await dead(60);
    const job = await jobs.start(tenantId, ann, { kind: letterVerbs.redrive, filter: {}, options: { mayDuplicate: false }, expect: 60 });
    const [many] = await Promise.all([decisions.redriveMany(tenantId, {}, { actor: keyActor('bob') }), run(5)]);
    const { done, skipped, total } = await jobs.get(tenantId, job.id);
    expect(many + done).toBe(60);
    expect(done + (skipped.changed_since ?? 0)).toBe(total);
    expect(await states()).toEqual({ failed: 60, queued: 60 });
  });
});

it('a discard by filter ends each message of unknown outcome, with its reason', async () => {
  const { tenantId, jobs, run, dead, states, letters } = await setup();
  await dead(3, 'outcome_unknown', 'uncertain');
  await dead(2);
  const options = { reason: 'They were called instead.' };
  await jobs.start(tenantId, ann, { kind: letterVerbs.discard, filter: {}, options, expect: 5 });
  await run(2);
  expect(await states()).toEqual({ failed: 5 });
  const { rows } = await letters.list(tenantId, { state: 'discarded' }, { limit: 10 });
  expect(rows.map(({ resolution }) => resolution)).toEqual(Array.from({ length: 5 }, () => options.reason));
});

describe('a cancellation of messages by filter', () => {
  it('cancels what waits and matches, each once, and nothing that was accepted later', async () => {
    const { tenantId, sessionId, jobs, run, waiting, states } = await setup();
    await waiting(25, { tags: ['sale'] });
    await waiting(5, { tags: ['news'] });
    await waiting(4, { tags: ['sale'], class: 'transactional' });
    await waiting(3, { tags: ['sale'], sendAt: new Date(Date.now() + 86_400_000) });
    const [busy] = await waiting(1, { tags: ['sale'] });
    await db.query(`UPDATE messages SET state = 'calling', attempt = 1 WHERE id = $1`, [busy]);
    const filter = storedCancelFilter({ tag: 'sale', class: 'broadcast', sessionId });
    expect(await jobs.count(tenantId, cancelVerb, filter)).toBe(28);
    const job = await jobs.start(tenantId, ann, { kind: cancelVerb, filter, expect: 28 });
    await waiting(2, { tags: ['sale'] });
    await run(4);
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'done', total: 28, done: 28, skipped: {} });
    expect(await states()).toEqual({ calling: 1, cancelled: 28, queued: 11 });
  });

  it('passes over the many messages that were sent since the oldest that waits', async () => {
    const { tenantId, jobs, run, waiting, states } = await setup();
    await waiting(2, { tags: ['sale'] });
    const sent = await waiting(120);
    await db.query(`UPDATE messages SET state = 'calling', attempt = 1 WHERE id = ANY ($1::uuid[])`, [sent]);
    await db.query(`UPDATE messages SET state = 'sent', due_at = NULL, sent_at = heliograph_now() WHERE id = ANY ($1::uuid[])`, [sent]);
    await waiting(2, { tags: ['sale'] });
    await jobs.start(tenantId, ann, { kind: cancelVerb, filter: storedCancelFilter({ tag: 'sale' }), expect: 4 });
    await run(3);
    expect(await states()).toEqual({ cancelled: 4, sent: 120 });
  });

  it('ends at once where nothing waits', async () => {
    const { tenantId, jobs, run } = await setup();
    const job = await jobs.start(tenantId, ann, { kind: cancelVerb, filter: storedCancelFilter({ state: 'scheduled' }), expect: 0 });
    await run();
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'done', total: 0, done: 0 });
  });
});
