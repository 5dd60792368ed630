import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts that somebody guesses at: alerts are made of them. */
export class GuessedAccounts1764006327000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE staff_users ADD COLUMN guessed_at timestamptz;
      COMMENT ON COLUMN staff_users.guessed_at IS 'Time at which tries to sign in as the person were last too many.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE staff_users DROP COLUMN guessed_at');
  }
}
