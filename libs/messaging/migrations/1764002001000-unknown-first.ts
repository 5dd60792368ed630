import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages of unknown outcome by their next check, apart from those that are known to be sent. */
export class UnknownFirst1764002001000 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'unbound_messages_unknown_idx',
      `ON unbound_messages (next_check_at) WHERE provider_message_id IS NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX unbound_messages_unknown_idx`);
  }
}
