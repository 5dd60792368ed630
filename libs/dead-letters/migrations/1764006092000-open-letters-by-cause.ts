import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts open letters by cause from an index alone, however many are settled. Alerts read them every two seconds. */
export class OpenLettersByCause1764006092000 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'dead_letters_open_idx',
      `ON dead_letters (tenant_id, kind, cause, created_at) WHERE state = 'open'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX dead_letters_open_idx');
  }
}
