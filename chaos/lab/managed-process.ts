import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Start of a product process. */
export interface ProcessSpec {
  name: string;
  script: string;
  /** As its image or unit file would start it. */
  nodeFlags?: string[];
  env: Record<string, string>;
  /** Answers 200 once the process is ready. */
  healthUrl: string;
  logDir: string;
}

/** One real process of the product, with its own log file; only its own pid is ever signalled. */
export class ManagedProcess {
  private child: ChildProcess | null = null;
  /** True while somebody means it to be down. */
  private meantToBeDown = true;

  constructor(readonly spec: ProcessSpec) {}

  get pid(): number | null {
    return this.child?.pid ?? null;
  }

  get isUp(): boolean {
    return this.child !== null && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** True when it ended by itself with an error, not by a signal. */
  get hasCrashed(): boolean {
    return (this.child?.exitCode ?? 0) !== 0;
  }

  get logFile(): string {
    return join(this.spec.logDir, `${this.spec.name}.log`);
  }

  start(): void {
    if (this.isUp) return;
    this.meantToBeDown = false;
    const log = openSync(this.logFile, 'a');
    this.child = spawn(process.execPath, [...(this.spec.nodeFlags ?? []), this.spec.script], {
      env: { PATH: process.env.PATH, ...this.spec.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
  }

  /** Waits until the health URL answers 200. @throws after `timeoutMs`, with the end of the log */
  async ready(timeoutMs = 60_000): Promise<void> {
    const endsAt = Date.now() + timeoutMs;
    while (Date.now() < endsAt) {
      if (!this.isUp && !this.meantToBeDown) throw new Error(`${this.spec.name} died while starting:\n${this.logTail()}`);
      const answer = await fetch(this.spec.healthUrl, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
      if (answer?.ok) return;
      await sleep(100);
    }
    throw new Error(`${this.spec.name} was not ready within ${timeoutMs} ms:\n${this.logTail()}`);
  }

  signal(name: NodeJS.Signals): void {
    if (this.isUp) this.child?.kill(name);
  }

  /** Ends it and waits. @returns its exit code, or null when a signal ended it */
  async stop(signal: NodeJS.Signals = 'SIGTERM', patienceMs = 30_000): Promise<number | null> {
    this.meantToBeDown = true;
    const child = this.child;
    if (!child || !this.isUp) return child?.exitCode ?? null;
    const exited = once(child, 'exit');
    child.kill(signal);
    await Promise.race([exited, sleep(patienceMs, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    await exited;
    return child.exitCode;
  }

  /** Resident memory in bytes, or null when it is down. */
  memory(): number | null {
    if (!this.isUp) return null;
    const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1];
    return kib ? Number(kib) * 1_024 : null;
  }

  /** CPU time used so far, in ms. */
  cpuMs(): number {
    if (!this.isUp) return 0;
    const fields = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  logTail(lines = 30): string {
    try {
      return readFileSync(this.logFile, 'utf8').split('\n').slice(-lines).join('\n');
    } catch {
      return '(no log)';
    }
  }
}
