import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Edits of many contacts that a person stops, and the number that they go through. */
export class CancelledEdits1764006328661 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_edits DROP CONSTRAINT contact_edits_state_check;
      ALTER TABLE contact_edits ADD COLUMN total int,
        ADD CONSTRAINT contact_edits_state_check CHECK (state IN ('running', 'done', 'cancelled', 'undoing', 'undone', 'failed'));
      COMMENT ON COLUMN contact_edits.total IS 'Contacts that the selection matched when the edit was requested; null: it was requested in an older version.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE contact_edits SET state = 'done' WHERE state = 'cancelled';
      ALTER TABLE contact_edits DROP CONSTRAINT contact_edits_state_check;
      ALTER TABLE contact_edits DROP COLUMN total,
        ADD CONSTRAINT contact_edits_state_check CHECK (state IN ('running', 'done', 'undoing', 'undone', 'failed'));
    `);
  }
}
