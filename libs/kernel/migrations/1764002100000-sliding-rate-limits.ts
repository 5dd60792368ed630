import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The count of the window before: rate limits slide, so that no burst at the edge of two windows passes twice the limit. */
export class SlidingRateLimits1764002100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE throttle_counters ADD COLUMN previous_hits int NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE throttle_counters DROP COLUMN previous_hits`);
  }
}
