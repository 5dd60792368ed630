import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = {
  // A waiting message is in one of the first two, so messages of groups cost the other messages of the lane nothing.
  messages_plain_lane_idx: 'messages (session_id, class, due_at) WHERE due_at IS NOT NULL AND group_id IS NULL',
  messages_group_lane_idx: 'messages (session_id, class, group_id, due_at) WHERE due_at IS NOT NULL AND group_id IS NOT NULL',
  messages_group_expiry_idx: 'messages (group_id, expires_at) WHERE due_at IS NOT NULL',
  message_groups_parent_idx: 'message_groups (tenant_id, parent_id) WHERE parent_id IS NOT NULL',
  message_groups_settling_idx: 'message_groups (tenant_id, id) WHERE is_settling',
};

/** Indexes of waiting messages by group. Built while others write, so outside a transaction; the migration can be repeated. */
export class GroupIndexes1764004400100 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(indexes)) await createIndexConcurrently(runner, name, `ON ${definition}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(indexes)) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}
