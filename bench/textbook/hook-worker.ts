import { Worker } from 'bullmq';
import { Pool } from 'pg';
import { queueConnection, queueNames } from './textbook';

/*
 * Hooks by the textbook: one job and one UPDATE each. `node hook-worker.js <postgres url> <redis url or ''>`
 */
const [postgresUrl, redisUrl] = process.argv.slice(2) as [string, string];
const db = new Pool({ connectionString: postgresUrl, max: 16 });
const states = ['failed', 'queued', 'sent', 'delivered', 'read'];

const worker = new Worker<{ data: { update: { status: number }; key: { id: string } } }>(
  queueNames.hooks,
  async ({ data: { data } }) => {
    await db.query(`UPDATE textbook_messages SET state = $2, hooks = hooks + 1 WHERE provider_message_id = $1`, [
      data.key.id,
      states[data.update.status],
    ]);
  },
  { connection: queueConnection(postgresUrl, redisUrl), concurrency: 100, removeOnComplete: { count: 0 } },
);
worker.on('error', () => undefined);
process.on('SIGTERM', () => process.exit(0));
