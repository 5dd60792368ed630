import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds a session by the token of its link. Built while others write, so outside a transaction; the migration can be repeated. */
export class LinkTokenIndex1764006060100 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'sessions_link_token_uq',
      'ON sessions (link_token_hash) WHERE link_token_hash IS NOT NULL',
      'UNIQUE INDEX',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS sessions_link_token_uq');
  }
}
