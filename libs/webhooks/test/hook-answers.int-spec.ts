import { Metrics } from '@heliograph/kernel';
import { openTestDatabase, processLoops, type TestDatabase } from '@heliograph/kernel/testing';
import { HookAnswers, hookAnswerTimes } from '../src';

describe('the time until hooks are answered', () => {
  let test: TestDatabase;
  beforeAll(async () => (test = await openTestDatabase()));
  afterAll(() => test.close());
  const aProcess = () => new HookAnswers(test.db, processLoops().loops, new Metrics());

  it('is that of all processes together, and of the last hour', async () => {
    expect(await hookAnswerTimes(test.db)).toEqual({ answered: 0, p50Ms: null, p95Ms: null, p99Ms: null });
    const [one, two] = [aProcess(), aProcess()];
    for (let i = 0; i < 98; i++) one.add(3);
    await one.write();
    two.add(400);
    two.add(2_000);
    await two.write();
    // Nothing new: nothing is counted twice.
    await Promise.all([one.write(), two.write()]);
    const times = await hookAnswerTimes(test.db);
    expect(times.answered).toBe(100);
    expect(times.p50Ms).toBeLessThanOrEqual(5);
    expect(times.p95Ms).toBeLessThanOrEqual(5);
    expect(times.p99Ms).toBe(500);
    await test.db.query(`UPDATE hook_answers SET minute = minute - interval '61 minutes'`);
    expect((await hookAnswerTimes(test.db)).answered).toBe(0);
  });

  it('is kept while it cannot be written', async () => {
    const one = aProcess();
    one.add(7);
    await test.db.query('ALTER TABLE hook_answers RENAME TO away');
    await expect(one.write()).rejects.toThrow('hook_answers');
    await test.db.query('ALTER TABLE away RENAME TO hook_answers');
    one.add(7);
    await one.write();
    expect((await hookAnswerTimes(test.db)).answered).toBe(2);
  });
});
