import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the time of the last check of a sending session, by the list of its account or individually. */
export class SessionWatch1764002610000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE sessions ADD COLUMN watched_at timestamptz;
      COMMENT ON COLUMN sessions.watched_at IS 'When the session was last looked at because it had messages to send.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE sessions DROP COLUMN watched_at');
  }
}
