import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Runs of launched campaigns, counts of the people that they leave out, and approvals. */
export class CampaignRuns1764006140000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE campaign_runs (
        tenant_id uuid NOT NULL,
        campaign_id uuid NOT NULL,
        template_id uuid,
        template_version int,
        starts_at timestamptz NOT NULL,
        expires_at timestamptz,
        started_at timestamptz,
        expanded_at timestamptz,
        position uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        cutoff text,
        span int NOT NULL DEFAULT 10000,
        joining uuid[] NOT NULL DEFAULT '{}',
        messages bigint NOT NULL DEFAULT 0,
        skipped bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, campaign_id)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE campaign_runs IS 'The run of a launched campaign: what was fixed at the launch, and how far its audience was written into messages. A row of its own, so that a pause never waits for a chunk.';
      COMMENT ON COLUMN campaign_runs.expires_at IS 'Time after which nothing of it is sent, pauses not counted; null: a year after the start.';
      COMMENT ON COLUMN campaign_runs.position IS 'Last contact that was looked at, in the order of ids. Contacts after it have no outcome yet.';
      COMMENT ON COLUMN campaign_runs.cutoff IS 'Place of the first person beyond the greatest number of people, read at the start; null: nobody is beyond it.';
      COMMENT ON COLUMN campaign_runs.span IS 'Contacts of the tenant that the next chunk goes through.';
      COMMENT ON COLUMN campaign_runs.joining IS 'Sessions that were added while it runs and have not got their share of the waiting messages yet.';
      CREATE INDEX campaign_runs_open_idx ON campaign_runs (starts_at) WHERE expanded_at IS NULL;

      CREATE TABLE campaign_skip_counts (
        tenant_id uuid NOT NULL,
        campaign_id uuid NOT NULL,
        reason text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant_id, campaign_id, reason)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE campaign_skip_counts IS 'Number of rows of campaign_skips by reason, raised in the statement that writes them.';

      ALTER TABLE campaigns
        ADD COLUMN authors text[] NOT NULL DEFAULT '{}',
        ADD COLUMN approved_at timestamptz,
        ADD COLUMN approved_by text,
        ADD COLUMN approved_by_ref text,
        ADD COLUMN approved_hash bytea;
      COMMENT ON COLUMN campaigns.authors IS 'References of those who created or changed it; none of them may approve it.';
      COMMENT ON COLUMN campaigns.approved_hash IS 'Hash of what was approved. A launch needs that it is what is to be sent.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['campaign_runs', 'campaign_skip_counts']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaigns DROP COLUMN authors, DROP COLUMN approved_at, DROP COLUMN approved_by, DROP COLUMN approved_by_ref, DROP COLUMN approved_hash;
      DROP TABLE campaign_skip_counts, campaign_runs;
    `);
  }
}
