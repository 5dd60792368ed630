import fc from 'fast-check';
import { AppError, BulkJobs, BulkJobSteps, BulkVerbs, type Database, expectTolerance, keptJobDays, newId, type Tx } from '../src';
import type { BulkOutcome } from '../src/bulk/bulk-verb';
import { changedSince, maxChunkTries } from '../src/bulk/bulk-job-steps.repository';
import { isAsExpected } from '../src/bulk/bulk-jobs.repository';
import { keyActor, moveClock, openTestDatabase, type TestDatabase, testPurges } from '../testing';

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
  await db.query('CREATE TABLE parcels (tenant_id uuid, nr int, sent int NOT NULL DEFAULT 0, weight text, PRIMARY KEY (tenant_id, nr))');
  await db.query(`SELECT heliograph_protect('parcels'::regclass)`);
});
afterEach(() => moveClock(db, 0));
afterAll(() => test.close());

const ann = keyActor('ann');
const day = 86_400_000;

/** A tenant with parcels, and the verb that sends those that were not sent. */
async function setup(count: number, hooks: { applied?: (tx: Tx, nrs: string[]) => Promise<BulkOutcome | void> } = {}) {
  const tenantId = newId();
  await db.query(`INSERT INTO parcels (tenant_id, nr, weight) SELECT $1, n, '1' FROM generate_series(1, $2) n`, [tenantId, count]);
  const verbs = new BulkVerbs();
  verbs.register({
    kind: 'parcels.send',
    reads: 'parcels:read',
    manages: 'parcels:manage',
    count: async (sql, task) =>
      (await sql.query<{ n: number }>(`SELECT count(*)::int AS n FROM parcels WHERE tenant_id = $1 AND sent = 0`, [task.tenantId]))[0]?.n ??
      0,
    next: async (tx, task, after, limit) => {
      const rows = await tx.query<{ id: string }>(
        `SELECT nr::text AS id FROM parcels WHERE tenant_id = $1 AND sent = 0 AND nr > $2 ORDER BY nr LIMIT $3 FOR UPDATE`,
        [task.tenantId, Number(after ?? 0), limit],
      );
      return { items: rows, position: rows.length < limit ? null : (rows.at(-1)?.id ?? null) };
    },
    apply: async (tx, task, items) => {
      const nrs = items.map(({ id }) => id);
      // A weight that is no number makes the statement fail.
      await tx.query(`UPDATE parcels SET sent = sent + weight::int WHERE tenant_id = $1 AND nr = ANY ($2::int[])`, [task.tenantId, nrs]);
      return (await hooks.applied?.(tx, nrs)) ?? { done: nrs.length, skipped: {} };
    },
  });
  const jobs = new BulkJobs(db, verbs);
  const steps = new BulkJobSteps(db, verbs);
  const start = (expect = count, options: Record<string, unknown> = {}, perMinute?: number) =>
    jobs.start(tenantId, ann, { kind: 'parcels.send', filter: { all: true }, options, expect, note: 'now', perMinute });
  const open = async () => (await steps.open()).filter((job) => job.tenantId === tenantId);
  /** Runs the tenant's jobs to their end, in small chunks. */
  const run = async (maxItems = 7) => {
    for (;;) {
      const [job] = await open();
      if (!job) return;
      await steps.step(job, maxItems);
    }
  };
  const sent = async () =>
    (await db.query<{ sent: number }>(`SELECT sent FROM parcels WHERE tenant_id = $1 ORDER BY nr`, [tenantId])).map((row) => row.sent);
  return { tenantId, jobs, steps, start, open, run, sent };
}

