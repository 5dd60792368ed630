import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Links to reports of campaigns, for people without a sign-in. */
export class CampaignReportLinks1764006170100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE campaign_report_links (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        campaign_id uuid NOT NULL,
        token_hash bytea NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        created_by text NOT NULL,
        created_by_ref text,
        revoked_at timestamptz,
        revoked_by text,
        revoked_by_ref text,
        opened_at timestamptz,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE campaign_report_links IS 'Links that show the figures of one campaign to whoever has them. The token itself is stored nowhere.';
      COMMENT ON COLUMN campaign_report_links.token_hash IS 'SHA-256 of the token.';
      COMMENT ON COLUMN campaign_report_links.opened_at IS 'When the report was read last through the link; null: never.';
      CREATE UNIQUE INDEX campaign_report_links_token_uq ON campaign_report_links (token_hash);
      CREATE INDEX campaign_report_links_campaign_idx ON campaign_report_links (tenant_id, campaign_id, id);
      SELECT heliograph_protect('campaign_report_links'::regclass);
      SELECT heliograph_audit_table('campaign_report_links', 'campaign_report_link', 'id', ARRAY['campaign_id', 'expires_at', 'revoked_at'], '{}', 'INSERT OR UPDATE', 'asked');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE campaign_report_links');
  }
}
