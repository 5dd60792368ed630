import { setTimeout as sleep } from 'node:timers/promises';
import IORedis from 'ioredis';
import { Client } from 'pg';
import type { Lab } from './lab/lab';
import type { ManagedProcess } from './lab/managed-process';
import type { Rng } from './rng';

/** What was done to the system, and when. */
export interface Blow {
  atMs: number;
  what: string;
  /** Whether a process died of it by SIGKILL. */
  isKill: boolean;
}

/** Where the provider kills its caller: the head of the request was read; the message was taken; the answer has left. */
export type KillPoint = 'P1' | 'P2' | 'P3';

/** How much of everything. */
export interface HavocPlan {
  kills: number;
  /** Every blow is a kill at this point. */
  aim?: KillPoint;
  /** Mean time between blows in ms. */
  everyMs: number;
  /** SIGSTOP for up to this long, in ms. */
  freezeMs: number;
  postgresRestarts: number;
  queueLosses: number;
}

/** Kills, freezes and robs the lab's processes at random and at aimed points, and starts again what died. */
export class Havoc {
  readonly blows: Blow[] = [];
  private readonly stopped = new AbortController();
  private readonly frozen = new Set<ManagedProcess>();
  private seenKills = 0;
  private supervising: Promise<void> | null = null;

  constructor(
    private readonly lab: Lab,
    private readonly rng: Rng,
    private readonly plan: HavocPlan,
  ) {}

  get kills(): number {
    return this.blows.filter((blow) => blow.isKill).length;
  }

  /** Goes on until all blows of the plan are struck. */
  async run(): Promise<void> {
    this.supervising = this.supervise();
    const others = [
      ...Array.from({ length: this.plan.postgresRestarts }, () => () => this.restartPostgres()),
      ...Array.from({ length: this.plan.queueLosses }, () => () => this.loseQueue()),
    ];
    const every = others.length > 0 ? Math.max(1, Math.floor(this.plan.kills / (others.length + 1))) : Infinity;
    for (let n = 1; this.kills < this.plan.kills; n++) {
      await this.wait(this.rng.poisson(this.plan.everyMs));
      if (this.stopped.signal.aborted) return;
      if (n % every === 0) await others.shift()?.();
      await this.strike();
    }
    for (const other of others) await other();
  }

  /** Ends it: everything is awake, started and ready again. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.supervising;
    await this.lab.sim.clearFaults();
    for (const one of this.frozen) one.signal('SIGCONT');
    await Promise.all(this.processes.map((one) => this.bringUp(one)));
  }

  /** One that was told to end may still be ending: it is started as soon as it is gone. */
  private async bringUp(one: ManagedProcess): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      one.start();
      try {
        return await one.ready();
      } catch (error) {
        if (one.isUp || attempt === 3) throw error;
      }
    }
  }

  private get processes(): ManagedProcess[] {
    return [...this.lab.apis, ...this.lab.workers];
  }

  private async strike(): Promise<void> {
    const dice = this.plan.aim ? 0 : this.rng.next();
    if (dice < 0.35) return this.aim();
    const target = this.rng.pick(this.processes.filter((one) => one.isUp && !this.frozen.has(one)));
    if (!target) return;
    if (dice < 0.8) {
      this.note(`SIGKILL ${target.spec.name}`, true);
      target.signal('SIGKILL');
    } else if (dice < 0.9) {
      this.note(`SIGTERM ${target.spec.name}`);
      target.signal('SIGTERM');
    } else {
      const ms = this.rng.next() * this.plan.freezeMs;
      this.note(`SIGSTOP ${target.spec.name} for ${Math.round(ms)} ms`);
      target.signal('SIGSTOP');
      this.frozen.add(target);
      void this.wait(ms).then(() => {
        target.signal('SIGCONT');
        this.frozen.delete(target);
      });
    }
  }

  /** Lets the provider kill the worker that calls it, at a chosen point of a call. */
  private async aim(): Promise<void> {
    const point = this.plan.aim ?? this.rng.pick(['P1', 'P2', 'P3'] as const);
    await this.lab.sim.mayKill(this.lab.workers.flatMap((worker) => worker.pid ?? []));
    await this.lab.sim.fault({ kind: 'kill-peer', point, every: 1 + Math.floor(this.rng.next() * 20), times: 1 });
    for (const endsAt = Date.now() + 3_000; Date.now() < endsAt && !this.stopped.signal.aborted; await this.wait(50)) {
      const kills = await this.lab.sim.kills();
      for (const kill of kills.slice(this.seenKills)) this.note(`aimed SIGKILL at ${kill.point}`, true);
      const struck = kills.length > this.seenKills;
      this.seenKills = kills.length;
      if (struck) return;
    }
  }

  private async restartPostgres(): Promise<void> {
    this.note('PostgreSQL immediate restart');
    await this.lab.postgres.restartImmediately();
  }

  /** Every doorbell is gone. */
  private async loseQueue(): Promise<void> {
    this.note('queue store emptied');
    if (this.lab.env.REDIS_URL) {
      const redis = new IORedis(this.lab.env.REDIS_URL);
      await redis.flushall();
      redis.disconnect();
      return;
    }
    // The queue's own statements hold locks in another order: whoever loses the deadlock, the store is emptied.
    for (let emptied = false; !emptied && !this.stopped.signal.aborted;) emptied = await this.truncateQueue();
  }

  private async truncateQueue(): Promise<boolean> {
    const client = new Client({ connectionString: this.lab.postgres.url });
    try {
      await client.connect();
      const { rows } = await client.query<{ name: string }>(
        `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_schema = 'bullmq' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '%migration%'`,
      );
      await client.query(`TRUNCATE ${rows.map((row) => row.name).join(', ')}`);
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01') throw error;
      return false;
    } finally {
      await client.end();
    }
  }

  /** Starts again what died, after 0 to 3 s, as a cluster would. */
  private async supervise(): Promise<void> {
    const due = new Map<ManagedProcess, number>();
    while (!this.stopped.signal.aborted) {
      for (const one of this.processes) {
        if (one.isUp) continue;
        const at = due.get(one) ?? Date.now() + this.rng.next() * 3_000;
        due.set(one, at);
        if (Date.now() < at) continue;
        due.delete(one);
        one.start();
      }
      await this.wait(50);
    }
  }

  private note(what: string, isKill = false): void {
    this.blows.push({ atMs: Date.now(), what, isKill });
  }

  private async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }
}
