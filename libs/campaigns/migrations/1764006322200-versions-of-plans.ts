import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names the version of the campaign that a plan was made of. */
export class VersionsOfPlans1764006322200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign_plans ADD COLUMN version int;
      COMMENT ON COLUMN campaign_plans.version IS 'Version of the campaign that it was made of; null: it is not known, and counts as an old one.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE campaign_plans DROP COLUMN version');
  }
}
