import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ends of edits and imports whose steps keep failing. */
export class StepTries1764006260000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_edits DROP CONSTRAINT contact_edits_state_check;
      ALTER TABLE contact_edits ADD COLUMN error text, ADD COLUMN tries int NOT NULL DEFAULT 0, ADD COLUMN due_at timestamptz,
        ADD CONSTRAINT contact_edits_state_check CHECK (state IN ('running', 'done', 'undoing', 'undone', 'failed'));
      COMMENT ON COLUMN contact_edits.error IS 'Why the edit, or its undoing, was given up.';
      COMMENT ON COLUMN contact_edits.tries IS 'Failed tries of the next chunk.';
      COMMENT ON COLUMN contact_edits.due_at IS 'Time of the next try after a failed one; null: now.';
      ALTER TABLE contact_imports ADD COLUMN tries int NOT NULL DEFAULT 0, ADD COLUMN due_at timestamptz;
      COMMENT ON COLUMN contact_imports.tries IS 'Failed tries of the next part.';
      COMMENT ON COLUMN contact_imports.due_at IS 'Time of the next try after a failed one; null: now.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_imports DROP COLUMN tries, DROP COLUMN due_at;
      UPDATE contact_edits SET state = 'done' WHERE state = 'failed';
      ALTER TABLE contact_edits DROP CONSTRAINT contact_edits_state_check;
      ALTER TABLE contact_edits DROP COLUMN error, DROP COLUMN tries, DROP COLUMN due_at,
        ADD CONSTRAINT contact_edits_state_check CHECK (state IN ('running', 'done', 'undoing', 'undone'));
    `);
  }
}
