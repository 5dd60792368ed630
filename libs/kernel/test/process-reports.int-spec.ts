import { ProcessReports } from '../src';
import { openTestDatabase, processLoops, type TestDatabase } from '../testing';

describe('reports of processes', () => {
  let test: TestDatabase;
  beforeAll(async () => (test = await openTestDatabase()));
  afterAll(() => test.close());

  /** A process with a loop that has failed for some time. */
  function aProcess(service: string, failingMs: number) {
    const { loops } = processLoops();
    const reports = new ProcessReports(test.db, loops, service);
    const now = performance.now.bind(performance);
    performance.now = () => now() - failingMs;
    loops.watch('letters').failed('a', new Error('The disk is full.'));
    performance.now = now;
    return reports;
  }

  it('show the loops of all processes that have failed for half a minute', async () => {
    const [api, worker] = [aProcess('api', 45_000), aProcess('worker', 10_000)];
    await api.report();
    await worker.report();
    const [failing, ...more] = await worker.failing();
    expect(more).toEqual([]);
    expect(failing).toMatchObject({ service: 'api', loop: 'letters' });
    const [clock] = await test.db.query<{ now: Date }>('SELECT heliograph_now() AS now');
    expect(Math.round(((clock?.now.getTime() ?? 0) - (failing?.since.getTime() ?? 0)) / 10_000)).toBeGreaterThanOrEqual(4);
  });

  it('are forgotten a minute after a process said the last thing, and are deleted by others', async () => {
    await test.db.query('DELETE FROM process_reports');
    const [one, two] = [aProcess('api', 45_000), aProcess('worker', 45_000)];
    await one.report();
    await two.report();
    await two.report();
    expect((await two.failing()).map(({ service }) => service).sort()).toEqual(['api', 'worker']);
    await test.db.query(`UPDATE process_reports SET reported_at = reported_at - interval '2 minutes' WHERE service = 'api'`);
    expect((await two.failing()).map(({ service }) => service)).toEqual(['worker']);
    await test.db.query(`UPDATE process_reports SET reported_at = reported_at - interval '20 minutes'`);
    await two.report();
    expect(await test.db.query('SELECT service FROM process_reports')).toEqual([{ service: 'worker' }]);
  });
});
