import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the record that voids a consent. Built while others write, so outside a transaction; the migration can be repeated. */
export class VoidedConsentsIndex1764006300100 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, 'consents_voids_uq', `ON consents (tenant_id, voids) WHERE voids IS NOT NULL`, 'UNIQUE INDEX');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS consents_voids_uq');
  }
}
