import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes replaced by those by place in the lane. No release used them. */
const former = {
  messages_plain_lane_idx: '(session_id, class, due_at) WHERE due_at IS NOT NULL AND group_id IS NULL',
  messages_group_lane_idx: '(session_id, class, group_id, due_at) WHERE due_at IS NOT NULL AND group_id IS NOT NULL',
  messages_group_expiry_idx: '(group_id, expires_at) WHERE due_at IS NOT NULL',
};

/** Drops the indexes of waiting messages by group, while others write, so outside a transaction; the migration can be repeated. */
export class FormerGroupIndexes1764006080300 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(former)) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(former))
      await runner.query(`CREATE INDEX IF NOT EXISTS ${name} ON messages ${definition}`);
  }
}
