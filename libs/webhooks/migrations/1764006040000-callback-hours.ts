import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts calls of endpoints by hour, for their success rate and duration. */
export class CallbackHours1764006040000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE callback_hours (
        tenant_id uuid NOT NULL,
        endpoint_id uuid NOT NULL,
        hour timestamptz NOT NULL,
        calls int NOT NULL,
        failed int NOT NULL,
        durations int[] NOT NULL,
        PRIMARY KEY (tenant_id, endpoint_id, hour)
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE callback_hours IS 'Number of calls of endpoints by hour. Workers count in memory and write every few seconds.';
      COMMENT ON COLUMN callback_hours.durations IS 'Number of calls by duration, one count per class of durations.ts.';
      CREATE INDEX callback_hours_hour_idx ON callback_hours (hour);
      SELECT heliograph_protect('callback_hours'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE callback_hours');
  }
}
