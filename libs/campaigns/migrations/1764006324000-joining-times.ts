import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps the time up to which messages of a campaign were written without the sessions that joined it. */
export class JoiningTimes1764006324000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign_runs ADD COLUMN joined_at timestamptz;
      COMMENT ON COLUMN campaign_runs.joined_at IS 'Time of the last change that made sessions join: messages written before it are shared anew; null: all of them.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE campaign_runs DROP COLUMN joined_at');
  }
}
