import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Served by those that know the group. No release used them. */
const former = {
  messages_lane_idx: '(session_id, class, due_at) WHERE due_at IS NOT NULL',
  messages_expiry_idx: '(expires_at) WHERE due_at IS NOT NULL',
};

/** Drops the indexes of waiting messages that do not know groups. Beside writes, so outside a transaction; the whole may be run again. */
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
