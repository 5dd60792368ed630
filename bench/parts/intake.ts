import { bareMessages } from '../bare-rows';
import { beside } from '../campaign-beside';
import { Figures } from '../figures';
import { load, type LoadRequest, type LoadResult } from '../load';
import { authorised, type BenchOptions, onStage, postBroadcast, serving, type Stage, textTo } from '../stage';

/** (b) Intake: a broadcast, single posts and events, against unnest inserts, a bare durable accept and the textbook's route. */
export async function intake({ quick, backends: [backend = 'postgres'], campaign }: BenchOptions): Promise<Figures> {
  const figures = new Figures('b');
  await onStage(
    backend,
    { sessions: 20, workers: 0 },
    beside(campaign, async (stage) => {
      // Sends the campaign beside, and reads no events.
      if (campaign) await stage.lab.addWorker({ WORKER_ROLES: 'lanes,campaigns' });
      await bulk(stage, figures, quick ? 10_000 : 50_000);
      await singles(stage, figures, quick ? 5_000 : 30_000);
      await events(stage, figures, quick ? 3_000 : 20_000);
    }),
  );
  return figures;
}

async function bulk(stage: Stage, figures: Figures, count: number): Promise<void> {
  const unnest = await bareMessages(stage, count);
  figures.add('insert by unnest alone, same columns and indexes', unnest, 'rows/s');
  // The first call warms the api and the statement up; it is no part of the figure.
  await postBroadcast(stage, 2_000, stage.lab.seed.sessions.slice(1));
  let startedAt = performance.now();
  await postBroadcast(stage, count);
  const rate = perSecond(count, startedAt);
  figures.add('bulk, JSON by 10,000', rate, 'rows/s');
  figures.goal('9', '50,000 recipients accepted and stored', 50_000 / rate, 's', { max: 2 });
  figures.goal('9', 'of unnest alone', rate / unnest, 'x', { min: 0.15 });

  const { sessions } = stage.lab.seed;
  const lines = Array.from({ length: count }, (_, n) => JSON.stringify(textTo(`+44771${1_000_000 + n}`, n, sessions[n % sessions.length])));
  startedAt = performance.now();
  const answer = await fetch(`${stage.lab.apiUrls[0]}/v1/messages/bulk`, {
    method: 'POST',
    headers: authorised(stage, { 'content-type': 'application/x-ndjson' }),
    body: lines.join('\n'),
  });
  const { summary } = JSON.parse((await answer.text()).trim().split('\n').at(-1) as string) as { summary: { accepted: number } };
  figures.add('bulk, NDJSON', perSecond(summary.accepted, startedAt), 'rows/s');
}

async function singles(stage: Stage, figures: Figures, count: number): Promise<void> {
  const { sessions } = stage.lab.seed;
  const one =
    (series: number) =>
    (n: number): LoadRequest => ({
      path: '/v1/messages',
      headers: authorised(stage, { 'idempotency-key': `${series}-${n}` }),
      body: JSON.stringify(textTo(`+4477${series}${1_000_000 + n}`, n, sessions[n % sessions.length])),
    });
  const url = stage.lab.apiUrls[0] as string;
  await load(url, 3_000, one(2));
  const calm = await load(url, count / 10, one(3), { perSecond: 200 });
  figures.add('POST at 200/s: p50', calm.p50, 'ms');
  figures.add('POST at 200/s: p99', calm.p99, 'ms');
  const brisk = await load(url, count / 3, one(4), { perSecond: 1_000 });
  figures.goal('4', 'POST at 1,000/s: p99', brisk.p99, 'ms', { max: 25 });
  const fast = await load(url, count, one(5));
  figures.add('POST as fast as it goes', fast.perSecond, 'requests/s');
  figures.goal('4', 'POSTs that failed', calm.failures + brisk.failures + fast.failures, '', { max: 0 });

  const durable = await baseline('baselines/serve-baseline.js', ['durable', stage.lab.postgres.url], count, one(6));
  figures.add('bare durable accept (Fastify, folded insert)', durable.perSecond, 'requests/s');
  figures.goal('4', 'POST of durable accept', fast.perSecond / durable.perSecond, 'x', { min: 0.2 });
  const textbook = await baseline('textbook/serve-textbook.js', [stage.lab.postgres.url, stage.redisUrl ?? ''], count / 3, one(7));
  figures.add('textbook POST (insert, add a job)', textbook.perSecond, 'requests/s');
  figures.goal('4', 'POST of textbook', fast.perSecond / textbook.perSecond, 'x', { min: 2 });
}

/** Things that happened, stored to be read by rules; nobody reads them here. */
async function events(stage: Stage, figures: Figures, count: number): Promise<void> {
  const event = (series: string, n: number) =>
    JSON.stringify({
      name: 'user_onboarded',
      id: `${series}-${n}`,
      subject: { phone: `+44780${1_000_000 + n}`, external_id: `user-${n}` },
      payload: { first_name: 'Priya', plan: 'pro', trial_ends_at: '2026-12-01T00:00:00Z' },
    });
  const one =
    (series: string) =>
    (n: number): LoadRequest => ({ path: '/v1/events', headers: authorised(stage), body: event(series, n) });
  const url = stage.lab.apiUrls[0] as string;
  await load(url, 2_000, one('warm'));
  const fast = await load(url, count, one('single'));
  figures.add('POST of an event as fast as it goes', fast.perSecond, 'events/s');
  figures.goal('4', 'events that were not accepted', fast.failures, '', { max: 0 });
  const lines = Array.from({ length: count }, (_, n) => event('batch', n));
  const startedAt = performance.now();
  const answer = await fetch(`${url}/v1/events/batch`, {
    method: 'POST',
    headers: authorised(stage, { 'content-type': 'application/x-ndjson' }),
    body: lines.join('\n'),
  });
  const { summary } = JSON.parse((await answer.text()).trim().split('\n').at(-1) as string) as { summary: { accepted: number } };
  figures.add('events, NDJSON', perSecond(summary.accepted, startedAt), 'events/s');
}

/** The same load on something simpler. */
async function baseline(file: string, args: string[], count: number, request: (n: number) => LoadRequest): Promise<LoadResult> {
  const server = await serving(file, (port) => [port, ...args]);
  return load(server.url, count, request).finally(server.stop);
}

const perSecond = (count: number, startedAt: number): number => count / ((performance.now() - startedAt) / 1_000);
