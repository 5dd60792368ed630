import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The end of what imports keep about people: refused rows, and the rows of the audience. */
export class ImportAges1764006220100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_imports
        ADD COLUMN refusals_gone boolean NOT NULL DEFAULT false,
        ADD COLUMN people text NOT NULL DEFAULT 'kept' CHECK (people IN ('kept', 'leaving', 'gone'));
      COMMENT ON COLUMN contact_imports.refusals_gone IS 'The refused rows and the samples are deleted.';
      COMMENT ON COLUMN contact_imports.people IS 'Rows of the audience. Once they are leaving the import is no source of an audience, so that nobody is missing among those to leave out.';

      CREATE FUNCTION contact_import_rows_end() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM contact_import_rows r USING gone g WHERE r.tenant_id = g.tenant_id AND r.contact_id = g.id;
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION contact_import_rows_end IS 'The cells of a person end with the contact.';
      CREATE TRIGGER contact_import_rows_end AFTER DELETE ON contacts REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION contact_import_rows_end();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER contact_import_rows_end ON contacts;
      DROP FUNCTION contact_import_rows_end;
      ALTER TABLE contact_imports DROP COLUMN people, DROP COLUMN refusals_gone;
    `);
  }
}
