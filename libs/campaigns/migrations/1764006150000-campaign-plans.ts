import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The latest flight plan of each campaign. */
export class CampaignPlans1764006150000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE campaign_plans (
        tenant_id uuid NOT NULL,
        campaign_id uuid NOT NULL,
        made_at timestamptz NOT NULL,
        plan jsonb NOT NULL,
        cells jsonb NOT NULL,
        PRIMARY KEY (tenant_id, campaign_id),
        FOREIGN KEY (tenant_id, campaign_id) REFERENCES campaigns (tenant_id, id) ON DELETE CASCADE
      );
      COMMENT ON TABLE campaign_plans IS 'The latest flight plan of each campaign. Once a campaign is launched it keeps the one before the launch.';
      COMMENT ON COLUMN campaign_plans.cells IS 'People who get a message, by session and time zone. Plans of other campaigns count them until they are messages.';
      SELECT heliograph_protect('campaign_plans'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE campaign_plans');
  }
}
