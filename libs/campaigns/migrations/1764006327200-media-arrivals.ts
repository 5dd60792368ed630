import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Contents that uploads put into the media store before their rows are committed: a process that dies in between leaves nothing unknown. */
export class MediaArrivals1764006327200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE media_arrivals (
        tenant_id uuid NOT NULL,
        sha256 bytea NOT NULL,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, sha256)
      );
      COMMENT ON TABLE media_arrivals IS 'Contents that an upload puts into the media store. A row that stays was left by a process that died.';
      SELECT heliograph_protect('media_arrivals');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE media_arrivals');
  }
}
