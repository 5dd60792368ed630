import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An index of the few steps that may suppress a number, so that their reader passes over all others. */
export class FailureFeedIndex1764005300000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'message_events_failed_idx',
      `ON message_events (tx) WHERE to_state = 'failed' AND cause IN ('invalid_recipient', 'provider_error')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX message_events_failed_idx');
  }
}
