import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Opt-outs and lists in edits of many contacts. */
export class EditedOptOuts1764006328660 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_edits ADD COLUMN opted_out int NOT NULL DEFAULT 0;
      COMMENT ON COLUMN contact_edits.opted_out IS 'Contacts whose last consent was not an opt-out before the edit opted them out; the undo leaves these opt-outs.';
      ALTER TABLE contact_edit_changes ADD COLUMN lists jsonb;
      COMMENT ON COLUMN contact_edit_changes.lists IS 'Lists that the edit put the contact on and took it off: {added, removed}, each an array of ids; null: none.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_edit_changes DROP COLUMN lists;
      ALTER TABLE contact_edits DROP COLUMN opted_out;
    `);
  }
}
