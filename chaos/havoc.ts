import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import IORedis from 'ioredis';
import { Client } from 'pg';
import type { CampaignStage } from './campaign-kills';
import { Driver } from './driver';
import type { Lab } from './lab/lab';
import type { ManagedProcess } from './lab/managed-process';
import type { Rng } from './rng';

/** One fault that was inflicted on the system, and its time. */
export interface Blow {
  atMs: number;
  what: string;
  /** True when a process died of it by SIGKILL. */
  isKill: boolean;
  /** Stage of a campaign at which the process provably was; absent: it was aimed at no campaign. */
  stage?: CampaignStage;
  /** Time for which it keeps a worker, a lane or the whole machine from working, in ms. */
  holdsMs?: number;
  /** Time until every session sent again, in ms; written at the end of the run, for kills. */
  recoveryMs?: number;
}

/** Moment at which the provider kills its caller: the head of the request was read; the message was taken; the answer has left. */
export type KillPoint = 'P1' | 'P2' | 'P3';

/** Number of blows, by kind. */
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
  /** Rounds in which every connection to the database is terminated, one after the other. */
  terminations: number;
  /** Times at which every statement that moves messages fails as a whole for a while. */
  failedStatements: number;
  /** Times at which a lane holds a limit that no claim can read. */
  poisonedLanes: number;
  /** Times at which other work takes all processors. */
  overloads: number;
}

/** Time for which statements fail, in ms: shorter than a lease, so that all of them are tried again. */
const failedStatementsMs = 3_000;
/** Time for which a lane stays poisoned, and for which other work takes the processors, in ms. */
const poisonedMs = 10_000;
const overloadMs = 15_000;
/** A first day of warm-up beyond what any counter holds: a row that was written past the API's bounds. */
const poisonousWarmUp = '[99999999999]';

/** Kills, freezes and robs the lab's processes at random and at aimed points, and starts again what died. */
export class Havoc {
  readonly blows: Blow[] = [];
  readonly crashes: string[] = [];
  private readonly stopped = new AbortController();
  private readonly frozen = new Set<ManagedProcess>();
  private seenKills = 0;
  private supervising: Promise<void> | null = null;

  constructor(
    private readonly lab: Lab,
    private readonly rng: Rng,
    private readonly plan: HavocPlan,
  ) {}

  /** Kills of the plan; those at stages of a campaign come on top. */
  get kills(): number {
    return this.blows.filter((blow) => blow.isKill && !blow.stage).length;
  }

  /** From now on, starts again what dies. */
  watch(): void {
    this.supervising ??= this.supervise();
  }

