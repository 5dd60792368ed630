import { setTimeout as sleep } from 'node:timers/promises';
import { Figures } from '../figures';
import { load } from '../load';
import type { Arrived } from '../counting-receiver';
import {
  type BenchOptions,
  child,
  json,
  onStage,
  postBroadcast,
  serving,
  setPace,
  type SimSession,
  simSessions,
  type Stage,
} from '../stage';

/** More than a worker needs to be busy, fewer than a tenant may have. */
const endpointCount = 8;
const batchSize = 100;
const inboundPerSecond = 100;

/** (k) Callbacks: delivered one by one and in batches, against signed POSTs alone, and how long what somebody writes is under way. */
export async function callbacks({ quick, backends: [backend = 'postgres'] }: BenchOptions): Promise<Figures> {
  const figures = new Figures('k');
  const core = await serving('counting-receiver.js', (port) => [port]);
  try {
    const env = { EGRESS_ALLOWED: new URL(core.url).host };
    await onStage(backend, { sessions: 20, workers: 0, env, ownRows: true }, async (stage) => {
      await delivered(stage, figures, core.url, quick ? 500 : 5_000);
      await forwarded(stage, figures, core.url, quick ? 4 : 20, quick ? 5_000 : 50_000);
    });
  } finally {
    await core.stop();
  }
  return figures;
}

/** A worker that does nothing else drains what it has stored for paused endpoints before. */
async function delivered(stage: Stage, figures: Figures, core: string, messages: number): Promise<void> {
  const { driver, db } = stage;
  await postBroadcast(stage, messages);
  await db.query(`UPDATE messages SET state = 'calling'`);
  const ids = await makeEndpoints(stage, core, { types: ['message.sent', 'message.delivered'] });
  const change = async (what: string) => {
    for (const id of ids) await driver.insist('POST', `/v1/callback-endpoints/${id}/${what}`);
  };
  await change('pause');
  const worker = await stage.lab.addWorker({ WORKER_ROLES: 'callbacks' });
  const count = messages * endpointCount;

  const stored = await storedRate(stage, `UPDATE messages SET state = 'sent', due_at = NULL, sent_at = now()`, count);
  figures.add('read from the history and stored', stored, 'callbacks/s');
  const before = worker.cpuMs();
  await change('resume');
  const single = await arrival(core, count);
  figures.goal('21', 'delivered, one event a POST', single.perSecond, 'callbacks/s', { min: 1_000 });
  figures.add('worker CPU a callback', ((worker.cpuMs() - before) * 1_000) / count, 'us');
  figures.goal('21', 'callbacks delivered more than once', single.posts - count, '', { max: 0 });
  const { rows } = await db.query<{ body: string }>(`SELECT body FROM callback_events LIMIT 1`);
  const event = rows[0]?.body ?? '';
  const bound = await undici(core, count, 1, event);
  figures.add('signed POSTs with an undici pool alone, best of 16, 64, 256 connections', bound, 'callbacks/s');
  figures.add('delivered, of undici alone', single.perSecond / bound, 'x');

  await change('pause');
  for (const id of ids) await driver.insist('PATCH', `/v1/callback-endpoints/${id}`, { batch_size: batchSize });
  await storedRate(stage, `UPDATE messages SET state = 'delivered'`, count);
  await change('resume');
  const batched = await arrival(core, count);
  figures.add(`delivered, batches of ${batchSize}`, batched.perSecond, 'events/s');
  const batchBound = (await undici(core, Math.max(50, count / batchSize), batchSize, event)) * batchSize;
  figures.add('signed batches with an undici pool alone', batchBound, 'events/s');
  figures.add('batches delivered, of undici alone', batched.perSecond / batchBound, 'x');
  await worker.stop();
  for (const id of ids) await fetch(`${stage.lab.apiUrls[0]}/v1/callback-endpoints/${id}`, { method: 'DELETE', headers: bearer(stage) });
}

/**
 * Hooks of people who write, in an open loop, to their arrival at the core application: through one endpoint as endpoints are by
 * default, beside a broadcast whose receipts go to it too.
 */
