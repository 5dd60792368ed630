import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps the people of launched campaigns that have no plan of what they are, so that each plan of another campaign does not count them again. */
export class CountedPeopleOfRuns1764006328350 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign_runs ADD COLUMN counted_cells jsonb, ADD COLUMN counted_version int;
      COMMENT ON COLUMN campaign_runs.counted_cells IS 'People who get a message, by session and time zone, as a plan of another campaign counted them before the start; null: none did.';
      COMMENT ON COLUMN campaign_runs.counted_version IS 'Version of the campaign that counted_cells were counted of; they are of no use for another one.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE campaign_runs DROP COLUMN counted_cells, DROP COLUMN counted_version');
  }
}
