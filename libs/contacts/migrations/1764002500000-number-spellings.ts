import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Spellings of numbers that WhatsApp showed, where they differ from the dialled one. */
export class NumberSpellings1764002500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE number_spellings (
        tenant_id uuid NOT NULL,
        address text NOT NULL,
        shown text NOT NULL,
        PRIMARY KEY (tenant_id, address)
      );
      COMMENT ON TABLE number_spellings IS 'Numbers that WhatsApp shows in another spelling than this address; messages to the address are sent to the spelling that was shown last.';

      SELECT heliograph_protect('number_spellings'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE number_spellings`);
  }
}
