import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Messages without a numeric id by their own ids: without it, the end of such a message reads all candidates of its session. A message whose
 * call was answered has a numeric id from the start and does not enter it.
 */
export class UnnumberedCandidatesIndex1764006328710 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'unbound_messages_unnumbered_idx',
      `ON unbound_messages (message_id) WHERE provider_message_id IS NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX unbound_messages_unnumbered_idx`);
  }
}
