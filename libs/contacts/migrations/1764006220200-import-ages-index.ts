import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds imports whose rows are still kept. Built while others write, so outside a transaction; the migration can be repeated. */
export class ImportAgesIndex1764006220200 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'contact_imports_aged_idx',
      `ON contact_imports (id) WHERE NOT refusals_gone OR people <> 'gone'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS contact_imports_aged_idx');
  }
}
