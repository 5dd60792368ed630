import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Index of messages that ended without being sent, by recipient. */
export class MessagesNotSent1764001600000 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // Of columns that other indexes have already: a message on its way costs nothing here, and its updates stay HOT.
    await createIndexConcurrently(
      runner,
      'messages_not_sent_to_idx',
      `ON messages (tenant_id, recipient, created_at) WHERE sent_at IS NULL AND due_at IS NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX messages_not_sent_to_idx`);
  }
}
