import { Queue } from 'bullmq';
import Fastify from 'fastify';
import { Pool } from 'pg';
import { createTable, queueConnection, queueNames } from './textbook';

/*
 * Doors by the textbook: a message is one INSERT and one job, a hook is one job. `node serve-textbook.js <port> <postgres url> <redis url or ''>`
 */
const [port, postgresUrl, redisUrl = ''] = process.argv.slice(2) as [string, string, string?];

async function main(): Promise<void> {
  const db = new Pool({ connectionString: postgresUrl, max: 16 });
  await createTable(db);
  const connection = queueConnection(postgresUrl, redisUrl);
  const messages = new Queue(queueNames.send, { connection });
  const hooks = new Queue(queueNames.hooks, { connection, defaultJobOptions: { removeOnComplete: true } });
  const app = Fastify();
  app.post<{ Body: { to: string; text: string } }>('/v1/messages', async (request, reply) => {
    const { to, text } = request.body;
    const { rows } = await db.query<{ id: string }>(
      `INSERT INTO textbook_messages (key, recipient, body, state) VALUES ($1, $2, $3, 'queued') ON CONFLICT (key) DO NOTHING RETURNING id`,
      [request.headers['idempotency-key'], to, text],
    );
    if (rows[0]) await messages.add('send', { id: rows[0].id });
    return reply.code(202).send({ id: rows[0]?.id });
  });
  app.post('/hooks/*', async (request) => {
    await hooks.add('hook', request.body);
    return { ok: true };
  });
  await app.listen({ port: Number(port), host: '127.0.0.1' });
  process.on('SIGTERM', () => process.exit(0));
}

void main();
