import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Allows one open dead letter per content. */
export class LettersContentIndex1764003620100 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'dead_letters_content_uq',
      `ON dead_letters (tenant_id, kind, content_hash) WHERE state = 'open' AND content_hash IS NOT NULL`,
      'UNIQUE INDEX',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX dead_letters_content_uq');
  }
}
