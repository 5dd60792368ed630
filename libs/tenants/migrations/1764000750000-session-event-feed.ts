import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets readers follow session_events. Earlier events have no transaction and are not delivered again. */
export class SessionEventFeed1764000750000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE session_events ADD COLUMN tx bigint;
      ALTER TABLE session_events ALTER COLUMN tx SET DEFAULT (pg_current_xact_id()::text::bigint);
      COMMENT ON COLUMN session_events.tx IS 'Transaction that wrote the event, for readers that follow.';
      CREATE INDEX session_events_tx_idx ON session_events (tx);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE session_events DROP COLUMN tx');
  }
}
