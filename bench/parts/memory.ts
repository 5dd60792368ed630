import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { beside } from '../campaign-beside';
import { Figures } from '../figures';
import { authorised, type BenchOptions, onStage, type Stage, textTo } from '../stage';

const mebibyte = 1_048_576;

/** (e) A million recipients in one stream, and what a million queued messages cost in memory and on disk. */
export async function memory({ quick, backends: [backend = 'postgres'], campaign }: BenchOptions): Promise<Figures> {
  const figures = new Figures('e');
  const count = quick ? 50_000 : 1_000_000;
  await onStage(
    backend,
    { sessions: 50, workers: 1 },
    beside(campaign, async (stage) => {
      const [api] = stage.lab.apis;
      const [worker] = stage.lab.workers;
      const sizeOf = (one: typeof api) => (one?.memory() ?? 0) / mebibyte;
      const atRest = sizeOf(api);
      figures.add('at rest: api', atRest, 'MB');
      figures.add('at rest: worker', sizeOf(worker), 'MB');
      const before = await diskBytes(stage);

      let max = 0;
      const watch = setInterval(() => (max = Math.max(max, sizeOf(api))), 200);
      const startedAt = performance.now();
      const accepted = await stream(stage, count).finally(() => clearInterval(watch));
      const perMillion = ((performance.now() - startedAt) / 1_000) * (1_000_000 / count);
      figures.goal('10', 'recipients of the stream not stored', count - accepted, '', { max: 0 });
      figures.goal('10', '1,000,000 recipients accepted and stored', perMillion, 's', { max: 30 });
      figures.goal('10', 'api grew at most by', max - atRest, 'MB', { max: 200 });

      await sleep(quick ? 3_000 : 20_000);
      figures.goal('12', `api with ${count.toLocaleString('en')} queued`, sizeOf(api), 'MB', { max: 250 });
      figures.goal('12', `worker with ${count.toLocaleString('en')} queued, sending`, sizeOf(worker), 'MB', { max: 250 });
      const grown = await diskBytes(stage);
      const each = (name: string) => ((grown.get(name) ?? 0) - (before.get(name) ?? 0)) / count;
      figures.goal('11', 'bytes a queued message in messages, with indexes', each('messages'), 'bytes', { max: 500 });
      figures.add('of them indexes', each('indexes'), 'bytes');
      figures.add('bytes a queued message in all tables', each('all'), 'bytes');
    }),
  );
  return figures;
}

/** Sends one NDJSON stream, without holding it. @returns rows accepted */
async function stream(stage: Stage, count: number): Promise<number> {
  const { sessions } = stage.lab.seed;
  function* chunks(): Generator<string> {
    for (let from = 0; from < count; from += 100)
      yield Array.from({ length: Math.min(100, count - from) }, (_, k) => {
        const n = from + k;
        return `${JSON.stringify(textTo(`+4477${String(10_000_000 + n)}`, n, sessions[n % sessions.length]))}\n`;
      }).join('');
  }
  const { body } = await request(`${stage.lab.apiUrls[0]}/v1/messages/bulk`, {
    method: 'POST',
    headers: authorised(stage, { 'content-type': 'application/x-ndjson' }),
    body: Readable.from(chunks()),
    headersTimeout: 300_000,
    bodyTimeout: 300_000,
  });
  let tail = '';
  for await (const chunk of body) tail = (tail + (chunk as Buffer).toString()).slice(-1_000);
  const last = JSON.parse(tail.trim().split('\n').at(-1) as string) as { summary?: { accepted: number } };
  return last.summary?.accepted ?? 0;
}

/** Bytes of `messages` with its indexes, of its indexes, and of all tables. */
async function diskBytes({ db }: Stage): Promise<Map<string, number>> {
  const { rows } = await db.query<{ name: string; bytes: number }>(`
    SELECT 'messages' AS name, pg_total_relation_size('messages')::float8 AS bytes
    UNION ALL SELECT 'indexes', pg_indexes_size('messages')::float8
    UNION ALL SELECT 'all', sum(pg_total_relation_size(oid))::float8 FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`);
  return new Map(rows.map((row) => [row.name, row.bytes]));
}
