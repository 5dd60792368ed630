import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * By the statistics of a time when nothing waited, any index of waiting messages seems to hold one row. So a claim of a large campaign read
 * all of one that had nothing to do with it. The last condition, true for every row, keeps these indexes for statements that name the column.
 */
const indexes = {
  messages_waiting_recipient_idx: '(tenant_id, recipient) WHERE due_at IS NOT NULL AND recipient IS NOT NULL',
  messages_expires_idx: '(expires_at) WHERE due_at IS NOT NULL AND lane_group IS NULL AND expires_at IS NOT NULL',
};
const former = {
  messages_waiting_to_idx: '(tenant_id, recipient) WHERE due_at IS NOT NULL',
  messages_expiry_idx: '(expires_at) WHERE due_at IS NOT NULL AND lane_group IS NULL',
};

/** Replaces indexes of waiting messages. Built while others write, so outside a transaction; the migration can be repeated. */
export class IndexesByTheirColumn1764006160300 implements MigrationInterface {
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
