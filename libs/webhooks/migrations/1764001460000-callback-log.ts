import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes for the list of delivered callbacks, which must not scan all pending ones. */
export class CallbackLog1764001460000 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, 'callbacks_delivered_idx', `ON callbacks (endpoint_id, event_id) WHERE state = 'delivered'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX callbacks_delivered_idx');
  }
}
