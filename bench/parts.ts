import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { Database, dataSourceOptions } from '@heliograph/kernel';
import { freePort, Lab } from '../chaos/lab/lab';
import { Driver } from '../chaos/driver';
import { Figures } from './figures';
import { ledgerCeiling, seedLanes, seedMessages } from './ledger-ceiling';
import { load, type LoadRequest } from './load';
import { fillTextbook } from './textbook/textbook';

/** How large the parts are, and on what. */
export interface BenchOptions {
  /** A tenth of everything, to see that it runs. */
  quick: boolean;
  redisUrl?: string;
}

const script = (name: string) => join(process.cwd(), 'dist', 'bench', name);
const json = { 'content-type': 'application/json' };

/** One lab with its driver; stopped whatever happens. */
async function withLab<T>(options: Parameters<typeof Lab.start>[0], work: (lab: Lab, driver: Driver) => Promise<T>): Promise<T> {
  const lab = await Lab.start(options);
  try {
    return await work(lab, new Driver(lab.apiUrls, lab.seed.apiKey));
  } finally {
    await lab.stop();
  }
}

const authorised = (lab: Lab, more: Record<string, string> = {}) => ({ authorization: `Bearer ${lab.seed.apiKey}`, ...json, ...more });

async function setLimits(driver: Driver, lab: Lab, limits: Record<string, number>): Promise<void> {
  for (const id of lab.seed.sessions) await driver.insist('PATCH', `/v1/sessions/${id}/limits`, limits);
}

async function postBroadcast(driver: Driver, lab: Lab, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, n) => ({
    to: `+44770${String(1_000_000 + n)}`,
    type: 'text',
    text: `Hello, your order ${n} is ready to be collected.`,
    session_id: lab.seed.sessions[n % lab.seed.sessions.length],
  }));
  for (let from = 0; from < rows.length; from += 10_000)
    await driver.insist('POST', '/v1/messages/bulk', { messages: rows.slice(from, from + 10_000) }, `broadcast-${from}`);
}

/** Waits until the simulator took so many, and says how fast it did from the first to the last. */
async function sendRate(lab: Lab, count: number, patienceMs: number): Promise<number> {
  for (const endsAt = Date.now() + patienceMs; Date.now() < endsAt; await sleep(250)) {
    const { accepted, perSecond } = await lab.sim.summary();
    if (accepted >= count) return perSecond ?? 0;
  }
  throw new Error(`The simulator did not take ${count} messages in ${patienceMs / 1_000} s.`);
}

