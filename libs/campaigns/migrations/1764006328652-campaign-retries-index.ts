import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes: Record<string, string> = {
  campaigns_retry_idx: `campaigns (ended_at) WHERE retry IS NOT NULL AND retry_state IS NULL AND state = 'completed'`,
  campaigns_launches_itself_idx: 'campaigns (tenant_id, id) WHERE launches_itself',
};

/** Campaigns that are to be sent again by themselves. */
export class CampaignRetriesIndex1764006328652 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(indexes)) await createIndexConcurrently(runner, name, `ON ${definition}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ${Object.keys(indexes).join(', ')}`);
  }
}
