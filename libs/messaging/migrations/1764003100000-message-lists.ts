import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = {
  // Beside the indexes of messages that were sent, and that ended unsent. A message leaves this index when it stops waiting, so a settled
  // one costs nothing.
  messages_waiting_to_idx: '(tenant_id, recipient) WHERE due_at IS NOT NULL',
  messages_group_list_idx: '(tenant_id, group_id, id) WHERE group_id IS NOT NULL',
  messages_client_ref_list_idx: '(tenant_id, client_ref, id) WHERE client_ref IS NOT NULL',
};
/** Indexes that the new ones replace: their first columns are the same. */
const former = {
  messages_group_idx: '(tenant_id, group_id) WHERE group_id IS NOT NULL',
  messages_client_ref_idx: '(tenant_id, client_ref) WHERE client_ref IS NOT NULL',
};

/**
 * Indexes of lists of messages, in the order of the lists. Built while others write, so outside a transaction; the migration can be
 * repeated.
 */
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
