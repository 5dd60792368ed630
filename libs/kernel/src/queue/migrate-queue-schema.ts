import { runMigrations } from 'bullmq';
import { Client } from 'pg';
import { queueNamespace } from './queue.module';

/** Creates or updates BullMQ's tables (idempotent, advisory-locked). Must have run before any queue object is constructed. */
export async function migrateQueueSchema(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'heliograph-migrate' });
  await client.connect();
  try {
    await runMigrations(client, queueNamespace);
  } finally {
    await client.end();
  }
}
