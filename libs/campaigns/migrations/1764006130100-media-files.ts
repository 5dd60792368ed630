import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Files that templates send. */
export class MediaFiles1764006130100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE media_files (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        sha256 bytea NOT NULL,
        name text NOT NULL,
        type text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('image', 'video', 'audio', 'document')),
        bytes bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        created_by text NOT NULL,
        created_by_ref text,
        PRIMARY KEY (tenant_id, id),
        UNIQUE (tenant_id, sha256)
      );
      COMMENT ON TABLE media_files IS 'Files that templates send; their content is on disk or in S3, by tenant and hash.';
      COMMENT ON COLUMN media_files.type IS 'Media type by the content of the file.';
      COMMENT ON COLUMN media_files.kind IS 'Kind of message that sends it; document takes every file.';
      SELECT heliograph_protect('media_files');
      SELECT heliograph_audit_table('media_files', 'media', 'id', ARRAY['name', 'type', 'bytes'], '{}', 'INSERT OR DELETE', 'asked');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE media_files`);
  }
}
