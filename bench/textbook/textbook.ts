import { createPostgresBackend, createRedisBackend, Queue, setDefaultBackendFactory } from 'bullmq';
import IORedis from 'ioredis';
import { Pool } from 'pg';
import { migrateQueueSchema } from '@heliograph/kernel';

/** Fills the textbook pipeline: a row and a job per message. @returns seconds it took */
export async function fillTextbook(postgresUrl: string, redisUrl: string | null, apiKeys: string[], count: number): Promise<number> {
  const db = new Pool({ connectionString: postgresUrl, max: 4 });
  await db.query(
    `CREATE TABLE IF NOT EXISTS textbook_messages (id bigint PRIMARY KEY, recipient text, body text, state text, provider_message_id text, sent_at timestamptz); TRUNCATE textbook_messages`,
  );
  await migrateQueueSchema(postgresUrl);
  if (redisUrl) setDefaultBackendFactory(createRedisBackend);
  else setDefaultBackendFactory(createPostgresBackend);
  const connection = redisUrl
    ? new IORedis(redisUrl, { maxRetriesPerRequest: null })
    : new Pool({ connectionString: postgresUrl, max: 8, options: '-c search_path=bullmq' });
  const queue = new Queue('textbook', { connection: connection, defaultJobOptions: { removeOnComplete: true } });
  const startedAt = performance.now();
  for (let from = 0; from < count; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - from) }, (_, k) => ({
      id: from + k,
      to: `+44770${String(1_000_000 + from + k)}`,
      text: `Hello, your order ${from + k} is ready to be collected.`,
      apiKey: apiKeys[(from + k) % apiKeys.length] as string,
    }));
    await db.query(
      `INSERT INTO textbook_messages SELECT i, r, b, 'queued' FROM unnest($1::bigint[], $2::text[], $3::text[]) AS x(i, r, b)`,
      [rows.map((r) => r.id), rows.map((r) => r.to), rows.map((r) => r.text)],
    );
    await queue.addBulk(rows.map((data) => ({ name: 'send', data })));
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  await queue.close();
  if (connection instanceof Pool) await connection.end();
  else connection.disconnect();
  await db.end();
  return seconds;
}
