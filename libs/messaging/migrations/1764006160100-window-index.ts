import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = {
  // Messages without a window cost nothing here.
  messages_window_idx: 'messages (group_id, window_ends_at) WHERE due_at IS NOT NULL AND window_ends_at IS NOT NULL',
  message_groups_campaign_idx: "message_groups (tenant_id) WHERE kind = 'campaign'",
};

/**
 * Indexes of waiting messages by the end of their window, and of tenants with campaigns. Built while others write, so outside a transaction;
 * the migration can be repeated.
 */
export class WindowIndex1764006160100 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(indexes)) await createIndexConcurrently(runner, name, `ON ${definition}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(indexes)) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}
