import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Campaigns, their log, and the people that they leave out. */
export class Campaigns1764006100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE campaigns (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        parent_id uuid,
        version int NOT NULL DEFAULT 1,
        name text NOT NULL,
        state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'checked', 'scheduled', 'processing', 'paused', 'completed', 'cancelled', 'failed')),
        reason text,
        detail jsonb,
        audience jsonb NOT NULL,
        message jsonb NOT NULL,
        schedule jsonb NOT NULL,
        numbers jsonb NOT NULL,
        pace jsonb NOT NULL,
        caps jsonb NOT NULL,
        requires_consent boolean NOT NULL,
        stop_rules jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        created_by text NOT NULL,
        created_by_ref text,
        state_changed_at timestamptz NOT NULL DEFAULT heliograph_now(),
        state_changed_by text NOT NULL,
        state_changed_by_ref text,
        launched_at timestamptz,
        ended_at timestamptz,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE campaigns IS 'Broadcasts. The message group with the same id holds the messages and their counts.';
      COMMENT ON COLUMN campaigns.version IS 'Number of changes of what the campaign is to do, from 1 on.';
      COMMENT ON COLUMN campaigns.reason IS 'Cause of the states paused and failed: person, rule, or a code.';
      COMMENT ON COLUMN campaigns.detail IS 'Further data of the cause, for example a rule and its figures.';
      COMMENT ON COLUMN campaigns.parent_id IS 'Campaign that this one is a copy or a follow-up of.';
      CREATE INDEX campaigns_active_idx ON campaigns (state) WHERE state IN ('scheduled', 'processing', 'paused');

      CREATE TABLE campaign_log (
        tenant_id uuid NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        campaign_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        kind text NOT NULL,
        actor text NOT NULL,
        actor_ref text,
        detail jsonb,
        PRIMARY KEY (tenant_id, campaign_id, id)
      );
      COMMENT ON TABLE campaign_log IS 'Changes of the state, the pace and the numbers of campaigns, by time.';
      COMMENT ON COLUMN campaign_log.kind IS 'created, checked, scheduled, launched, expanded, paused, resumed, completed, cancelled, failed, changed, approved.';

      CREATE TABLE campaign_skips (
        tenant_id uuid NOT NULL,
        campaign_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        reason text NOT NULL,
        detail text,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, campaign_id, contact_id)
      );
      COMMENT ON TABLE campaign_skips IS 'People of the audience who get no message, with the reason.';
      CREATE INDEX campaign_skips_reason_idx ON campaign_skips (tenant_id, campaign_id, reason, contact_id);

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['campaigns', 'campaign_log', 'campaign_skips']) t;
      SELECT heliograph_audit_table('campaigns', 'campaign', 'id', ARRAY['name', 'state', 'reason', 'audience', 'message', 'schedule', 'numbers', 'pace', 'caps', 'requires_consent', 'stop_rules'], '{}', 'INSERT OR UPDATE OR DELETE', 'asked');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE campaign_skips, campaign_log, campaigns;`);
  }
}
