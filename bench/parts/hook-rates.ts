import { setTimeout as sleep } from 'node:timers/promises';
import { beside } from '../campaign-beside';
import { Figures } from '../figures';
import { load, type LoadRequest } from '../load';
import { type BenchOptions, child, json, onStage, postBroadcast, serving, type SimSession, simSessions, type Stage } from '../stage';

/** (c) Hooks: acknowledged in a burst and at fixed rates, then applied, against a bare Fastify and the textbook's route. */
export async function hooks({ quick, backends: [backend = 'postgres'], campaign }: BenchOptions): Promise<Figures> {
  const figures = new Figures('c');
  await onStage(
    backend,
    { sessions: 20, workers: 0, ownRows: true },
    beside(campaign, async (stage) => {
      const receipts = await receiptsFor(stage, quick ? 1_000 : 10_000);
      const api = stage.lab.apiUrls[0] as string;
      const seconds = quick ? 2 : 8;

      await load(api, 2_000, receipts);
      let failures = 0;
      for (const [perSecond, max] of [
        [1_000, 25],
        [3_300, 100],
      ] as const) {
        const calm = await load(api, perSecond * seconds, receipts, { perSecond });
        figures.goal('7', `acknowledged at ${perSecond.toLocaleString('en')}/s: p99`, calm.p99, 'ms', { max });
        failures += calm.failures;
      }
      const count = quick ? 3_000 : 30_000;
      const burst = await load(api, count, receipts);
      figures.add('burst: acknowledged', burst.perSecond, 'hooks/s');
      figures.add('burst: p99', burst.p99, 'ms');
      figures.goal('7', 'hooks not acknowledged', failures + burst.failures, '', { max: 0 });

      const fastify = await serving('baselines/serve-baseline.js', (port) => [port, 'bare']);
      const bare = await load(fastify.url, count, receipts).finally(fastify.stop);
      figures.add('bare Fastify 200', bare.perSecond, 'requests/s');
      figures.goal('6', 'acknowledged, of bare Fastify', burst.perSecond / bare.perSecond, 'x', { min: 0.3 });
      const textbook = await textbookRates(stage, receipts, count / 3);
      figures.add('textbook: acknowledged (add a job)', textbook.acknowledged, 'hooks/s');
      figures.add('textbook: applied (one UPDATE each)', textbook.applied, 'hooks/s');
      figures.goal('6', 'acknowledged, of textbook', burst.perSecond / textbook.acknowledged, 'x', { min: 1.5 });

      await applied(stage, figures, textbook.applied);
      await lag(stage, figures, receipts, seconds);
    }),
  );
  return figures;
}

/** Messages as if all had been sent and their WhatsApp ids were known, and a receipt of each by number: sent, delivered, read. */
async function receiptsFor(stage: Stage, messages: number): Promise<(n: number) => LoadRequest> {
  await postBroadcast(stage, messages);
  const own = `tenant_id = '${stage.lab.seed.tenantId}'`;
  await stage.db.query(`
    UPDATE messages SET state = 'calling' WHERE ${own};
    UPDATE messages SET state = 'sent', due_at = NULL, sent_at = now() WHERE ${own};
    UPDATE lanes SET next_due_at = NULL WHERE ${own};
    INSERT INTO message_keys (session_id, key_id, tenant_id, message_id, evidence) SELECT session_id, 'BENCH' || id, tenant_id, id, 'info' FROM messages WHERE ${own}`);
  const { rows } = await stage.db.query<{ id: string; provider_session_id: string }>(
    `SELECT m.id, s.provider_session_id FROM messages m JOIN sessions s ON s.id = m.session_id WHERE m.${own} ORDER BY m.id`,
  );
  const senders = new Map((await simSessions(stage)).map((session) => [String(session.id), session]));
  return (n) => {
    const row = rows[n % rows.length] as (typeof rows)[number];
    const sender = senders.get(row.provider_session_id) as SimSession;
    const key = { id: `BENCH${row.id}`, fromMe: true, remoteJid: '447700900000@s.whatsapp.net' };
    return {
      path: new URL(sender.webhookUrl).pathname,
      headers: { ...json, 'x-webhook-signature': sender.webhookSecret },
      body: JSON.stringify({
        event: 'messages.update',
        timestamp: Date.now(),
        data: { update: { status: 2 + (Math.floor(n / rows.length) % 3) }, key },
      }),
    };
  };
}

