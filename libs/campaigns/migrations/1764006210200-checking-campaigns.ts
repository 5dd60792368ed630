import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Campaigns that check numbers. */
export class CheckingCampaigns1764006210200 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, 'campaigns_checking_idx', 'ON campaigns (tenant_id, id) WHERE check_numbers');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX campaigns_checking_idx`);
  }
}
