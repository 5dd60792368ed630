import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps what each process says of its background loops, so that one page can show all processes. */
export class ProcessReports1764006240000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE process_reports (
        id uuid PRIMARY KEY,
        service text NOT NULL,
        host text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT heliograph_now(),
        reported_at timestamptz NOT NULL DEFAULT heliograph_now(),
        failing jsonb NOT NULL DEFAULT '[]'
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE process_reports IS 'What each api and worker process last said of itself. A process writes its row every few seconds; an old one is of a process that has ended.';
      COMMENT ON COLUMN process_reports.id IS 'Made by the process at its start.';
      COMMENT ON COLUMN process_reports.service IS 'api or worker.';
      COMMENT ON COLUMN process_reports.host IS 'Name of the machine or the pod.';
      COMMENT ON COLUMN process_reports.started_at IS 'Time of the first report.';
      COMMENT ON COLUMN process_reports.reported_at IS 'Time of the last report.';
      COMMENT ON COLUMN process_reports.failing IS 'Background loops that fail every turn: name, and seconds since the first failed turn.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE process_reports');
  }
}
