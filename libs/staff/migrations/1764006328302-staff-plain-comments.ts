import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class StaffPlainComments1764006328302 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN staff_users.email_verified IS 'True once the person proved to read mail at the address.';
      COMMENT ON COLUMN staff_users.two_factor_enabled IS 'True when a sign-in by password asks for a code.';
      COMMENT ON COLUMN staff_verifications.identifier IS 'Purpose of the value.';
      COMMENT ON COLUMN staff_two_factors.verified IS 'True once a code of the app was confirmed.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN staff_users.email_verified IS 'Whether the person proved to read mail at the address.';
      COMMENT ON COLUMN staff_users.two_factor_enabled IS 'Whether a sign-in by password asks for a code.';
      COMMENT ON COLUMN staff_verifications.identifier IS 'What the value is for.';
      COMMENT ON COLUMN staff_two_factors.verified IS 'Whether a code of the app was confirmed.';
    `);
  }
}
