import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class CampaignsPlainComments1764006328309 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE message_templates IS 'Contents of messages of campaigns and rules. Each change is a new version.';
      COMMENT ON COLUMN campaign_report_links.opened_at IS 'Time at which the report was last read through the link; null: never.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE message_templates IS 'What messages of campaigns and rules say. Each change is a new version.';
      COMMENT ON COLUMN campaign_report_links.opened_at IS 'When the report was read last through the link; null: never.';
    `);
  }
}
