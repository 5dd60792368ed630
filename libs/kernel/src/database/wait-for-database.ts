import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelConfig } from '../config/kernel.config';
import { migrateQueueSchema } from '../queue/migrate-queue-schema';
import { type DatabaseConfig, newClient } from './connection';

const firstWaitMs = 200;
const maxWaitMs = 5_000;

/**
 * Waits, before Nest starts, until PostgreSQL answers and the queue's schema exists. BullMQ never recovers from a failed
 * first connection, so no queue object may exist earlier.
 * @param say called once when a try has failed
 */
export async function waitForDatabase(
  config: DatabaseConfig & Partial<Pick<KernelConfig, 'REDIS_URL'>>,
  say: (line: string) => void,
): Promise<void> {
  for (let waitMs = firstWaitMs; ; waitMs = Math.min(maxWaitMs, waitMs * 2)) {
    const client = newClient(config, { applicationName: 'heliograph-boot' });
    try {
      await client.connect();
      await client.query('SELECT 1');
      if (!config.REDIS_URL) await migrateQueueSchema(config);
      return;
    } catch (error) {
      say(`PostgreSQL does not answer yet (${(error as Error).message}); trying again in ${waitMs} ms.`);
      await sleep(waitMs);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
