import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ApiRig } from './api/api-rig';

/** Worker processes that keep house beside an api, for tests that kill them. */
export class Housekeepers {
  private readonly workers: ChildProcess[] = [];

  /** @param keyring the api's */
  constructor(
    private readonly rig: () => ApiRig,
    private readonly keyring: string,
  ) {}

  start(): ChildProcess {
    const worker = spawn(process.execPath, [join(__dirname, '../dist/apps/worker/src/main.js')], {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: this.rig().config.DATABASE_URL,
        KEYRING: this.keyring,
        PUBLIC_URL: 'https://hooks.example.com',
        WORKER_ROLES: 'housekeeping',
        WORKER_HEALTH_PORT: '0',
        LOG_LEVEL: 'fatal',
      },
      stdio: 'ignore',
    });
    this.workers.push(worker);
    return worker;
  }

  killAll(): void {
    for (const worker of this.workers) if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL');
  }
}
