import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = {
  // A waiting message is in one of the first two, so groups that stand apart cost the plain messages of the lane nothing.
  messages_lane_idx: 'messages (session_id, class, due_at) WHERE due_at IS NOT NULL AND lane_group IS NULL',
  messages_apart_idx: 'messages (session_id, class, lane_group, due_at) WHERE due_at IS NOT NULL AND lane_group IS NOT NULL',
  messages_expiry_idx: 'messages (expires_at) WHERE due_at IS NOT NULL AND lane_group IS NULL',
  messages_waiting_group_idx: 'messages (group_id, lane_group, expires_at) WHERE due_at IS NOT NULL AND group_id IS NOT NULL',
  message_groups_parting_idx: "message_groups (id) WHERE standing = 'parting'",
};

/** Indexes of waiting messages by their place in the lane. Built while others write, so outside a transaction; the migration can be repeated. */
export class ApartIndexes1764006080100 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(indexes)) await createIndexConcurrently(runner, name, `ON ${definition}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(indexes)) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}
