import type { MigrationInterface, QueryRunner } from 'typeorm';

/** End of bulk jobs whose chunks keep failing. */
export class BulkJobTries1764006260100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE bulk_jobs ADD COLUMN tries int NOT NULL DEFAULT 0;
      COMMENT ON COLUMN bulk_jobs.tries IS 'Failed tries of the next chunk.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE bulk_jobs DROP COLUMN tries`);
  }
}
