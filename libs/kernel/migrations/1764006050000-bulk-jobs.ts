import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs that apply a verb to everything that a filter matches. */
export class BulkJobs1764006050000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE bulk_jobs (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL,
        state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'cancelled', 'failed')),
        filter jsonb NOT NULL,
        options jsonb NOT NULL DEFAULT '{}',
        note text,
        per_minute int,
        request_hash bytea NOT NULL,
        position text,
        total int NOT NULL,
        done int NOT NULL DEFAULT 0,
        skipped jsonb NOT NULL DEFAULT '{}',
        failed int NOT NULL DEFAULT 0,
        failed_ids text[] NOT NULL DEFAULT '{}',
        error text,
        actor text NOT NULL,
        actor_ref text,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        due_at timestamptz NOT NULL DEFAULT heliograph_now(),
        started_at timestamptz,
        ended_at timestamptz,
        PRIMARY KEY (tenant_id, id),
        CHECK ((ended_at IS NULL) = (state IN ('queued', 'running')))
      );
      COMMENT ON TABLE bulk_jobs IS 'Requests to apply a verb to everything that a filter matches. Workers run them in chunks; a chunk and the position it reached are one transaction.';
      COMMENT ON COLUMN bulk_jobs.position IS 'Position after which the next chunk continues, in the form of the verb; null: at the start.';
      COMMENT ON COLUMN bulk_jobs.skipped IS 'Number of items left unchanged, by reason. Once a job is done, total = done + skipped + failed.';
      COMMENT ON COLUMN bulk_jobs.due_at IS 'Time from which the next chunk may run; in the future only for a job with a pace.';
      CREATE UNIQUE INDEX bulk_jobs_open_uq ON bulk_jobs (tenant_id, request_hash) WHERE ended_at IS NULL;
      CREATE INDEX bulk_jobs_open_idx ON bulk_jobs (tenant_id, id) WHERE ended_at IS NULL;
      CREATE INDEX bulk_jobs_ended_idx ON bulk_jobs (ended_at) WHERE ended_at IS NOT NULL;
      SELECT heliograph_protect('bulk_jobs'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE bulk_jobs');
  }
}
