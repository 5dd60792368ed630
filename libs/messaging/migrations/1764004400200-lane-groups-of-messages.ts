import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Fills lane_groups with the groups of messages that wait already. The trigger inserts the groups of later ones. */
export class LaneGroupsOfMessages1764004400200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      INSERT INTO lane_groups (session_id, class, group_id, tenant_id)
      SELECT DISTINCT session_id, class, group_id, tenant_id FROM messages WHERE due_at IS NOT NULL AND group_id IS NOT NULL
      ON CONFLICT DO NOTHING
    `);
  }

  async down(): Promise<void> {
    // The migration that created the table drops it.
  }
}
