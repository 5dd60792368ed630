import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Templates of messages. */
export class MessageTemplates1764006130000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE message_templates (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        version int NOT NULL,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        created_by text NOT NULL,
        created_by_ref text,
        archived_at timestamptz,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE message_templates IS 'What messages of campaigns and rules say. Each change is a new version.';
      COMMENT ON COLUMN message_templates.archived_at IS 'Archived templates are offered for nothing new; what uses them goes on.';

      CREATE TABLE message_template_versions (
        tenant_id uuid NOT NULL,
        template_id uuid NOT NULL,
        version int NOT NULL,
        name text NOT NULL,
        language text NOT NULL,
        content jsonb NOT NULL,
        languages jsonb NOT NULL,
        defaults jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        actor text NOT NULL,
        actor_ref text,
        PRIMARY KEY (tenant_id, template_id, version)
      );
      COMMENT ON TABLE message_template_versions IS 'Versions of templates: added to, never changed. Messages name the one that they are made of.';
      COMMENT ON COLUMN message_template_versions.languages IS 'Contents in further languages.';
      COMMENT ON COLUMN message_template_versions.defaults IS 'Values of variables for contacts that lack them.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['message_templates', 'message_template_versions']) t;
      SELECT heliograph_audit_table('message_templates', 'template', 'id', ARRAY['name', 'version', 'archived_at'], '{}', 'INSERT OR UPDATE OR DELETE', 'asked');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE message_template_versions, message_templates;`);
  }
}
