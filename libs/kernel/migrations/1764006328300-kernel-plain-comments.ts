import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class KernelPlainComments1764006328300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON FUNCTION heliograph_notify_change() IS 'AFTER ROW trigger of tables that processes keep in memory: notifies them of the row that changed, at commit.';
      COMMENT ON TABLE feed_readers IS 'Position of each reader of the tables with a column tx: rows of transactions before next_tx are done.';
      COMMENT ON TABLE process_reports IS 'Last report of each api and worker process on itself. A process writes its row every few seconds; an old one is of a process that has ended.';
      COMMENT ON COLUMN bulk_jobs.state IS 'State of the job; see its check.';
      COMMENT ON COLUMN bulk_jobs.filter IS 'Filter of the job, as the request gave it.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON FUNCTION heliograph_notify_change() IS 'AFTER ROW trigger of tables that processes keep in memory: tells them which row changed, at commit.';
      COMMENT ON TABLE feed_readers IS 'How far each reader of the tables with a column tx has come: rows of transactions before next_tx are done.';
      COMMENT ON TABLE process_reports IS 'What each api and worker process last said of itself. A process writes its row every few seconds; an old one is of a process that has ended.';
      COMMENT ON COLUMN bulk_jobs.state IS 'Where the job stands; see its check.';
      COMMENT ON COLUMN bulk_jobs.filter IS 'What the job applies to, as the request gave it.';
    `);
  }
}
