import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Copies of files at the provider, one for each account there. */
export class MediaCopies1764006328100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE media_copies (
        tenant_id uuid NOT NULL,
        media_id uuid NOT NULL,
        holder_id uuid NOT NULL,
        url text,
        expires_at timestamptz,
        upload_id uuid,
        uploading_until timestamptz,
        failures integer NOT NULL DEFAULT 0,
        retry_at timestamptz,
        is_refused boolean NOT NULL DEFAULT false,
        detail text,
        PRIMARY KEY (tenant_id, media_id, holder_id),
        FOREIGN KEY (tenant_id, media_id) REFERENCES media_files (tenant_id, id) ON DELETE CASCADE
      );
      COMMENT ON TABLE media_copies IS 'Copies of files that were uploaded to the provider, and uploads under way. One row for a file and an account.';
      COMMENT ON COLUMN media_copies.holder_id IS 'Account of the provider whose sessions name the copy; the session itself when it belongs to no registered account.';
      COMMENT ON COLUMN media_copies.url IS 'Address of the newest copy at the provider; null before the first upload.';
      COMMENT ON COLUMN media_copies.expires_at IS 'Time at which the provider deletes the copy.';
      COMMENT ON COLUMN media_copies.upload_id IS 'Upload under way. It is the fence: a late result of another upload changes nothing.';
      COMMENT ON COLUMN media_copies.uploading_until IS 'Time until which no other worker uploads the file. The upload has ended, or its worker died, by then.';
      COMMENT ON COLUMN media_copies.failures IS 'Uploads in a row that failed.';
      COMMENT ON COLUMN media_copies.retry_at IS 'Time before which no upload is tried after one that failed or was refused.';
      COMMENT ON COLUMN media_copies.is_refused IS 'True when the provider refused the file: messages that name it fail until retry_at.';
      COMMENT ON COLUMN media_copies.detail IS 'Reason why the last upload failed, for people.';
      SELECT heliograph_protect('media_copies');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE media_copies');
  }
}
