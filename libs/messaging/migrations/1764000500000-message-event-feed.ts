import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets readers follow message_events without missing an event whose transaction ended late. */
export class MessageEventFeed1764000500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_events ADD COLUMN tx bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint);
      COMMENT ON COLUMN message_events.tx IS 'Transaction that wrote the event. Readers follow it up to the oldest one that is still running.';
      CREATE INDEX message_events_tx_idx ON message_events USING brin (tx) WITH (autosummarize = on);

      CREATE TABLE message_event_readers (
        name text PRIMARY KEY,
        next_tx bigint NOT NULL,
        moved_at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      COMMENT ON TABLE message_event_readers IS 'How far each reader of message_events has come: events of transactions before next_tx are done.';
      INSERT INTO message_event_readers VALUES ('log', pg_current_xact_id()::text::bigint);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE message_event_readers; ALTER TABLE message_events DROP COLUMN tx');
  }
}
