import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Imports of contacts from files, and the undo of the consents that an import recorded. */
export class ContactImports1764006110000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE contact_imports (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        state text NOT NULL DEFAULT 'uploading'
          CHECK (state IN ('uploading', 'uploaded', 'mapped', 'checking', 'checked', 'running', 'done', 'cancelled', 'failed', 'undoing', 'undone')),
        file_name text NOT NULL,
        format text CHECK (format IN ('csv', 'xlsx')),
        bytes bigint NOT NULL DEFAULT 0,
        is_utf8 boolean,
        reading jsonb,
        columns jsonb,
        settings jsonb,
        read_as jsonb,
        rows_total int,
        parts int,
        position int NOT NULL DEFAULT 0,
        runs_next boolean NOT NULL DEFAULT false,
        done_rows int NOT NULL DEFAULT 0,
        created int NOT NULL DEFAULT 0,
        changed int NOT NULL DEFAULT 0,
        unchanged int NOT NULL DEFAULT 0,
        refused int NOT NULL DEFAULT 0,
        opted_out int NOT NULL DEFAULT 0,
        consents int NOT NULL DEFAULT 0,
        reasons jsonb NOT NULL DEFAULT '{}',
        samples jsonb NOT NULL DEFAULT '[]',
        error jsonb,
        actor text NOT NULL,
        actor_ref text,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        changed_at timestamptz NOT NULL DEFAULT heliograph_now(),
        started_at timestamptz,
        run_at timestamptz,
        run_actor text,
        run_actor_ref text,
        finished_at timestamptz,
        undo_actor text,
        undo_actor_ref text,
        undo_at timestamptz,
        undo_position uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        undone_at timestamptz,
        removed int NOT NULL DEFAULT 0,
        restored int NOT NULL DEFAULT 0,
        kept int NOT NULL DEFAULT 0,
        forgotten boolean NOT NULL DEFAULT false,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE contact_imports IS 'Imports of contacts from files: read once into parts of rows, then checked and run a part at a time, each part in one transaction with the position it reached.';
      COMMENT ON COLUMN contact_imports.is_utf8 IS 'Whether all bytes of the file are UTF-8; null: the file is no text.';
      COMMENT ON COLUMN contact_imports.reading IS 'How the file is read: charset, separator, header.';
      COMMENT ON COLUMN contact_imports.read_as IS 'The reading that the stored rows come from; null: the file was not read yet.';
      COMMENT ON COLUMN contact_imports.position IS 'Parts that the check or the run is done with.';
      COMMENT ON COLUMN contact_imports.runs_next IS 'The run follows the check without another request.';
      COMMENT ON COLUMN contact_imports.started_at IS 'Begin of the check or the run in progress.';
      COMMENT ON COLUMN contact_imports.run_at IS 'Begin of the run; null: nothing was written to contacts.';
      COMMENT ON COLUMN contact_imports.reasons IS 'Refused rows by reason.';
      COMMENT ON COLUMN contact_imports.kept IS 'Contacts of which the undo left something that changed since.';
      COMMENT ON COLUMN contact_imports.forgotten IS 'The file and what contacts were before are deleted.';
      CREATE INDEX contact_imports_open_idx ON contact_imports (tenant_id, id) WHERE state IN ('checking', 'running', 'undoing');
      CREATE INDEX contact_imports_kept_idx ON contact_imports (changed_at) WHERE NOT forgotten;

      CREATE TABLE contact_import_parts (
        tenant_id uuid NOT NULL,
        import_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('file', 'rows')),
        place int NOT NULL,
        bytes bytea NOT NULL,
        PRIMARY KEY (tenant_id, import_id, kind, place)
      );
      ALTER TABLE contact_import_parts ALTER COLUMN bytes SET STORAGE EXTERNAL;
      COMMENT ON TABLE contact_import_parts IS 'file: the upload in parts of 1 MiB. rows: its rows as JSON, one array [line, ...cells] a line, in UTF-8.';

      CREATE TABLE contact_import_keys (
        tenant_id uuid NOT NULL,
        import_id uuid NOT NULL,
        key text COLLATE "C" NOT NULL,
        line int NOT NULL,
        PRIMARY KEY (tenant_id, import_id, key)
      );
      COMMENT ON TABLE contact_import_keys IS 'People by the line that names them first; a later line is a duplicate. An address in one of its spellings, or id: and an external id.';

      CREATE TABLE contact_import_refusals (
        tenant_id uuid NOT NULL,
        import_id uuid NOT NULL,
        line int NOT NULL,
        "column" text,
        value text,
        reason text NOT NULL,
        detail jsonb,
        cells jsonb NOT NULL,
        PRIMARY KEY (tenant_id, import_id, line)
      );
      COMMENT ON TABLE contact_import_refusals IS 'Rows that an import does not take, each with its first fault.';
      CREATE INDEX contact_import_refusals_reason_idx ON contact_import_refusals (tenant_id, import_id, reason, line);

      CREATE TABLE contact_import_changes (
        tenant_id uuid NOT NULL,
        import_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        is_new boolean NOT NULL,
        turns jsonb,
        address text,
        consent_id uuid,
        is_listed boolean NOT NULL DEFAULT false,
        kept text[],
        PRIMARY KEY (tenant_id, import_id, contact_id)
      );
      COMMENT ON TABLE contact_import_changes IS 'What an import added, for its undo: the contact itself, or {before, after} of its name, external id, tags and by name of attributes; and the address, the consent and the place on the list that are new.';
      COMMENT ON COLUMN contact_import_changes.kept IS 'What the undo left, since it changed later; null: nothing.';

      CREATE TABLE contact_import_rows (
        tenant_id uuid NOT NULL,
        import_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        line int NOT NULL,
        vars jsonb NOT NULL,
        PRIMARY KEY (tenant_id, import_id, contact_id)
      );
      CREATE INDEX contact_import_rows_contact_idx ON contact_import_rows (tenant_id, contact_id);
      COMMENT ON TABLE contact_import_rows IS 'People of a file as an audience, each with the cells of its row by column.';

      CREATE OR REPLACE FUNCTION consents_stay() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' AND current_setting('heliograph.undoes_import', true) = 'on' THEN RETURN NULL; END IF;
        RAISE EXCEPTION 'consents are never changed' USING ERRCODE = 'restrict_violation';
      END $$;
      COMMENT ON FUNCTION consents_stay IS 'Consents are never changed. The undo of an import deletes those that the import recorded: nobody gave them.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['contact_imports', 'contact_import_parts', 'contact_import_keys', 'contact_import_refusals', 'contact_import_changes', 'contact_import_rows']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION consents_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'consents are never changed' USING ERRCODE = 'restrict_violation'; END $$;
      COMMENT ON FUNCTION consents_stay IS NULL;
      DROP TABLE contact_import_rows, contact_import_changes, contact_import_refusals, contact_import_keys, contact_import_parts, contact_imports;
    `);
  }
}