  /** Goes on until all blows of the plan are struck. */
  async run(): Promise<void> {
    this.watch();
    const others = [
      ...Array.from({ length: this.plan.postgresRestarts }, () => () => this.restartPostgres()),
      ...Array.from({ length: this.plan.queueLosses }, () => () => this.loseQueue()),
      ...Array.from({ length: this.plan.terminations }, () => () => this.terminateConnections()),
      ...Array.from({ length: this.plan.failedStatements }, () => () => this.failStatements()),
      ...Array.from({ length: this.plan.poisonedLanes }, () => () => this.poisonLane()),
      ...Array.from({ length: this.plan.overloads }, () => () => this.overload()),
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
    await this.leaveDown();
    await this.lab.sim.clearFaults();
    for (const one of this.frozen) one.signal('SIGCONT');
    await Promise.all(this.processes.map((one) => this.bringUp(one)));
  }

  /** Ends the blows and starts no process again. */
  async leaveDown(): Promise<void> {
    this.stopped.abort();
    await this.supervising;
  }

  /** A process that was asked to end may still be ending: it is started again once it is gone. */
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
      this.note(`SIGKILL ${target.spec.name}`, { isKill: true });
      target.signal('SIGKILL');
    } else if (dice < 0.9) {
      this.note(`SIGTERM ${target.spec.name}`);
      target.signal('SIGTERM');
    } else {
      const ms = this.rng.next() * this.plan.freezeMs;
      const isWorker = this.lab.workers.includes(target);
      this.note(`SIGSTOP ${target.spec.name} for ${Math.round(ms)} ms`, isWorker ? { holdsMs: ms } : {});
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
      for (const kill of kills.slice(this.seenKills)) this.note(`aimed SIGKILL at ${kill.point}`, { isKill: true });
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

  /** Ends the connections of all processes one by one, as a failing network does, and then all at once, as an administrator does. */
  private async terminateConnections(): Promise<void> {
    this.note('connections terminated');
    const others = `pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
    await this.withDatabase(async (client) => {
      const { rows } = await client.query<{ pid: number }>(`SELECT pid FROM ${others}`);
      for (const { pid } of rows) {
        await client.query('SELECT pg_terminate_backend($1)', [pid]);
        await this.wait(20);
      }
      await client.query(`SELECT pg_terminate_backend(pid) FROM ${others}`);
    });
  }

  /** For a while every statement that moves messages fails as a whole, as after a lost serialisation race. */
  private async failStatements(): Promise<void> {
    this.note(`moves of messages fail for ${failedStatementsMs} ms`, { holdsMs: failedStatementsMs });
    await this.withDatabase(async (client) => {
      await client.query(`CREATE OR REPLACE FUNCTION chaos_fail() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'chaos' USING ERRCODE = 'serialization_failure'; END $$`);
      await client.query('CREATE OR REPLACE TRIGGER chaos_fail BEFORE UPDATE ON messages FOR EACH STATEMENT EXECUTE FUNCTION chaos_fail()');
      await sleep(failedStatementsMs);
      await client.query('DROP TRIGGER chaos_fail ON messages');
    });
  }

  /** Writes a limit past the bounds of the API into one lane, and takes it out as a client would. Its messages wait; all others go on. */
  private async poisonLane(): Promise<void> {
    const session = this.rng.pick(this.lab.seed.sessions);
    this.note(`limits of session ${session} poisoned for ${poisonedMs} ms`, { holdsMs: poisonedMs });
    await this.withDatabase((client) =>
      client.query(`UPDATE lanes SET warm_up = $2, warm_up_from = current_date, revision = revision + 1 WHERE session_id = $1`, [
        session,
        poisonousWarmUp,
      ]),
    );
    await sleep(poisonedMs);
    await new Driver(this.lab.apiUrls, this.lab.seed.apiKey).insist('PATCH', `/v1/sessions/${session}/limits`, { warm_up: null });
  }

  /** Takes every processor several times over. */
  private async overload(): Promise<void> {
    const burners = availableParallelism() * 10;
    this.note(`${burners} busy processes for ${overloadMs} ms`, { holdsMs: overloadMs });
    const script = `const end = Date.now() + ${overloadMs}; while (Date.now() < end);`;
    const running = Array.from({ length: burners }, () => spawn(process.execPath, ['-e', script], { stdio: 'ignore' }));
    await Promise.all(running.map((one) => once(one, 'exit')));
  }

  private async withDatabase<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: this.lab.postgres.url });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  private async truncateQueue(): Promise<boolean> {
    try {
      await this.withDatabase(async (client) => {
        const { rows } = await client.query<{ name: string }>(
          `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables WHERE table_schema = 'bullmq' AND table_type = 'BASE TABLE' AND table_name NOT LIKE '%migration%'`,
        );
        await client.query(`TRUNCATE ${rows.map((row) => row.name).join(', ')}`);
      });
      return true;
    } catch (error) {
      if ((error as { code?: string }).code !== '40P01') throw error;
      return false;
    }
  }

  /** Starts again what died, after 0 to 3 s, as a cluster would. */
  private async supervise(): Promise<void> {
    const due = new Map<ManagedProcess, number>();
    while (!this.stopped.signal.aborted) {
      for (const one of this.processes) {
        if (one.isUp) continue;
        if (!due.has(one) && one.hasCrashed) this.crashes.push(`${one.spec.name}: ${one.logTail(10)}`);
        const at = due.get(one) ?? Date.now() + this.rng.next() * 3_000;
        due.set(one, at);
        if (Date.now() < at) continue;
        due.delete(one);
        one.start();
      }
      await this.wait(50);
    }
  }

  private note(what: string, { isKill = false, holdsMs }: { isKill?: boolean; holdsMs?: number } = {}): void {
    this.blows.push({ atMs: Date.now(), what, isKill, ...(holdsMs && { holdsMs }) });
  }

  private async wait(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.stopped.signal }).catch(() => undefined);
  }
}
