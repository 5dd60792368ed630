import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Links by which the client approves a campaign, beside those that show its report. */
export class ApprovalLinks1764006328650 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign_report_links
        ADD COLUMN kind text NOT NULL DEFAULT 'report' CHECK (kind IN ('report', 'approval')),
        ADD COLUMN content_hash bytea,
        ADD COLUMN plan jsonb,
        ADD COLUMN sample_ids uuid[],
        ADD COLUMN decision text CHECK (decision IN ('approved', 'changes_asked')),
        ADD COLUMN decided_at timestamptz,
        ADD COLUMN decided_by text,
        ADD COLUMN note text;
      COMMENT ON TABLE campaign_report_links IS 'Links that show one campaign to whoever has them: its figures, or its plan to approve. The token itself is stored nowhere.';
      COMMENT ON COLUMN campaign_report_links.kind IS 'report: shows the figures of a launched campaign. approval: shows the plan of a campaign before its launch, and takes one decision.';
      COMMENT ON COLUMN campaign_report_links.content_hash IS 'Hash of what an approval is of; null: a link of another kind.';
      COMMENT ON COLUMN campaign_report_links.plan IS 'Flight plan that an approval link shows, as it was when the link was made.';
      COMMENT ON COLUMN campaign_report_links.sample_ids IS 'Contacts for whom an approval link shows the message.';
      COMMENT ON COLUMN campaign_report_links.decision IS 'Decision of the holder of the link; null: none yet. There is one at most.';
      COMMENT ON COLUMN campaign_report_links.decided_by IS 'Name that the holder of the link typed. Nobody has checked it.';
      COMMENT ON COLUMN campaign_report_links.note IS 'Words of the holder of the link about the decision.';
      COMMENT ON COLUMN campaign_report_links.opened_at IS 'Time at which the page was read last through the link; null: never.';
      ${audited(`'campaign_id', 'expires_at', 'revoked_at', 'kind', 'decision', 'decided_by'`, `'note'`)}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    // The versions before know true and false alone, and take every text for true.
    await runner.query(`
      UPDATE tenants SET settings = jsonb_set(settings, '{campaign_approval}', to_jsonb(settings ->> 'campaign_approval' <> 'off'))
      WHERE jsonb_typeof(settings -> 'campaign_approval') = 'string';
      DELETE FROM campaign_report_links WHERE kind <> 'report';
      ${audited(`'campaign_id', 'expires_at', 'revoked_at'`, '')}
      ALTER TABLE campaign_report_links DROP COLUMN kind, DROP COLUMN content_hash, DROP COLUMN plan, DROP COLUMN sample_ids, DROP COLUMN decision,
        DROP COLUMN decided_at, DROP COLUMN decided_by, DROP COLUMN note;
    `);
  }
}

const audited = (shown: string, hidden: string): string => `
  DROP TRIGGER audited ON campaign_report_links;
  SELECT heliograph_audit_table('campaign_report_links', 'campaign_report_link', 'id', ARRAY[${shown}], ARRAY[${hidden}]::text[], 'INSERT OR UPDATE', 'asked');`;