async function textbookRates(
  { lab, redisUrl, db }: Stage,
  receipts: (n: number) => LoadRequest,
  count: number,
): Promise<{ acknowledged: number; applied: number }> {
  const server = await serving('textbook/serve-textbook.js', (port) => [port, lab.postgres.url, redisUrl ?? '']);
  await db.query(`INSERT INTO textbook_messages (id, state, provider_message_id) SELECT n, 'sent', message_keys.key_id
    FROM (SELECT key_id, row_number() OVER () AS n FROM message_keys WHERE key_id LIKE 'BENCH%') message_keys ON CONFLICT DO NOTHING`);
  const { perSecond } = await load(server.url, count, receipts).finally(server.stop);
  const run = await textbookWorker(lab.postgres.url, redisUrl ?? '', count, db);
  return { acknowledged: perSecond, applied: run };
}

async function textbookWorker(url: string, redisUrl: string, count: number, db: Stage['db']): Promise<number> {
  const worker = child('textbook/hook-worker.js', [url, redisUrl]);
  const applied = async (): Promise<number> =>
    Number((await db.query<{ n: string }>(`SELECT coalesce(sum(hooks), 0) AS n FROM textbook_messages`)).rows[0]?.n);
  let [startedAt, first] = [0, 0];
  try {
    for (const endsAt = Date.now() + 120_000; Date.now() < endsAt; await sleep(100)) {
      const n = await applied();
      if (n > 0 && startedAt === 0) [startedAt, first] = [performance.now(), n];
      if (n >= count) return (n - first) / ((performance.now() - startedAt) / 1_000);
    }
    throw new Error('The textbook worker did not apply all hooks in two minutes.');
  } finally {
    await worker.stop();
  }
}

/** A worker starts on everything that was stored. */
async function applied(stage: Stage, figures: Figures, textbook: number): Promise<void> {
  await stage.lab.addWorker();
  await inboxRead(stage);
  const { rows } = await stage.db.query<{ n: number; s: number }>(
    `SELECT count(*)::float8 AS n, extract(epoch FROM max(processed_at) - min(processed_at))::float8 AS s FROM hook_inbox`,
  );
  const { n = 0, s = 1 } = rows[0] ?? {};
  figures.add('worker applied', n / s, 'hooks/s');
  figures.add('worker applied all of them in', s, 's');
  figures.goal('8', 'applied, of textbook', n / s / textbook, 'x', { min: 2 });
  const wrong = await stage.db.query<{ n: string }>(`SELECT count(*) AS n FROM messages WHERE tenant_id = $1 AND state <> 'read'`, [
    stage.lab.seed.tenantId,
  ]);
  figures.goal('8', 'messages below their highest state', Number(wrong.rows[0]?.n), '', { max: 0 });
}

/** Receiver and worker side by side. */
async function lag(stage: Stage, figures: Figures, receipts: (n: number) => LoadRequest, seconds: number): Promise<void> {
  await stage.db.query(`TRUNCATE hook_inbox`);
  await load(stage.lab.apiUrls[0] as string, 1_000 * seconds, receipts, { perSecond: 1_000 });
  await inboxRead(stage);
  const { rows } = await stage.db.query<{ p50: number; max: number }>(
    `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) AS p50, max(lag) AS max
     FROM (SELECT extract(epoch FROM processed_at - received_at)::float8 AS lag FROM hook_inbox) l`,
  );
  figures.add('from stored to applied at 1,000/s: p50', (rows[0]?.p50 ?? 0) * 1_000, 'ms');
  figures.goal('8', 'from stored to applied at 1,000/s: longest', rows[0]?.max ?? 0, 's', { max: 2 });
}

async function inboxRead({ db }: Stage): Promise<void> {
  for (const endsAt = Date.now() + 180_000; Date.now() < endsAt; await sleep(100)) {
    const { rows } = await db.query<{ open: boolean }>(`SELECT EXISTS (SELECT 1 FROM hook_inbox WHERE processed_at IS NULL) AS open`);
    if (!rows[0]?.open) return;
  }
  throw new Error('Hooks were not read in three minutes.');
}
