import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Time at which a number was found on WhatsApp. */
export class FoundNumbers1764006210000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_addresses ADD COLUMN found_at timestamptz;
      COMMENT ON COLUMN contact_addresses.found_at IS 'Time at which a check found it on WhatsApp. A check that found no account is a suppression of the reason bad_number.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE contact_addresses DROP COLUMN found_at`);
  }
}
