import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts the people that a lane wrote to by day, and those of them who answered. */
export class LaneReplies1764006240210 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE lane_days ADD COLUMN people int NOT NULL DEFAULT 0, ADD COLUMN replied int NOT NULL DEFAULT 0;
      COMMENT ON COLUMN lane_days.people IS 'Number of recipients of that day, each counted once.';
      COMMENT ON COLUMN lane_days.replied IS 'Number of those recipients who answered a message of that day, each counted once.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE lane_days DROP COLUMN people, DROP COLUMN replied');
  }
}
