import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Imports whose people come by API, in chunks. */
export class ImportChunks1764006220000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_imports ADD COLUMN source text NOT NULL DEFAULT 'file' CHECK (source IN ('file', 'api'));
      COMMENT ON COLUMN contact_imports.source IS 'file: an upload. api: chunks of recipients, whose rows are stored as they arrive.';
      CREATE TABLE contact_import_chunks (
        tenant_id uuid NOT NULL,
        import_id uuid NOT NULL,
        chunk int NOT NULL,
        rows int NOT NULL,
        hash bytea NOT NULL,
        PRIMARY KEY (tenant_id, import_id, chunk)
      );
      COMMENT ON TABLE contact_import_chunks IS 'Chunks of imports by API with the hash of their content: a repeated chunk changes nothing, and other content under its number is refused.';
      SELECT heliograph_protect('contact_import_chunks'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE contact_import_chunks;
      ALTER TABLE contact_imports DROP COLUMN source;
    `);
  }
}
