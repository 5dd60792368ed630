import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the length of a counter's window, so that every process knows when the counter has ended. */
export class CounterWindows1764006020000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE throttle_counters ADD COLUMN window_ms float8 NOT NULL DEFAULT 900000;
      COMMENT ON COLUMN throttle_counters.window_ms IS 'Length of the window in ms. The default is the longest window so far, for processes of an older version, which do not write the column.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE throttle_counters DROP COLUMN window_ms`);
  }
}
