import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes that the ones with the group replace. No release used them. */
const former = {
  messages_lane_idx: '(session_id, class, due_at) WHERE due_at IS NOT NULL',
  messages_expiry_idx: '(expires_at) WHERE due_at IS NOT NULL',
};

/** Drops the indexes of waiting messages without the group, while others write, so outside a transaction; the migration can be repeated. */
export class FormerLaneIndexes1764004400300 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (const name of Object.keys(former)) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(former))
      await runner.query(`CREATE INDEX IF NOT EXISTS ${name} ON messages ${definition}`);
  }
}
