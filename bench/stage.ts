import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { Driver } from '../chaos/driver';
import { command, freePort, Lab, type LabOptions } from '../chaos/lab/lab';

/** Sizes of the parts, and the queue that they run on. */
export interface BenchOptions {
  /** A tenth of everything, to see that it runs. */
  quick: boolean;
  /** Queue backends to measure; parts that compare none use the first. */
  backends: Backend[];
  /** People of one campaign; absent: a million. */
  people?: number | undefined;
  /** Rows of one import, which is measured alone; absent: 50,000, and what follows it. */
  rows?: number | undefined;
  /** People of a campaign of another tenant that runs beside; absent: none. */
  campaign?: number | undefined;
}

export type Backend = 'postgres' | 'redis';

/** Real processes that a part measures, and a pool of connections to their database. */
export interface Stage {
  lab: Lab;
  driver: Driver;
  db: Pool;
  redisUrl: string | null;
}

/** A session as the simulator knows it. */
export interface SimSession {
  id: number;
  apiKey: string;
  webhookUrl: string;
  webhookSecret: string;
}

const home = join(process.cwd(), '.data', 'bench');
export const json = { 'content-type': 'application/json' };

/** Options of a stage. */
export interface StageOptions extends LabOptions {
  /** The part writes rows of messages itself, for which the invariants do not hold; it checks them where they do. */
  ownRows?: boolean;
}

/** Starts everything, works, checks the invariants of the ledger, and stops it again whatever happens. */
export async function onStage<T>(
  backend: Backend,
  { ownRows = false, ...options }: StageOptions,
  work: (stage: Stage) => Promise<T>,
): Promise<T> {
  mkdirSync(home, { recursive: true });
  const redis = backend === 'redis' ? await startRedis() : null;
  try {
    const lab = await Lab.start({ dir: home, ...options, ...(redis && { redisUrl: redis.url }) });
    const db = new Pool({ connectionString: lab.postgres.url, max: 2 });
    db.on('error', () => undefined); // the server goes away at the end
    try {
      const stage = { lab, driver: new Driver(lab.apiUrls, lab.seed.apiKey), db, redisUrl: redis?.url ?? null };
      const result = await work(stage);
      if (!ownRows) await checkInvariants(stage);
      return result;
    } finally {
      await db.end();
      await lab.stop();
    }
  } finally {
    await redis?.stop();
  }
}

/** Checks what must hold between the tables, as `heliograph check`. @throws Error that names what does not */
export async function checkInvariants({ lab }: Stage): Promise<void> {
  await command(lab.env, ['check']);
}

/** Another program of the bench, in a process of its own. */
export function child(file: string, args: string[]): { output: Promise<string>; stop: () => Promise<void> } {
  const program = spawn(process.execPath, [join(process.cwd(), 'dist', 'bench', file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  program.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const exited = once(program, 'exit');
  return {
    output: exited.then(() => out),
    stop: async () => {
      program.kill('SIGTERM');
      await exited;
    },
  };
}

/** The same for one that serves; resolves when it answers. */
export async function serving(file: string, args: (port: string) => string[]): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const server = child(file, args(String(port)));
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++, await sleep(50)) {
    const answer = await fetch(url).catch(() => null);
    if (answer) return { url, stop: server.stop };
  }
  await server.stop();
  throw new Error(`${file} did not answer.`);
}

/** Sets the pace of every lane at once; before workers start, since running ones do not learn of it. */
export async function setPace({ db }: Stage, windowMs: number, windowLimit: number): Promise<void> {
  await db.query(
    `INSERT INTO lanes (session_id, tenant_id, window_ms, window_limit) SELECT id, tenant_id, $1, $2 FROM sessions
     ON CONFLICT (session_id) DO UPDATE SET window_ms = excluded.window_ms, window_limit = excluded.window_limit`,
    [windowMs, windowLimit],
  );
}

/** A text of the usual length. */
export const textTo = (to: string, n: number, sessionId: string | undefined): Record<string, unknown> => ({
  to,
  type: 'text',
  text: `Hello, your order ${n} is ready to be collected.`,
  session_id: sessionId,
});

/** First digits of those whom broadcasts of parts go to. */
export const broadcastDigits = '44770';

/** Posts `count` texts, spread over the sessions, in JSON chunks of 10,000. */
export async function postBroadcast({ lab, driver }: Stage, count: number, sessions = lab.seed.sessions): Promise<void> {
  for (let from = 0; from < count; from += 10_000) {
    const messages = Array.from({ length: Math.min(10_000, count - from) }, (_, k) =>
      textTo(`+${broadcastDigits}${String(1_000_000 + from + k)}`, from + k, sessions[(from + k) % sessions.length]),
    );
    await driver.insist('POST', '/v1/messages/bulk', { messages }, `broadcast-${sessions.length}-${from}`);
  }
}

/** Waits until the simulator took so many of a broadcast, and says how many a second it took from the first to the last. */
export async function sendRate({ lab }: Stage, count: number, patienceMs = 300_000): Promise<number> {
  for (const endsAt = Date.now() + patienceMs; Date.now() < endsAt; await sleep(500)) {
    const { accepted, perSecond } = await lab.sim.summary(broadcastDigits);
    if (accepted >= count) return perSecond ?? 0;
  }
  throw new Error(`The simulator did not take ${count} messages in ${patienceMs / 1_000} s.`);
}

export async function simSessions({ lab }: Stage): Promise<SimSession[]> {
  return (await (await fetch(`${lab.sim.url}/sim/sessions`)).json()) as SimSession[];
}

/** Headers of a call with the tenant's API key. */
export const authorised = ({ lab }: Stage, more: Record<string, string> = {}): Record<string, string> => ({
  authorization: `Bearer ${lab.seed.apiKey}`,
  ...json,
  ...more,
});

async function startRedis(): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const dir = mkdtempSync(join(home, 'redis-'));
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', dir], { stdio: 'ignore' });
  const exited = once(server, 'exit');
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      server.kill('SIGTERM');
      await exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
