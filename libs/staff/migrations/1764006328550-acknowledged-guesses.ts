import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Guesses at accounts that a person has acknowledged: no alert is made of them. */
export class AcknowledgedGuesses1764006328550 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE staff_users ADD COLUMN guesses_seen_at timestamptz;
      COMMENT ON COLUMN staff_users.guesses_seen_at IS 'Value of guessed_at that somebody acknowledged; null: none.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE staff_users DROP COLUMN guesses_seen_at');
  }
}
