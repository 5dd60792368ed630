import type { MigrationInterface, QueryRunner } from 'typeorm';

const audited = (columns: string[]) => `
  DROP TRIGGER audited ON campaigns;
  SELECT heliograph_audit_table('campaigns', 'campaign', 'id', ARRAY[${columns.map((column) => `'${column}'`).join(', ')}], '{}', 'INSERT OR UPDATE OR DELETE', 'asked');`;
const columns = [
  ...['name', 'state', 'reason', 'audience', 'message', 'schedule', 'numbers', 'pace', 'caps', 'requires_consent', 'stop_rules'],
  'check_numbers',
];

/** Sends campaigns again by themselves to people whose message failed. */
export class CampaignRetries1764006328651 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaigns
        ADD COLUMN retry jsonb,
        ADD COLUMN retry_round int NOT NULL DEFAULT 0,
        ADD COLUMN retry_state text CHECK (retry_state IN ('made', 'nobody', 'stopped', 'refused')),
        ADD COLUMN retry_id uuid,
        ADD COLUMN launches_itself boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN campaigns.retry IS 'Plan for sending again to people whose message failed: reasons, times, gap_min, other_session; null: none.';
      COMMENT ON COLUMN campaigns.retry_round IS 'Round of the plan that this campaign is: 0 is the campaign that a person launched.';
      COMMENT ON COLUMN campaigns.retry_state IS 'End of the plan for this campaign. made: the next round exists. nobody: nobody is left. stopped: a person turned it off. refused: the next round could not be made. Null: it is to come, or there is none.';
      COMMENT ON COLUMN campaigns.retry_id IS 'Campaign that is the next round.';
      COMMENT ON COLUMN campaigns.launches_itself IS 'True for a round that the system has made and not launched yet.';
      ${audited([...columns, 'retry', 'retry_state'])}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ${audited(columns)}
      ALTER TABLE campaigns DROP COLUMN retry, DROP COLUMN retry_round, DROP COLUMN retry_state, DROP COLUMN retry_id, DROP COLUMN launches_itself;
    `);
  }
}
