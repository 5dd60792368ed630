import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import type { ApiRig } from './api/api-rig';

/** Statements at which a process is killed. */
export interface Gate {
  table: string;
  event?: 'INSERT' | 'UPDATE' | 'DELETE';
  /** Condition on the rows `NEW` and `OLD`. */
  when?: string;
}

/** Key of the advisory lock that shuts a gate. */
const gateKey = 7_303;

/** Worker processes beside an api, for tests that kill them. */
export class WorkerProcesses {
  private readonly workers: ChildProcess[] = [];
  /** Last lines that the workers wrote. */
  private output = '';

  /** @param keyring the api's */
  constructor(
    private readonly rig: () => ApiRig,
    private readonly keyring: string,
    private readonly role: 'housekeeping' | 'campaigns' = 'housekeeping',
  ) {}

  start(): ChildProcess {
    const worker = spawn(process.execPath, [join(__dirname, '../dist/apps/worker/src/main.js')], {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: this.rig().config.DATABASE_URL,
        KEYRING: this.keyring,
        PUBLIC_URL: 'https://hooks.example.com',
        WORKER_ROLES: this.role,
        WORKER_HEALTH_PORT: '0',
        LOG_LEVEL: 'error',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [worker.stdout, worker.stderr])
      stream?.on('data', (text: Buffer) => (this.output = (this.output + text.toString()).slice(-4_000)));
    this.workers.push(worker);
    return worker;
  }

  async kill(worker: ChildProcess): Promise<void> {
    worker.kill('SIGKILL');
    if (worker.signalCode === null) await once(worker, 'exit');
  }

  /**
   * Kills a worker in the middle of its next transaction that has such a statement, before the first row. Returns when the transaction is over.
   * @param whileHeld done while the transaction waits
   */
  async killAt(worker: ChildProcess, { table, event, when }: Gate, whileHeld?: () => Promise<unknown>): Promise<void> {
    const db = this.rig().get(Database);
    await db.query(`CREATE OR REPLACE FUNCTION test_gate() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(${gateKey});
        RETURN coalesce(NEW, OLD);
      END $$`);
    await db.transaction(async (tx) => {
      await tx.query(`SELECT pg_advisory_xact_lock(${gateKey})`);
      await db.query(
        `CREATE TRIGGER test_gate BEFORE ${event ?? 'INSERT OR UPDATE OR DELETE'} ON ${table} FOR EACH ROW ${when ? `WHEN (${when})` : ''} EXECUTE FUNCTION test_gate()`,
      );
      await until(() => this.waits(`l.locktype = 'advisory' AND l.objid = ${gateKey}`), 60_000);
      await whileHeld?.();
      await this.kill(worker);
    });
    await db.query(`DROP TRIGGER test_gate ON ${table}`);
  }

  /** True while a transaction of the test's database waits for such a lock. @param condition of `l`, a row of `pg_locks` */
  async waits(condition: string): Promise<boolean> {
    const waiting = await this.rig()
      .get(Database)
      .query(
        `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.datname = current_database() AND NOT l.granted AND ${condition}`,
      );
    return waiting.length > 0;
  }

  /** Waits as `until` does, and no longer than a worker lives that nobody killed. @throws Error with what the workers wrote */
  async until(ask: () => Promise<unknown>, deadlineMs: number): Promise<void> {
    try {
      await until(async () => {
        const gone = this.workers.find(({ exitCode }) => exitCode !== null);
        if (gone) throw new Error(`A worker ended with code ${gone.exitCode}`);
        return ask();
      }, deadlineMs);
    } catch (error) {
      throw new Error(`${(error as Error).message}; the workers wrote: ${this.output}`, { cause: error });
    }
  }

  killAll(): void {
    for (const worker of this.workers) if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL');
  }
}
