import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the campaigns that left a contact out. Built while others write, so outside a transaction; the migration can be repeated. */
export class SkipsOfContacts1764006328662 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, 'campaign_skips_contact_idx', 'ON campaign_skips (tenant_id, contact_id, campaign_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS campaign_skips_contact_idx');
  }
}
