import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages without a WhatsApp id by their numeric ids: without it, each hook with a numeric id reads all candidates of its session. */
export class UnboundNumbersIndex1764006328700 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'unbound_messages_number_idx',
      `ON unbound_messages (session_id, provider_message_id) WHERE provider_message_id IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX unbound_messages_number_idx`);
  }
}
