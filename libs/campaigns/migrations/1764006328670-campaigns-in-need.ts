import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Index for alerts of campaigns that wait for an approval, or failed. Those that are paused have one. */
export class CampaignsInNeed1764006328670 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'campaigns_need_idx',
      `ON campaigns (state, state_changed_at) WHERE state IN ('checked', 'failed')`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX campaigns_need_idx');
  }
}
