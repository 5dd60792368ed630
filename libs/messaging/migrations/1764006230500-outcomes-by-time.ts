import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes what people answered to a group by its time. Built while others write, so outside a transaction; the migration can be repeated. */
export class OutcomesByTime1764006230500 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'message_outcomes_time_idx',
      'ON message_outcomes (tenant_id, group_id, at DESC, message_id DESC, kind DESC)',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS message_outcomes_time_idx');
  }
}
