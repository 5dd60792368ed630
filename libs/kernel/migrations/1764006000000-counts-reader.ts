import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stores the position of the reader that counts messages, so that the reader misses no move before its first turn. */
export class CountsReader1764006000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `INSERT INTO feed_readers (name, next_tx) SELECT 'message_counts', pg_current_xact_id()::text::bigint ON CONFLICT (name) DO NOTHING`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM feed_readers WHERE name = 'message_counts'`);
  }
}
