import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Index of waiting messages by the end of their window; messages without one cost nothing here. Built while others write, so outside a
 * transaction; the migration can be repeated.
 */
export class WindowIndex1764006160100 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'messages_window_idx',
      'ON messages (group_id, window_ends_at) WHERE due_at IS NOT NULL AND window_ends_at IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS messages_window_idx');
  }
}
