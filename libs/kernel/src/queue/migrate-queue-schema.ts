import { runMigrations } from 'bullmq';
import { type DatabaseTarget, newClient } from '../database/connection';
import { queueNamespace } from './queue.module';

/** Creates or updates BullMQ's tables (idempotent, advisory-locked). Run it before any queue object is constructed. */
export async function migrateQueueSchema(target: DatabaseTarget): Promise<void> {
  const client = newClient(target, { applicationName: 'heliograph-migrate' });
  await client.connect();
  try {
    await runMigrations(client, queueNamespace);
  } finally {
    await client.end();
  }
}
