import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Records the checks of invariants that read whole tables, so that one process of all runs each of them once an hour. */
export class InvariantChecks1764006328611 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE invariant_checks (
        invariant text PRIMARY KEY,
        next_at timestamptz NOT NULL DEFAULT '-infinity',
        checked_at timestamptz,
        broken int NOT NULL DEFAULT 0,
        is_slow boolean NOT NULL DEFAULT false
      );
      COMMENT ON TABLE invariant_checks IS 'Invariants between the tables of messages that are checked once an hour by one process of all, with the result of the last check.';
      COMMENT ON COLUMN invariant_checks.next_at IS 'Earliest time of the next check. Set when a check begins, so that no other process begins it too.';
      COMMENT ON COLUMN invariant_checks.checked_at IS 'End of the last check that ran to its end; null: none did.';
      COMMENT ON COLUMN invariant_checks.broken IS 'Number of rows that broke it at the last check, counted up to 1,000.';
      COMMENT ON COLUMN invariant_checks.is_slow IS 'The last check exceeded its time and was given up; it is tried again a day later.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE invariant_checks');
  }
}
