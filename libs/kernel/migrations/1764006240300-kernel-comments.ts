import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Describes tables and columns of before the rule that each table is described. */
export class KernelComments1764006240300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE idempotency_keys IS 'Requests by the key that the client gave them, so that a repeat gets the first answer.';
      COMMENT ON COLUMN idempotency_keys.request_hash IS 'Hash of the request: another request under the same key is refused.';
      COMMENT ON COLUMN idempotency_keys.status IS 'HTTP status of the stored answer.';
      COMMENT ON COLUMN idempotency_keys.expires_at IS 'Time from which on the key may be used anew.';
      COMMENT ON COLUMN feed_readers.name IS 'Name that the reader declares.';
      COMMENT ON COLUMN feed_readers.next_tx IS 'First transaction that the reader has not read.';
      COMMENT ON COLUMN feed_readers.moved_at IS 'Time at which the position last moved.';
      COMMENT ON COLUMN bulk_jobs.kind IS 'Name of the verb.';
      COMMENT ON COLUMN bulk_jobs.state IS 'Where the job stands; see its check.';
      COMMENT ON COLUMN bulk_jobs.filter IS 'What the job applies to, as the request gave it.';
      COMMENT ON COLUMN bulk_jobs.options IS 'Members of the verb beside the filter.';
      COMMENT ON COLUMN bulk_jobs.per_minute IS 'Most items in a minute; null: as fast as it goes.';
      COMMENT ON COLUMN bulk_jobs.total IS 'Items that matched when the job was created.';
      COMMENT ON COLUMN bulk_jobs.done IS 'Items that the verb was applied to.';
      COMMENT ON COLUMN bulk_jobs.failed IS 'Items that the verb refused.';
      COMMENT ON COLUMN bulk_jobs.failed_ids IS 'Some of the refused items, for people to look at.';
      COMMENT ON COLUMN bulk_jobs.error IS 'Why the job ended early.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE idempotency_keys IS NULL;
      COMMENT ON COLUMN idempotency_keys.request_hash IS NULL;
      COMMENT ON COLUMN idempotency_keys.status IS NULL;
      COMMENT ON COLUMN idempotency_keys.expires_at IS NULL;
      COMMENT ON COLUMN feed_readers.name IS NULL;
      COMMENT ON COLUMN feed_readers.next_tx IS NULL;
      COMMENT ON COLUMN feed_readers.moved_at IS NULL;
      COMMENT ON COLUMN bulk_jobs.kind IS NULL;
      COMMENT ON COLUMN bulk_jobs.state IS NULL;
      COMMENT ON COLUMN bulk_jobs.filter IS NULL;
      COMMENT ON COLUMN bulk_jobs.options IS NULL;
      COMMENT ON COLUMN bulk_jobs.per_minute IS NULL;
      COMMENT ON COLUMN bulk_jobs.total IS NULL;
      COMMENT ON COLUMN bulk_jobs.done IS NULL;
      COMMENT ON COLUMN bulk_jobs.failed IS NULL;
      COMMENT ON COLUMN bulk_jobs.failed_ids IS NULL;
      COMMENT ON COLUMN bulk_jobs.error IS NULL;
    `);
  }
}
