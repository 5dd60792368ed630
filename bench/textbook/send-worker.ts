import { Worker } from 'bullmq';
import { Pool as PgPool } from 'pg';
import { Pool } from 'undici';
import { queueConnection, queueNames } from './textbook';

/*
 * The textbook pipeline: one job per message, one call, one UPDATE per outcome, as the documentation shows it.
 * `node send-worker.js <postgres url> <redis url or ''> <simulator> <fetch | undici>`
 */
const [postgresUrl, redisUrl, simulator, client] = process.argv.slice(2) as [string, string, string, 'fetch' | 'undici'];

const db = new PgPool({ connectionString: postgresUrl, max: 16 });
const http = new Pool(simulator, { connections: 64, pipelining: 1 });
const path = '/api/send-message';

async function call(headers: Record<string, string>, body: string): Promise<{ data: { msgId: number } }> {
  const answer =
    client === 'fetch'
      ? await fetch(simulator + path, { method: 'POST', headers, body })
      : (await http.request({ path, method: 'POST', headers, body })).body;
  return (await answer.json()) as { data: { msgId: number } };
}

const worker = new Worker<{ id: number; to: string; text: string; apiKey: string }>(
  queueNames.send,
  async ({ data }) => {
    const answer = await call(
      { authorization: `Bearer ${data.apiKey}`, 'content-type': 'application/json' },
      JSON.stringify({ to: data.to, text: data.text }),
    );
    await db.query(`UPDATE textbook_messages SET state = 'sent', provider_message_id = $2, sent_at = now() WHERE id = $1`, [
      data.id,
      String(answer.data.msgId),
    ]);
  },
  { connection: queueConnection(postgresUrl, redisUrl), concurrency: 100, removeOnComplete: { count: 0 } },
);
worker.on('error', () => undefined);
process.on('SIGTERM', () => process.exit(0));
