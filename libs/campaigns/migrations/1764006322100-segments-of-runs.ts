import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps the rules that segments had when a campaign was launched. */
export class SegmentsOfRuns1764006322100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign_runs ADD COLUMN segments jsonb;
      COMMENT ON COLUMN campaign_runs.segments IS 'Rules of the segments of its audience at the launch, by id of the segment; null: a run of a former version, which reads the rules of now.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE campaign_runs DROP COLUMN segments');
  }
}
