import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Contents that leave the media store after their file is deleted: the store is asked after the commit. */
export class MediaLeavings1764006328572 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE media_arrivals ADD COLUMN uploads integer NOT NULL DEFAULT 1, ADD COLUMN is_leaving boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN media_arrivals.uploads IS 'Number of uploads of the content that are under way, with those of processes that died.';
      COMMENT ON COLUMN media_arrivals.is_leaving IS 'True: no file has the content, and it is to be deleted from the store. Until then no upload of it begins.';
      COMMENT ON TABLE media_arrivals IS 'Contents that an upload puts into the media store, or that leave it. A row that stays was left by a process that died, or the store cannot be reached.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE media_arrivals DROP COLUMN uploads, DROP COLUMN is_leaving;
      COMMENT ON TABLE media_arrivals IS 'Contents that an upload puts into the media store. A row that stays was left by a process that died.';
    `);
  }
}