async function child(file: string, args: string[]): Promise<{ stop: () => Promise<void>; output: Promise<string> }> {
  const process_ = spawn(process.execPath, [script(file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let out = '';
  process_.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const exited = once(process_, 'exit');
  return {
    output: exited.then(() => out),
    stop: async () => {
      process_.kill('SIGTERM');
      await exited;
    },
  };
}

async function serving(kind: 'bare' | 'durable', postgresUrl: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const port = await freePort();
  const server = await child('baselines/serve.js', [kind, String(port), postgresUrl]);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 200; tries++, await sleep(50))
    if (
      await fetch(url, { method: 'POST' }).then(
        () => true,
        () => false,
      )
    )
      break;
  return { url, stop: server.stop };
}

/** (a) Send rate end to end with the pace off, one worker, against undici alone, the textbook pipeline and the ledger alone. */
export async function sending({ quick, redisUrl }: BenchOptions): Promise<Figures> {
  const figures = new Figures('a send');
  const count = quick ? 5_000 : 50_000;
  const sessions = quick ? 50 : 500;
  const store = redisUrl ? 'Redis' : 'PostgreSQL';
  await withLab({ sessions, workers: 0, ...(redisUrl && { redisUrl }) }, async (lab, driver) => {
    await lab.sim.configure({ hooksEnabled: false });
    const apiKeys = (await simSessions(lab)).map((session) => session.apiKey);

    let undici = 0;
    for (const connections of [16, 64, 128]) {
      const run = await child('baselines/call.js', [lab.sim.url, String(connections), String(count / 2), apiKeys.slice(0, 50).join(',')]);
      undici = Math.max(undici, Number(await run.output));
    }
    figures.add('undici alone, best of 16, 64, 128 connections', undici, 'calls/s');

    await lab.sim.reset();
    const textbookCount = Math.min(count, 20_000);
    const filled = await fillTextbook(lab.postgres.url, redisUrl ?? null, apiKeys, textbookCount);
    figures.add(`textbook: accepted (${store})`, textbookCount / filled, 'messages/s');
    const textbookWorker = await child('textbook/worker.js', [lab.postgres.url, redisUrl ?? '', lab.sim.url]);
    const textbook = await sendRate(lab, textbookCount, 300_000).finally(textbookWorker.stop);
    figures.add(`textbook: sent (${store})`, textbook, 'messages/s');

    await lab.sim.reset();
    await setLimits(driver, lab, { window_limit: 0 });
    await postBroadcast(driver, lab, count);
    const worker = await lab.addWorker();
    const rate = await sendRate(lab, count, 300_000);
    const cpu = worker.cpuMs();
    figures.add(`Heliograph: sent, one worker (${store})`, rate, 'messages/s');
    figures.add('worker CPU a message', (cpu * 1_000) / count, 'us');
    const { duplicates } = await lab.sim.summary();
    figures.goal('18', 'messages doubled', duplicates, '', { most: 0 });

    const ceiling = await ledgerAlone(lab.postgres.url, count, sessions);
    figures.add('ledger alone: the same statements, neither HTTP nor queue', ceiling, 'messages/s');
    figures.goal(redisUrl ? '1' : '2', `of textbook (${store})`, rate / textbook, 'x', { least: redisUrl ? 3 : 5 });
    if (redisUrl) figures.goal('1', 'of undici alone', rate / undici, 'x', { least: 0.15 });
    figures.goal('f', 'of the ledger alone', rate / ceiling, 'x', { least: 0.6 });
  });
  return figures;
}

async function ledgerAlone(url: string, count: number, sessions: number): Promise<number> {
  const dataSource = await new DataSource(dataSourceOptions(url, 16)).initialize();
  try {
    const db = new Database(dataSource);
    const { tenantId, sessionIds } = await seedLanes(db, sessions);
    await seedMessages(db, tenantId, sessionIds, count, { guarded: true });
    return (await ledgerCeiling(db, sessionIds, 96)).perSecond;
  } finally {
    await dataSource.destroy();
  }
}

/** (b) Intake: a broadcast, single posts at a fixed rate and as fast as they go, against bare durable accept and unnest inserts. */
export async function intake({ quick, redisUrl }: BenchOptions): Promise<Figures> {
  const figures = new Figures('b intake');
  const count = quick ? 10_000 : 50_000;
  await withLab({ sessions: 20, workers: 0, ...(redisUrl && { redisUrl }) }, async (lab, driver) => {
    const db = new Pool({ connectionString: lab.postgres.url, max: 1 });
    await db.query(`CREATE TABLE bench_rows (LIKE messages INCLUDING ALL)`);
    const startedAt = performance.now();
    for (let from = 0; from < count; from += 1_000)
      await db.query(
        `INSERT INTO bench_rows (tenant_id, id, session_id, created_at, expires_at, class, state, recipient, kind, body)
         SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now(), now(), 3, 'queued', r, 'text', '{"content":{"kind":"text","text":"Hello, your order is ready to be collected."}}' FROM unnest($1::text[]) r`,
        [Array.from({ length: 1_000 }, (_, k) => `+44770${String(1_000_000 + from + k)}`)],
      );
    const unnest = count / ((performance.now() - startedAt) / 1_000);
    figures.add('insert by unnest alone, the same table', unnest, 'rows/s');
    await db.end();

    const bulkAt = performance.now();
    await postBroadcast(driver, lab, count);
    const bulk = count / ((performance.now() - bulkAt) / 1_000);
    figures.add('bulk, JSON by 10,000', bulk, 'rows/s');
    figures.goal('9', '50,000 recipients accepted and stored', 50_000 / bulk, 's', { most: 2 });
    figures.goal('9', 'of unnest alone', bulk / unnest, 'x', { least: 0.15 });

    const streamAt = performance.now();
    const lines = Array.from({ length: count }, (_, n) =>
      JSON.stringify({ to: `+44771${String(1_000_000 + n)}`, type: 'text', text: `Stream ${n}`, session_id: lab.seed.sessions[n % 20] }),
    );
    const streamed = await fetch(`${lab.apiUrls[0]}/v1/messages/bulk`, {
      method: 'POST',
      headers: { ...authorised(lab), 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    await streamed.text();
    figures.add('bulk, NDJSON stream', count / ((performance.now() - streamAt) / 1_000), 'rows/s');

    const single = (n: number): LoadRequest => ({
      path: '/v1/messages',
      headers: authorised(lab, { 'idempotency-key': `single-${n}` }),
      body: JSON.stringify({
        to: `+44772${String(1_000_000 + n)}`,
        type: 'text',
        text: 'Your code is 123456',
        session_id: lab.seed.sessions[n % 20],
      }),
    });
    const api = lab.apiUrls[0] as string;
    await load(api, 2_000, (n) => single(10_000_000 + n));
    const calm = await load(api, quick ? 1_000 : 4_000, (n) => single(20_000_000 + n), { perSecond: 200 });
    figures.add('POST at 200/s: p50', calm.p50, 'ms');
    figures.add('POST at 200/s: p99', calm.p99, 'ms');
    const brisk = await load(api, quick ? 3_000 : 10_000, (n) => single(30_000_000 + n), { perSecond: 1_000 });
    figures.goal('4', 'POST at 1,000/s: p99', brisk.p99, 'ms', { most: 25 });
    const fast = await load(api, quick ? 5_000 : 30_000, single);
    figures.add('POST as fast as it goes', fast.perSecond, 'requests/s');
    figures.add('failed', calm.failures + brisk.failures + fast.failures);
    const durable = await serving('durable', lab.postgres.url);
    const bare = await load(durable.url, quick ? 5_000 : 30_000, (n) => ({ ...single(n), path: '/' })).finally(durable.stop);
    figures.add('bare durable accept (Fastify, folded insert)', bare.perSecond, 'requests/s');
    figures.goal('4', 'of durable accept', fast.perSecond / bare.perSecond, 'x', { least: 0.2 });
  });
  return figures;
}

/** (c) A burst of hooks: acknowledged, and applied, against a bare Fastify. */
export async function hooks({ quick, redisUrl }: BenchOptions): Promise<Figures> {
  const figures = new Figures('c hooks');
  const messages = quick ? 1_000 : 10_000;
  await withLab({ sessions: 20, workers: 0, ...(redisUrl && { redisUrl }) }, async (lab, driver) => {
    await postBroadcast(driver, lab, messages);
    const db = new Pool({ connectionString: lab.postgres.url, max: 1 });
    // As if all had been sent and their WhatsApp ids were known.
    await db.query(`UPDATE messages SET state = 'calling'; UPDATE messages SET state = 'sent', due_at = NULL, sent_at = now(); UPDATE lanes SET next_due_at = NULL;
      INSERT INTO message_keys (session_id, key_id, tenant_id, message_id, evidence) SELECT session_id, 'BENCH' || id, tenant_id, id, 'info' FROM messages`);
    const { rows } = await db.query<{ id: string; provider_session_id: string }>(
      `SELECT m.id, s.provider_session_id FROM messages m JOIN sessions s ON s.id = m.session_id ORDER BY m.id`,
    );
    const senders = new Map((await simSessions(lab)).map((session) => [String(session.id), session]));
    const burst = Array.from({ length: messages * 3 }, (_, n): LoadRequest => {
      const row = rows[n % rows.length] as (typeof rows)[number];
      const sender = senders.get(row.provider_session_id) as SimSession;
      return {
        path: new URL(sender.webhookUrl).pathname,
        headers: { ...json, 'x-webhook-signature': sender.webhookSecret },
        body: JSON.stringify({
          event: 'messages.update',
          timestamp: Date.now(),
          data: {
            update: { status: 2 + Math.floor(n / rows.length) },
            key: { id: `BENCH${row.id}`, fromMe: true, remoteJid: '447700900000@s.whatsapp.net' },
            msgId: 'x',
          },
        }),
      };
    });
    const of = (n: number) => burst[n] as LoadRequest;
    const api = lab.apiUrls[0] as string;
    const calm = await load(api, Math.min(burst.length, 5_000), of, { perSecond: 1_000 });
    figures.goal('7', 'acknowledged at 1,000/s: p99', calm.p99, 'ms', { most: 25 });
    const full = await load(api, burst.length, of);
    figures.add('acknowledged as fast as they come', full.perSecond, 'hooks/s');
    figures.add('p99 then', full.p99, 'ms');
    figures.add('failed', calm.failures + full.failures);
    const total = Math.min(burst.length, 5_000) + burst.length;
    await db.query(`CREATE TABLE IF NOT EXISTS bench_mark (x int)`);
    const startedAt = performance.now();
    await lab.addWorker();
    const readyAt = performance.now();
    for (;;) {
      const { rows: left } = await db.query<{ n: string }>(`SELECT count(*) AS n FROM hook_inbox WHERE processed_at IS NULL`);
      if (left[0]?.n === '0') break;
      await sleep(50);
    }
    const drained = await db.query<{ s: number }>(
      `SELECT extract(epoch FROM max(processed_at) - min(processed_at))::float8 AS s FROM hook_inbox`,
    );
    const applied = total / Math.max(0.001, drained.rows[0]?.s ?? 1);
    figures.add('worker up in', readyAt - startedAt, 'ms');
    figures.goal('8', 'applied', applied, 'hooks/s', { least: 400 });
    const { rows: wrong } = await db.query<{ n: string }>(`SELECT count(*) AS n FROM messages WHERE state <> 'read'`);
    figures.goal('8', 'messages not at their highest state', Number(wrong[0]?.n), '', { most: 0 });
    await db.end();
    const bare = await serving('bare', lab.postgres.url);
    const fastify = await load(bare.url, burst.length, (n) => ({ ...of(n), path: '/' })).finally(bare.stop);
    figures.add('bare Fastify 200', fastify.perSecond, 'requests/s');
    figures.goal('6', 'of bare Fastify', full.perSecond / fastify.perSecond, 'x', { least: 0.3 });
  });
  return figures;
}

/** (d) Pace at the provider's door: 100 sessions, 256 per 60 s, four workers. */
export async function pacing({ quick, redisUrl }: BenchOptions): Promise<Figures> {
  const figures = new Figures('d pace');
  const sessions = quick ? 20 : 100;
  const minutes = quick ? 1.5 : 3;
  const windowMs = 60_000;
  const limit = 256;
  await withLab({ sessions, workers: 0, ...(redisUrl && { redisUrl }) }, async (lab, driver) => {
    await lab.sim.configure({ hooksEnabled: false });
    await setLimits(driver, lab, { window_ms: windowMs, window_limit: limit });
    await postBroadcast(driver, lab, Math.ceil(sessions * limit * (minutes + 0.5)));
    await Promise.all(Array.from({ length: 4 }, () => lab.addWorker()));
    await sleep(minutes * 60_000);
    const lanes = await lab.sim.pace(windowMs, limit);
    const shares = lanes.map((lane) => (lane.sent - 1) / ((lane.spanMs / windowMs) * limit)).sort((a, b) => a - b);
    figures.add('sessions sending', lanes.length);
    figures.add('most in any sliding minute', Math.max(...lanes.map((lane) => lane.mostInWindow)));
    figures.goal(
      '13',
      'windows above the limit',
      lanes.reduce((sum, lane) => sum + lane.violations, 0),
      '',
      { most: 0 },
    );
    figures.goal('13', 'share of the allowance used, the worst session', shares[0] ?? 0, '', { least: 0.97 });
    figures.add('share of the allowance used, median', shares[Math.floor(shares.length / 2)] ?? 0);
    figures.goal('13', '429 answers', (await lab.sim.summary()).refused['429'] ?? 0, '', { most: 0 });
  });
  return figures;
}

/** (e) Memory with a million messages queued. */
export async function memory({ quick, redisUrl }: BenchOptions): Promise<Figures> {
  const figures = new Figures('e memory');
  const count = quick ? 50_000 : 1_000_000;
  await withLab({ sessions: 50, workers: 1, ...(redisUrl && { redisUrl }) }, async (lab) => {
    const worker = lab.workers[0];
    const api = lab.apis[0];
    const mb = (bytes: number | null | undefined) => (bytes ?? 0) / 1_048_576;
    figures.add('at rest: api', mb(api?.memory()), 'MB');
    figures.add('at rest: worker', mb(worker?.memory()), 'MB');
    const dataSource = await new DataSource(dataSourceOptions(lab.postgres.url, 4)).initialize();
    const db = new Database(dataSource);
    const [tenant] = await db.query<{ tenant_id: string }>(`SELECT tenant_id FROM sessions LIMIT 1`);
    await seedMessages(db, tenant?.tenant_id as string, lab.seed.sessions, count, { guarded: false });
    await sleep(20_000);
    figures.goal('12', `${count.toLocaleString('en')} queued: api`, mb(api?.memory()), 'MB', { most: 250 });
    figures.goal('12', `${count.toLocaleString('en')} queued: worker, sending at the default pace`, mb(worker?.memory()), 'MB', {
      most: 250,
    });
    const [size] = await db.query<{ bytes: number }>(`SELECT pg_total_relation_size('messages')::float8 / $1 AS bytes`, [count]);
    figures.goal('11', 'a queued message in PostgreSQL, with indexes', size?.bytes ?? 0, 'bytes', { most: 500 });
    await dataSource.destroy();
  });
  return figures;
}

/** (g) Latency: an idle system, and an urgent message while another tenant's broadcast runs. */
export async function latency({ quick, redisUrl }: BenchOptions): Promise<Figures> {
  const figures = new Figures('g latency');
  await withLab({ sessions: 100, workers: 1, ...(redisUrl && { redisUrl }) }, async (lab, driver) => {
    await lab.sim.configure({ hooksEnabled: false });
    await setLimits(driver, lab, { window_limit: 0 });
    const probe = async (name: string, session: string | undefined, count: number): Promise<number[]> => {
      const postedAt: number[] = [];
      for (let n = 0; n < count; n++) {
        postedAt.push(Date.now());
        await driver.insist('POST', '/v1/messages', {
          to: `+44773${name}${String(1_000 + n)}`,
          type: 'text',
          text: 'Your code is 123456',
          session_id: session,
        });
        await sleep(40);
      }
      await sleep(2_000);
      const took = new Map(
        (await lab.sim.ledger()).filter((line) => line.recipient.startsWith(`44773${name}`)).map((line) => [line.recipient, line.wallMs]),
      );
      return postedAt.map((at, n) => (took.get(`44773${name}${String(1_000 + n)}`) ?? Infinity) - at).sort((a, b) => a - b);
    };
    const idle = await probe('111', lab.seed.sessions[0], quick ? 20 : 100);
    figures.goal('5', 'POST to provider, idle: p50', idle[Math.floor(idle.length / 2)] ?? 0, 'ms', { most: 50 });
    figures.goal('5', 'POST to provider, idle: p99', idle.at(-1) ?? 0, 'ms', { most: 200 });
    // The broadcast leaves one session out: that one stands for another tenant's.
    const rest = { ...lab, seed: { ...lab.seed, sessions: lab.seed.sessions.slice(1) } } as Lab;
    await postBroadcast(driver, rest, quick ? 5_000 : 50_000);
    const busy = await probe('222', lab.seed.sessions[0], quick ? 20 : 100);
    figures.goal('14', 'urgent message beside 50,000 unpaced: p99', busy.at(-1) ?? 0, 'ms', { most: 1_000 });
  });
  return figures;
}

interface SimSession {
  id: number;
  apiKey: string;
  webhookUrl: string;
  webhookSecret: string;
}

async function simSessions(lab: Lab): Promise<SimSession[]> {
  return (await (await fetch(`${lab.sim.url}/sim/sessions`)).json()) as SimSession[];
}
