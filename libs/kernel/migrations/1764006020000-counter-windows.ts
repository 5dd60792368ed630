import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the length of a counter's window, by which any process knows when the counter no longer counts. */
export class CounterWindows1764006020000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE throttle_counters ADD COLUMN window_ms float8 NOT NULL DEFAULT 900000;
      COMMENT ON COLUMN throttle_counters.window_ms IS 'Length of the window. The default, the longest one so far, is for processes that do not write it yet.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE throttle_counters DROP COLUMN window_ms`);
  }
}
