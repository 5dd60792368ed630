import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = {
  // Beside those of what was sent, and of what ended unsent. Left as soon as the message is: a settled one costs it nothing.
  messages_waiting_to_idx: '(tenant_id, recipient) WHERE due_at IS NOT NULL',
  messages_group_list_idx: '(tenant_id, group_id, id) WHERE group_id IS NOT NULL',
  messages_client_ref_list_idx: '(tenant_id, client_ref, id) WHERE client_ref IS NOT NULL',
};
/** Served by the new ones, whose first columns are the same. */
const former = {
  messages_group_idx: '(tenant_id, group_id) WHERE group_id IS NOT NULL',
  messages_client_ref_idx: '(tenant_id, client_ref) WHERE client_ref IS NOT NULL',
};

/** Indexes of lists of messages, in the order of the lists. Built beside writes, so outside a transaction; the whole may be run again. */
export class MessageLists1764003100000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(indexes)) await createIndexConcurrently(runner, name, `ON messages ${definition}`);
    for (const name of Object.keys(former)) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(former))
      await runner.query(`CREATE INDEX IF NOT EXISTS ${name} ON messages ${definition}`);
    for (const name of Object.keys(indexes)) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}
