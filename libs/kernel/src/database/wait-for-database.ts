import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { KernelConfig } from '../config/kernel.config';
import { migrateQueueSchema } from '../queue/migrate-queue-schema';

const firstWaitMs = 200;
const longestWaitMs = 5_000;

/**
 * The gate before Nest starts: waits until PostgreSQL answers and the queue's schema is there. BullMQ remembers a failed first
 * contact for ever, so no queue object may exist earlier.
 * @param say told once a try fails
 */
export async function waitForDatabase(
  config: Pick<KernelConfig, 'DATABASE_URL' | 'REDIS_URL'>,
  say: (line: string) => void,
): Promise<void> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, waitMs * 2)) {
    const client = new Client({
      connectionString: config.DATABASE_URL,
      connectionTimeoutMillis: 5_000,
      application_name: 'heliograph-boot',
    });
    try {
      await client.connect();
      await client.query('SELECT 1');
      if (!config.REDIS_URL) await migrateQueueSchema(config.DATABASE_URL);
      return;
    } catch (error) {
      say(`PostgreSQL does not answer yet (${(error as Error).message}); trying again in ${waitMs} ms.`);
      await sleep(waitMs);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
