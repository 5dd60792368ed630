import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Moves groups that are paused, cancelled, weighed or limited apart, a chunk at a time by the workers of this version, and the others among
 * the plain messages of their lanes.
 */
export class StandingOfGroups1764006080200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE message_groups g SET standing = 'parting', is_settling = true
      WHERE standing = 'plain' AND (state <> 'open' OR weight <> 1 OR window_limit IS NOT NULL OR daily_cap IS NOT NULL OR pauses <> '{}' OR is_settling)
        AND EXISTS (SELECT 1 FROM lane_groups l WHERE l.tenant_id = g.tenant_id AND l.group_id = g.id);
      DELETE FROM lane_groups l USING message_groups g WHERE g.tenant_id = l.tenant_id AND g.id = l.group_id AND g.standing = 'plain'
    `);
  }

  async down(): Promise<void> {
    // The migration that added the column fills lane_groups again.
  }
}
