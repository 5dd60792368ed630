import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Numbers of an import that are known to be on WhatsApp. */
export class NumbersOfImports1764006328664 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_imports ADD COLUMN numbers jsonb;
      COMMENT ON COLUMN contact_imports.numbers IS 'Addresses of the rows that the last check took, by what is known about WhatsApp: {known, missing, unknown, to_check}; null: no check counted them.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE contact_imports DROP COLUMN numbers`);
  }
}
