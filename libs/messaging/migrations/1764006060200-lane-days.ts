import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts the moves of messages by lane and day, for the health of a number. */
export class LaneDays1764006060200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE lane_days (
        tenant_id uuid NOT NULL,
        session_id uuid NOT NULL,
        day date NOT NULL,
        sent int NOT NULL DEFAULT 0,
        delivered int NOT NULL DEFAULT 0,
        failed int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, session_id, day)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE lane_days IS 'Number of messages of a lane that were taken by the provider, delivered or failed, by day in UTC. Written with message_flow.';
      COMMENT ON COLUMN lane_days.delivered IS 'Number of messages delivered or read, each counted once.';
      CREATE INDEX lane_days_day_idx ON lane_days (day);
      SELECT heliograph_protect('lane_days'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE lane_days');
  }
}
