import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Figures of groups of campaigns by minute, by number and by reason, so that a page about a campaign reads no messages. */
export class GroupFigures1764006170000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE group_flow (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        minute timestamptz NOT NULL,
        sent int NOT NULL DEFAULT 0,
        delivered int NOT NULL DEFAULT 0,
        read int NOT NULL DEFAULT 0,
        failed int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, group_id, minute)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE group_flow IS 'Messages of campaigns that left in a minute, by their outcome so far: each message is counted once. Written with message_flow.';
      COMMENT ON COLUMN group_flow.minute IS 'Minute in which the provider accepted the message; for failed ones, in which the message failed.';

      CREATE TABLE group_lanes (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        session_id uuid NOT NULL,
        sent int NOT NULL DEFAULT 0,
        delivered int NOT NULL DEFAULT 0,
        read int NOT NULL DEFAULT 0,
        failed int NOT NULL DEFAULT 0,
        minute timestamptz NOT NULL,
        in_minute int NOT NULL DEFAULT 0,
        minute_before int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, group_id, session_id)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE group_lanes IS 'Messages of campaigns that left through a number, by their outcome so far. Written with message_flow.';
      COMMENT ON COLUMN group_lanes.minute IS 'Last minute in which a message left; in_minute: how many left in it, minute_before: in the minute before.';

      CREATE TABLE group_causes (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        state text NOT NULL,
        cause text NOT NULL,
        count int NOT NULL,
        PRIMARY KEY (tenant_id, group_id, state, cause),
        CHECK (state IN ('failed', 'suppressed', 'cancelled', 'expired'))
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE group_causes IS 'Messages of campaigns that ended unsent or failed, by state and cause. Written with message_flow.';

      CREATE TABLE group_ends (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        state text NOT NULL,
        message_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, group_id, state, message_id),
        CHECK (state IN ('failed', 'suppressed'))
      );
      COMMENT ON TABLE group_ends IS 'Messages of campaigns that failed or were suppressed, which are few: an index that names the state would slow down every message. A row may be out of date; the message says whether it holds.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['group_flow', 'group_lanes', 'group_causes', 'group_ends']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE group_ends, group_causes, group_lanes, group_flow');
  }
}
