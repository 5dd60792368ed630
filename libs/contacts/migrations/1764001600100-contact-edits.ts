import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Edits of many contacts at once, and contacts by tag. */
export class ContactEdits1764001600100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE contact_edits (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'done', 'undoing', 'undone')),
        selection jsonb NOT NULL,
        changes jsonb NOT NULL,
        actor text NOT NULL,
        position uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
        matched int NOT NULL DEFAULT 0,
        changed int NOT NULL DEFAULT 0,
        skipped int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        finished_at timestamptz,
        undo_actor text,
        undo_at timestamptz,
        undone_at timestamptz,
        restored int NOT NULL DEFAULT 0,
        kept int NOT NULL DEFAULT 0,
        forgotten boolean NOT NULL DEFAULT false,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE contact_edits IS 'Edits of many contacts at once, done and undone a chunk at a time, each chunk in one transaction with the position it reached.';
      COMMENT ON COLUMN contact_edits.position IS 'The last contact that was gone through, in the edit or in its undoing.';
      COMMENT ON COLUMN contact_edits.skipped IS 'Contacts that would have too many tags or attributes.';
      COMMENT ON COLUMN contact_edits.kept IS 'Contacts of which the undoing left something that was edited since.';
      COMMENT ON COLUMN contact_edits.forgotten IS 'What contacts were before is not known any more.';
      CREATE INDEX contact_edits_open_idx ON contact_edits (tenant_id, id) WHERE state IN ('running', 'undoing');
      CREATE INDEX contact_edits_kept_idx ON contact_edits (finished_at) WHERE finished_at IS NOT NULL AND NOT forgotten;

      CREATE TABLE contact_edit_changes (
        tenant_id uuid NOT NULL,
        edit_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        tags jsonb,
        attributes jsonb,
        kept text[],
        PRIMARY KEY (tenant_id, edit_id, contact_id)
      );
      COMMENT ON TABLE contact_edit_changes IS 'What an edit changed of each contact: {before, after} of its tags and by name of attributes; nothing else of it.';
      COMMENT ON COLUMN contact_edit_changes.kept IS 'What the undoing left, since it was edited later; null: nothing.';

      CREATE TABLE contact_tags (
        tenant_id uuid NOT NULL,
        tag text NOT NULL,
        contact_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, tag, contact_id)
      );
      COMMENT ON TABLE contact_tags IS 'contacts.tags by tag, of contacts that were not merged; written by a trigger. Lists by tag are read in order from here: an array''s index has no order, and is not entered under row level security.';
      CREATE FUNCTION contacts_tagged() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          DELETE FROM contact_tags WHERE tenant_id = OLD.tenant_id AND contact_id = OLD.id AND tag = ANY (OLD.tags) AND (NEW.merged_into IS NOT NULL OR tag <> ALL (NEW.tags));
        END IF;
        IF NEW.merged_into IS NULL THEN
          INSERT INTO contact_tags (tenant_id, tag, contact_id) SELECT NEW.tenant_id, t, NEW.id FROM unnest(NEW.tags) t ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER contacts_made AFTER INSERT ON contacts FOR EACH ROW WHEN (NEW.tags <> '{}') EXECUTE FUNCTION contacts_tagged();
      CREATE TRIGGER contacts_tagged AFTER UPDATE ON contacts FOR EACH ROW WHEN (OLD.tags IS DISTINCT FROM NEW.tags OR (OLD.merged_into IS NULL) <> (NEW.merged_into IS NULL))
        EXECUTE FUNCTION contacts_tagged();
      INSERT INTO contact_tags (tenant_id, tag, contact_id) SELECT DISTINCT c.tenant_id, t, c.id FROM contacts c CROSS JOIN unnest(c.tags) t WHERE c.merged_into IS NULL;
      DROP INDEX contacts_tags_idx;

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['contact_edits', 'contact_edit_changes', 'contact_tags']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX contacts_tags_idx ON contacts USING gin (tags) WHERE merged_into IS NULL;
      DROP TRIGGER contacts_tagged ON contacts;
      DROP TRIGGER contacts_made ON contacts;
      DROP FUNCTION contacts_tagged();
      DROP TABLE contact_tags, contact_edit_changes, contact_edits;
    `);
  }
}
