import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Position of each reader of the history, for more tables than `message_events`. */
export class FeedReaders1764000700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE feed_readers (
        name text PRIMARY KEY,
        next_tx bigint NOT NULL,
        moved_at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      COMMENT ON TABLE feed_readers IS 'How far each reader of the tables with a column tx has come: rows of transactions before next_tx are done.';
      INSERT INTO feed_readers SELECT name, next_tx, moved_at FROM message_event_readers;
      INSERT INTO feed_readers SELECT name, pg_current_xact_id()::text::bigint FROM unnest(ARRAY['callbacks', 'bad_numbers']) name;
      COMMENT ON TABLE message_event_readers IS 'Unused; kept for workers of the version before. feed_readers took its place.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE feed_readers');
  }
}
