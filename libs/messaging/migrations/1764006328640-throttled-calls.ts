import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An index of the steps that record a 429 of the provider, by time: the overview lists those of the last hour by session. */
export class ThrottledCalls1764006328640 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'message_events_throttled_idx',
      `ON message_events (at) WHERE to_state = 'queued' AND cause = 'throttled'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX message_events_throttled_idx');
  }
}
