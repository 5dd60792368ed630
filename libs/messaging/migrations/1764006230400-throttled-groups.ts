import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts the calls of campaigns after which the provider asked to wait, by minute. */
export class ThrottledGroups1764006230400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE group_flow ADD COLUMN throttled int NOT NULL DEFAULT 0;
      COMMENT ON COLUMN group_flow.throttled IS 'Calls in this minute that the provider refused for now (429); the messages went back to their lanes.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE group_flow DROP COLUMN throttled');
  }
}
