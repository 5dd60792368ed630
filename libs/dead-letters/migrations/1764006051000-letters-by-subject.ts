import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the letters about a message, an event or another subject, open or settled. */
export class LettersBySubject1764006051000 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, 'dead_letters_subject_idx', 'ON dead_letters (tenant_id, subject_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX dead_letters_subject_idx');
  }
}
