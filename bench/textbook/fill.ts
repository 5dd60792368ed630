import { Queue } from 'bullmq';
import { Pool } from 'pg';
import { createTable, queueConnection, queueNames } from './textbook';

/** Fills the textbook pipeline anew: a row and a job per message. */
export async function fillTextbook(postgresUrl: string, redisUrl: string | null, apiKeys: string[], count: number): Promise<void> {
  const db = new Pool({ connectionString: postgresUrl, max: 4 });
  await createTable(db);
  await db.query('TRUNCATE textbook_messages');
  const connection = queueConnection(postgresUrl, redisUrl ?? '');
  const queue = new Queue(queueNames.send, { connection, defaultJobOptions: { removeOnComplete: true } });
  for (let from = 0; from < count; from += 1_000) {
    const rows = Array.from({ length: Math.min(1_000, count - from) }, (_, k) => ({
      id: from + k,
      to: `+44770${String(1_000_000 + from + k)}`,
      text: `Hello, your order ${from + k} is ready to be collected.`,
      apiKey: apiKeys[(from + k) % apiKeys.length] as string,
    }));
    await db.query(
      `INSERT INTO textbook_messages (id, recipient, body, state) SELECT i, r, b, 'queued' FROM unnest($1::bigint[], $2::text[], $3::text[]) AS x(i, r, b)`,
      [rows.map((r) => r.id), rows.map((r) => r.to), rows.map((r) => r.text)],
    );
    await queue.addBulk(rows.map((data) => ({ name: 'send', data })));
  }
  await queue.close();
  if (connection instanceof Pool) await connection.end();
  else connection.disconnect();
  await db.end();
}
