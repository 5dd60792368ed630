import type { Database } from '@heliograph/kernel';
import { processLoops, until } from '@heliograph/kernel/testing';
import { WorkerLease } from './worker-lease';

describe('WorkerLease', () => {
  it('does not restore an identity that was given up during its heartbeat', async () => {
    let answer: ((rows: object[]) => void) | null = null;
    // The test answers the first renewal; later ones are answered at once.
    const query = (sql: string) =>
      sql.startsWith('UPDATE') && !answer ? new Promise((resolve) => (answer = resolve)) : Promise.resolve([{ id: 'one' }]);
    const lease = new WorkerLease({ query } as unknown as Database, processLoops().loops);
    await lease.start();
    const first = lease.current();
    await until(() => answer !== null);
    if (first) lease.forfeit(first);
    (answer as unknown as (rows: object[]) => void)([{ id: 'one' }]);
    await until(() => lease.current() !== null);
    expect([first?.isValid(), lease.current()?.workerId === first?.workerId]).toEqual([false, false]);
    await lease.stop();
  });
});