async function forwarded(stage: Stage, figures: Figures, core: string, seconds: number, broadcast: number): Promise<void> {
  const endpoint = { name: 'Core', url: `${core}/0` };
  await stage.driver.insist('POST', '/v1/callback-endpoints', endpoint);
  await setPace(stage, 5_000, 0);
  await stage.lab.addWorker();
  const senders = await simSessions(stage);
  const api = stage.lab.apiUrls[0] as string;
  // The first ones warm up what they pass through; they are no part of the figure.
  await send(api, senders, 'WARM', inboundPerSecond * 2);
  // Through other sessions than the broadcast before: its idempotency keys follow from their number.
  await postBroadcast(stage, broadcast, stage.lab.seed.sessions.slice(1));
  const { accepted: before } = await stage.lab.sim.summary();
  const { postedAt, failures } = await send(api, senders, 'BENCH', inboundPerSecond * seconds);
  const times = await forwardTimes(core, postedAt);
  const { accepted: after } = await stage.lab.sim.summary();
  figures.add('broadcast messages sent meanwhile', after - before);
  const what = `hook posted to callback arrived, at ${inboundPerSecond}/s beside a broadcast of ${broadcast.toLocaleString('en')}`;
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Infinity;
  figures.add(`${what}: p50`, at(0.5), 'ms');
  figures.goal('22', `${what}: p95`, at(0.95), 'ms', { max: 1_000 });
  figures.add(`${what}: p99`, at(0.99), 'ms');
  figures.goal('22', 'hooks not acknowledged, or not forwarded', failures + postedAt.size - times.length, '', { max: 0 });
}

async function send(api: string, senders: SimSession[], series: string, count: number) {
  const postedAt = new Map<string, number>();
  const { failures } = await load(
    api,
    count,
    (n) => {
      const sender = senders[n % senders.length] as SimSession;
      const id = `${series}${n}`;
      postedAt.set(id, Date.now());
      const key = { id, fromMe: false, remoteJid: `4477009${String(10_000 + (n % 500))}@s.whatsapp.net`, addressingMode: 'pn' };
      const text = `Can we come at ${n}?`;
      const messages = {
        key,
        pushName: 'Priya',
        messageBody: text,
        message: { conversation: text },
        messageTimestamp: Math.floor(Date.now() / 1_000),
      };
      return {
        path: new URL(sender.webhookUrl).pathname,
        headers: { ...json, 'x-webhook-signature': sender.webhookSecret },
        body: JSON.stringify({ event: 'messages.received', timestamp: Date.now(), data: { messages } }),
      };
    },
    { perSecond: inboundPerSecond },
  );
  return { postedAt, failures };
}

/** Ms from each POST to its arrival, sorted; without those that do not come within 30 s. */
async function forwardTimes(core: string, postedAt: Map<string, number>): Promise<number[]> {
  for (const endsAt = Date.now() + 30_000; ; await sleep(250)) {
    const { inbound } = await arrivedAt(core);
    const times = [...postedAt].flatMap(([id, at]) => (inbound[id] === undefined ? [] : [inbound[id] - at]));
    if (times.length === postedAt.size || Date.now() > endsAt) return times.sort((a, b) => a - b);
  }
}

/** Endpoints as fast as they may be. */
async function makeEndpoints({ driver }: Stage, core: string, settings: object, count = endpointCount): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const body = { name: `Endpoint ${n}`, url: `${core}/${n}`, rate_per_s: 1_000, concurrency: 64, ...settings };
    ids.push((await driver.insist<{ id: string }>('POST', '/v1/callback-endpoints', body)).id);
  }
  return ids;
}

/** Changes all messages at once. @returns callbacks that were stored a second from then on */
async function storedRate({ db }: Stage, change: string, count: number): Promise<number> {
  const startedAt = performance.now();
  await db.query(change);
  for (const endsAt = Date.now() + 120_000; Date.now() < endsAt; await sleep(50)) {
    const { rows } = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM callbacks WHERE state = 'pending'`);
    if ((rows[0]?.n ?? 0) >= count) return count / ((performance.now() - startedAt) / 1_000);
  }
  throw new Error(`${count} callbacks were not stored in two minutes.`);
}

/** Waits until so many events arrived. @returns how many a second from the first to the last */
async function arrival(core: string, count: number): Promise<Arrived & { perSecond: number }> {
  for (const endsAt = Date.now() + 300_000; Date.now() < endsAt; await sleep(250)) {
    const arrived = await arrivedAt(core);
    if (arrived.events < count) continue;
    await fetch(core, { method: 'DELETE' });
    return { ...arrived, perSecond: (arrived.events * 1_000) / (arrived.lastMs - arrived.firstMs) };
  }
  throw new Error(`${count} events were not delivered in five minutes.`);
}

/** Calls a second of the best number of connections. */
async function undici(core: string, calls: number, events: number, event: string): Promise<number> {
  const rates: number[] = [];
  for (const connections of [16, 64, 256])
    rates.push(Number(await child('baselines/post.js', [core, String(connections), String(calls), String(events), event]).output));
  await fetch(core, { method: 'DELETE' });
  return Math.max(...rates);
}

const arrivedAt = async (core: string): Promise<Arrived> => (await (await fetch(core)).json()) as Arrived;
const bearer = ({ lab }: Stage) => ({ authorization: `Bearer ${lab.seed.apiKey}` });
