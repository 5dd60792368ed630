import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes merged contacts by the time of the merge. Built while others write, so outside a transaction; the migration can be repeated. */
export class MergedLately1764006230300 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'contacts_merged_lately_idx',
      'ON contacts (tenant_id, updated_at) WHERE merged_into IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS contacts_merged_lately_idx');
  }
}
