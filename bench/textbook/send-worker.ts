import { Worker } from 'bullmq';
import { Pool as PgPool } from 'pg';
import { Pool } from 'undici';
import { queueConnection, queueNames } from './textbook';

/*
 * The textbook pipeline: one job per message, one call, one UPDATE per outcome, as the documentation shows it.
 * `node send-worker.js <postgres url> <redis url or ''> <simulator>`
 */
const [postgresUrl, redisUrl, simulator] = process.argv.slice(2) as [string, string, string];

const db = new PgPool({ connectionString: postgresUrl, max: 16 });
const http = new Pool(simulator, { connections: 64, pipelining: 1 });

const worker = new Worker<{ id: number; to: string; text: string; apiKey: string }>(
  queueNames.send,
  async ({ data }) => {
    const { body } = await http.request({
      path: '/api/send-message',
      method: 'POST',
      headers: { authorization: `Bearer ${data.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ to: data.to, text: data.text }),
    });
    const answer = (await body.json()) as { data: { msgId: number } };
    await db.query(`UPDATE textbook_messages SET state = 'sent', provider_message_id = $2, sent_at = now() WHERE id = $1`, [
      data.id,
      String(answer.data.msgId),
    ]);
  },
  { connection: queueConnection(postgresUrl, redisUrl), concurrency: 100, removeOnComplete: { count: 0 } },
);
worker.on('error', () => undefined);
process.on('SIGTERM', () => process.exit(0));
