import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Consents that a later record voids, in place of their deletion by the undo of an import. Workers of the version before still delete them:
 * the trigger that lets the undo do so stays.
 */
export class VoidedConsents1764006300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Not valid: the constraint checks each row written from now on, without reading the existing ones.
    await runner.query(`
      ALTER TABLE consents ADD COLUMN voids uuid, DROP CONSTRAINT consents_action_check,
        ADD CONSTRAINT consents_action_check CHECK (action IN ('opt_in', 'opt_out', 'void') AND (action = 'void') = (voids IS NOT NULL)) NOT VALID;
      COMMENT ON COLUMN consents.action IS 'opt_in, opt_out, or void: another record no longer counts.';
      COMMENT ON COLUMN consents.voids IS 'The record that no longer counts, of the same contact; null: none.';
      COMMENT ON TABLE contact_import_keys IS 'People by the line that names them first; a later line is a duplicate. An address in one of its spellings, id: and an external id, or the state of the import and the known contact.';
    `);
  }

  /** Fails while there are voided consents, which the former table cannot hold. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE consents DROP CONSTRAINT consents_action_check, DROP COLUMN voids,
        ADD CONSTRAINT consents_action_check CHECK (action IN ('opt_in', 'opt_out'));
      COMMENT ON COLUMN consents.action IS 'opt_in or opt_out.';
      COMMENT ON TABLE contact_import_keys IS 'People by the line that names them first; a later line is a duplicate. An address in one of its spellings, or id: and an external id.';
    `);
  }
}
