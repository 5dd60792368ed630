import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the count of the previous window: rate limits slide, so that a burst at the edge of two windows cannot pass twice the limit. */
export class SlidingRateLimits1764002100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE throttle_counters ADD COLUMN previous_hits int NOT NULL DEFAULT 0`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE throttle_counters DROP COLUMN previous_hits`);
  }
}
