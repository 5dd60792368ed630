import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The position of the last step of an undo, which looks a second time for messages to people of the import. */
export class UndoLooks1764006328450 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_imports ADD COLUMN undo_look_position uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
      COMMENT ON COLUMN contact_imports.undo_look_position IS 'Last contact for which the undo looked a second time for what waits for people of the import: messages that were being called the first time may have come back to their lanes.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE contact_imports DROP COLUMN undo_look_position`);
  }
}
