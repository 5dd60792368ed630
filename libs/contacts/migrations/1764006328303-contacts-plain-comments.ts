import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class ContactsPlainComments1764006328303 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE consents IS 'Agreements of people, and their withdrawals. Rows are added, never changed.';
      COMMENT ON COLUMN consents.text IS 'Text that was agreed to, or the words that were written.';
      COMMENT ON TABLE opt_out_reviews IS 'Texts that are no keyword, but probably mean one. They opt nobody out before they are confirmed.';
      COMMENT ON COLUMN opt_out_reviews.entry_id IS 'Entry of the last such text; the text, keyword and address are of it.';
      COMMENT ON COLUMN opt_out_reviews.address IS 'Address that it was written from.';
      COMMENT ON COLUMN opt_out_reviews.heard_at IS 'Time at which the last such text was written.';
      COMMENT ON COLUMN contact_edits.forgotten IS 'True when the former values of the contacts are no longer known.';
      COMMENT ON TABLE contact_edit_changes IS 'Changes of an edit to each contact: {before, after} of its tags and by name of attributes; nothing else of it.';
      COMMENT ON COLUMN contact_edit_changes.kept IS 'Parts that the undoing left, since they were edited later; null: none.';
      COMMENT ON COLUMN contact_imports.is_utf8 IS 'True when all bytes of the file are UTF-8; null: the file is no text.';
      COMMENT ON COLUMN contact_imports.reading IS 'Settings by which the file is read: charset, separator, header.';
      COMMENT ON TABLE contact_import_changes IS 'Additions of an import, for its undo: the contact itself, or {before, after} of its name, external id, tags and by name of attributes; and the address, the consent and the place on the list that are new.';
      COMMENT ON COLUMN contact_import_changes.kept IS 'Parts that the undo left, since they changed later; null: none.';
      COMMENT ON COLUMN consents.purpose IS 'Purpose of the consent.';
      COMMENT ON COLUMN consents.proof IS 'Evidence of the consent.';
      COMMENT ON COLUMN consents.actor IS 'Name of the key or person that recorded it.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE consents IS 'Who agreed to what, or no longer: added to, never changed.';
      COMMENT ON COLUMN consents.text IS 'What was agreed to, or the words that were written.';
      COMMENT ON TABLE opt_out_reviews IS 'What somebody wrote that is no keyword, but probably means one. Opts nobody out before it is confirmed.';
      COMMENT ON COLUMN opt_out_reviews.entry_id IS 'What was written last; the text, keyword and address are of it.';
      COMMENT ON COLUMN opt_out_reviews.address IS 'Where it was written from.';
      COMMENT ON COLUMN opt_out_reviews.heard_at IS 'When it was last written.';
      COMMENT ON COLUMN contact_edits.forgotten IS 'What contacts were before is not known any more.';
      COMMENT ON TABLE contact_edit_changes IS 'What an edit changed of each contact: {before, after} of its tags and by name of attributes; nothing else of it.';
      COMMENT ON COLUMN contact_edit_changes.kept IS 'What the undoing left, since it was edited later; null: nothing.';
      COMMENT ON COLUMN contact_imports.is_utf8 IS 'Whether all bytes of the file are UTF-8; null: the file is no text.';
      COMMENT ON COLUMN contact_imports.reading IS 'How the file is read: charset, separator, header.';
      COMMENT ON TABLE contact_import_changes IS 'What an import added, for its undo: the contact itself, or {before, after} of its name, external id, tags and by name of attributes; and the address, the consent and the place on the list that are new.';
      COMMENT ON COLUMN contact_import_changes.kept IS 'What the undo left, since it changed later; null: nothing.';
      COMMENT ON COLUMN consents.purpose IS 'What the consent is for.';
      COMMENT ON COLUMN consents.proof IS 'Where the consent comes from.';
      COMMENT ON COLUMN consents.actor IS 'Who recorded it.';
    `);
  }
}
