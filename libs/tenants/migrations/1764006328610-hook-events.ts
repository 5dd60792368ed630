import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records the hook events that the provider was asked for, so that sessions of earlier versions are subscribed to new ones. */
export class HookEvents1764006328610 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE sessions ADD COLUMN hook_events text[], ADD COLUMN hook_events_try_at timestamptz NOT NULL DEFAULT '-infinity';
      COMMENT ON COLUMN sessions.hook_events IS 'Events of hooks that the provider accepted last; null: a version that did not record them set the webhook up, or a person did.';
      COMMENT ON COLUMN sessions.hook_events_try_at IS 'Earliest time of the next attempt to subscribe to the events that are missing.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sessions DROP COLUMN hook_events, DROP COLUMN hook_events_try_at');
  }
}
