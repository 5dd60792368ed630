import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps the quiet hours under which the messages of a run got their windows, and the time up to which merges of contacts were followed. */
export class TimesOfRuns1764006230200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign_runs ADD COLUMN quiet jsonb, ADD COLUMN merges_seen_at timestamptz;
      COMMENT ON COLUMN campaign_runs.quiet IS 'Quiet hours of the tenant under which its messages got their windows: from and to; null: none.';
      COMMENT ON COLUMN campaign_runs.merges_seen_at IS 'Merges of contacts before this time were followed; null: since the start.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE campaign_runs DROP COLUMN quiet, DROP COLUMN merges_seen_at');
  }
}
