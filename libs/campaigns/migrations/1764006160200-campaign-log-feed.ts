import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets readers follow the log of campaigns without missing an entry whose transaction ended late. */
export class CampaignLogFeed1764006160200 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE campaign_log ADD COLUMN IF NOT EXISTS tx bigint;
      ALTER TABLE campaign_log ALTER COLUMN tx SET DEFAULT (pg_current_xact_id()::text::bigint);
      COMMENT ON COLUMN campaign_log.tx IS 'Transaction that wrote the entry, for readers that follow.';
    `);
    await createIndexConcurrently(runner, 'campaign_log_tx_idx', 'ON campaign_log (tx)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE campaign_log DROP COLUMN IF EXISTS tx');
  }
}