describe('a job of a bulk verb', () => {
  it('goes through every item once, and says who asked, why and how far it is', async () => {
    const { tenantId, jobs, steps, start, open, run, sent } = await setup(20);
    const job = await start();
    expect(job).toMatchObject({ state: 'queued', total: 20, done: 0, actor: ann, note: 'now', startedAt: null, endedAt: null });
    expect(await steps.step((await open())[0] as never, 7)).toBe(true);
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'running', done: 7, endedAt: null });
    await run();
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'done', total: 20, done: 20, skipped: {}, failed: 0 });
    expect(await sent()).toEqual(Array.from({ length: 20 }, () => 1));
  });

  it('counts items that were left by their reason, and those that stopped matching, so that the counts add up', async () => {
    const { tenantId, jobs, start, run, steps, open } = await setup(20, {
      applied: (_tx, nrs) => Promise.resolve({ done: nrs.length - 1, skipped: { opted_out: 1 } }),
    });
    const job = await start();
    await steps.step((await open())[0] as never, 7);
    await db.query(`UPDATE parcels SET sent = 9 WHERE tenant_id = $1 AND nr > 18`, [tenantId]);
    await run();
    expect(await jobs.get(tenantId, job.id)).toMatchObject({
      total: 20,
      done: 15,
      skipped: { opted_out: 3, [changedSince]: 2 },
      failed: 0,
    });
  });

  it('loses only the item whose own data make the verb fail', async () => {
    const { tenantId, jobs, start, run, sent } = await setup(20);
    await db.query(`UPDATE parcels SET weight = 'heavy' WHERE tenant_id = $1 AND nr IN (3, 12)`, [tenantId]);
    const job = await start();
    await run(10);
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'done', done: 18, failed: 2, failedIds: ['3', '12'] });
    expect((await sent()).filter((n) => n === 0)).toHaveLength(2);
  });

  it('is one job for any number of presses, also while it runs', async () => {
    const { start, open, steps, run } = await setup(20);
    const presses = await Promise.all(Array.from({ length: 8 }, () => start()));
    expect(new Set(presses.map(({ id }) => id)).size).toBe(1);
    await steps.step((await open())[0] as never, 15);
    expect((await start()).id).toBe(presses[0]?.id);
    await run();
    // Once it has ended, there is nothing left of what was expected.
    await expect(start()).rejects.toMatchObject({ reason: 'count_changed' });
    expect((await start(0)).id).not.toBe(presses[0]?.id);
  });

  it('is refused with the new count when that is not what the person saw, and does nothing', async () => {
    const { start, open, sent } = await setup(30);
    await expect(start(19)).rejects.toMatchObject({
      code: 'conflict',
      reason: 'count_changed',
      message: expect.stringContaining('30 now, not 19') as string,
    });
    expect(await open()).toEqual([]);
    expect(await sent()).not.toContain(1);
    expect(await start(20)).toMatchObject({ total: 30 });
  });

  it('compares counts by a share and a number of items', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.nat(1_000_000), (expected, real) => {
        const difference = Math.abs(real - expected);
        const isFine = difference <= expectTolerance.items || difference <= expected * expectTolerance.share;
        expect(isAsExpected(expected, real)).toBe(isFine);
      }),
    );
  });

  it('ends when it is cancelled: what is done stays done, and the rest stays as it is', async () => {
    const { tenantId, jobs, start, open, steps, run, sent } = await setup(20);
    const job = await start();
    await steps.step((await open())[0] as never, 7);
    expect(await jobs.cancel(tenantId, job.id)).toMatchObject({ state: 'cancelled', done: 7 });
    expect(await jobs.cancel(tenantId, job.id)).toMatchObject({ state: 'cancelled' });
    await run();
    expect((await sent()).filter((n) => n === 1)).toHaveLength(7);
    const other = await start(13);
    await run();
    await expect(jobs.cancel(tenantId, other.id)).rejects.toMatchObject({ reason: 'job_ended' });
    await expect(jobs.cancel(newId(), other.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('does no item twice when the connection of a worker dies, before or after its changes', async () => {
    let deaths = 0;
    const { tenantId, jobs, start, open, steps, sent } = await setup(20, {
      applied: async (tx) => {
        if (deaths++ % 2 === 0) await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
      },
    });
    const job = await start();
    for (let left = await open(); left[0]; left = await open()) await steps.step(left[0], 6).catch(() => undefined);
    expect(deaths).toBeGreaterThan(6);
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'done', done: 20 });
    expect(await sent()).toEqual(Array.from({ length: 20 }, () => 1));
  });

  it('is worked on by one process at a time', async () => {
    const { tenantId, jobs, start, open, steps, sent } = await setup(40);
    const job = await start();
    for (let left = await open(); left[0]; left = await open()) {
      const next = left[0];
      await Promise.all(Array.from({ length: 4 }, () => steps.step(next, 3)));
    }
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'done', done: 40 });
    expect(await sent()).toEqual(Array.from({ length: 40 }, () => 1));
  });

  it('keeps to its pace by the clock of the database', async () => {
    const { tenantId, jobs, start, open, steps } = await setup(20);
    // 60 a minute: chunks of 5 s.
    const job = await start(20, {}, 60);
    await steps.step((await open())[0] as never, 500);
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'running', done: 5 });
    expect(await open()).toEqual([]);
    await moveClock(db, 6_000);
    await steps.step((await open())[0] as never, 500);
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ done: 10 });
  });

  it('lets another job of its tenant go first while it waits for its pace, and jobs of other tenants always', async () => {
    const [slow, other] = [await setup(20), await setup(5)];
    const first = await slow.start(20, {}, 60);
    await slow.steps.step((await slow.open())[0] as never, 500);
    const second = await slow.start(15, { other: true });
    expect(await slow.open()).toEqual([{ tenantId: slow.tenantId, id: second.id }]);
    await other.start();
    const both = (await slow.steps.open()).map(({ tenantId }) => tenantId);
    expect(both).toEqual(expect.arrayContaining([slow.tenantId, other.tenantId]));
    await slow.jobs.cancel(slow.tenantId, first.id);
  });

  it('fails with the words of a fault that no repeat mends, and the next job of the tenant runs', async () => {
    let isGone = true;
    const { tenantId, jobs, start, run } = await setup(5, {
      applied: () => (isGone ? Promise.reject(new AppError('not_found', 'not_found', 'No such endpoint.')) : Promise.resolve()),
    });
    const job = await start();
    await run();
    expect(await jobs.get(tenantId, job.id)).toMatchObject({ state: 'failed', error: 'No such endpoint.', done: 0 });
    isGone = false;
    const next = await start();
    await run();
    expect(await jobs.get(tenantId, next.id)).toMatchObject({ state: 'done', done: 5 });
  });

  it('lets the next job of its tenant go first when it fails for a cause that may pass, and is tried again', async () => {
    let fails = true;
    const { tenantId, jobs, steps, start, open, run, sent } = await setup(5, {
      applied: (_tx, nrs) =>
        fails ? Promise.reject(new Error('The provider is away.')) : Promise.resolve({ done: nrs.length, skipped: {} }),
    });
    const first = await start();
    const second = await start(5, { other: true });
    const [head] = await open();
    await expect(steps.step(head as never)).rejects.toThrow('away');
    fails = false;
    await run();
    expect([(await jobs.get(tenantId, first.id)).state, (await jobs.get(tenantId, second.id)).state]).toEqual(['queued', 'done']);
    await moveClock(db, 11_000);
    await run();
    expect(await jobs.get(tenantId, first.id)).toMatchObject({ state: 'done', total: 5, skipped: { [changedSince]: 5 } });
    expect(await sent()).toEqual([1, 1, 1, 1, 1]);
  });

  it('ends when its cause does not pass, after a number of tries in a row, and says so', async () => {
    let fails = true;
    const { tenantId, jobs, steps, start } = await setup(5, {
      applied: (_tx, nrs) =>
        fails ? Promise.reject(new Error('The provider is away.')) : Promise.resolve({ done: nrs.length, skipped: {} }),
    });
    const { id } = await start();
    const again = async (most?: number) => {
      await db.query(`UPDATE bulk_jobs SET due_at = heliograph_now() WHERE id = $1`, [id]);
      return steps.step({ tenantId, id }, most).catch(() => null);
    };
    for (let tries = 1; tries < maxChunkTries; tries++) await again();
    fails = false;
    await again(2);
    fails = true;
    for (let tries = 1; tries <= maxChunkTries; tries++) {
      expect([tries, (await jobs.get(tenantId, id)).state]).toEqual([tries, 'running']);
      await again();
    }
    expect(await jobs.get(tenantId, id)).toMatchObject({
      state: 'failed',
      done: 2,
      error: 'A chunk failed 10 times in a row; the log of the worker has the cause.',
    });
  });

  it('is listed newest first, by kind and state, and only at its tenant', async () => {
    const { tenantId, jobs, start, run } = await setup(5);
    const ended = await start();
    await run();
    const waiting = await start(0, { again: true });
    const list = async (kinds = ['parcels.send'], state?: 'done' | 'queued') =>
      (await jobs.list(tenantId, kinds, state, { limit: 10 })).rows.map(({ id }) => id);
    expect(await list()).toEqual([waiting.id, ended.id]);
    expect(await list(['parcels.send'], 'done')).toEqual([ended.id]);
    expect(await list(['letters.send'])).toEqual([]);
    expect((await jobs.list(newId(), ['parcels.send'], undefined, { limit: 10 })).rows).toEqual([]);
  });

  it('is deleted some days after its end, and not before', async () => {
    const { tenantId, jobs, steps, start, run } = await setup(5);
    const ended = await start();
    await run();
    const open = await start(0, { again: true });
    const { purges } = testPurges(db);
    purges.register({ table: 'bulk_jobs', purgeSome: (tx, limit) => steps.purgeSome(tx, limit) });
    await moveClock(db, (keptJobDays - 1) * day);
    await purges.purgeDue();
    expect(await jobs.get(tenantId, ended.id)).toMatchObject({ state: 'done' });
    await moveClock(db, (keptJobDays + 1) * day);
    // A pass that found nothing rests; another process starts its own.
    const other = testPurges(db).purges;
    other.register({ table: 'bulk_jobs', purgeSome: (tx, limit) => steps.purgeSome(tx, limit) });
    await other.purgeDue();
    await expect(jobs.get(tenantId, ended.id)).rejects.toMatchObject({ code: 'not_found' });
    expect(await jobs.get(tenantId, open.id)).toMatchObject({ state: 'queued' });
  });
});
