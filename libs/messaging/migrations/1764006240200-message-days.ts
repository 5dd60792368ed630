import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sums the counts of the overview by day, and the moves of all tenants by minute, so that a month of many tenants is read in a moment.
 * Triggers keep the sums, whichever version of the counting writes.
 */
export class MessageDays1764006240200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE message_days (
        tenant_id uuid NOT NULL,
        day date NOT NULL,
        outcome text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant_id, day, outcome)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE message_days IS 'Sums of message_counts by day. Written by its triggers.';
      COMMENT ON COLUMN message_days.day IS 'Day in UTC in which the messages were accepted.';
      CREATE INDEX message_days_day_idx ON message_days (day);
      SELECT heliograph_protect('message_days'::regclass);

      CREATE TABLE message_flow_totals (
        minute timestamptz PRIMARY KEY,
        sent bigint NOT NULL,
        delivered bigint NOT NULL,
        failed bigint NOT NULL,
        throttled bigint NOT NULL
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE message_flow_totals IS 'Sums of message_flow over all tenants. Written by its triggers.';

      CREATE FUNCTION message_days_add() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'INSERT' THEN
          INSERT INTO message_days AS d (tenant_id, day, outcome, count)
          SELECT tenant_id, (quarter AT TIME ZONE 'UTC')::date, outcome, sum(count) FROM new_rows GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
          ON CONFLICT (tenant_id, day, outcome) DO UPDATE SET count = d.count + excluded.count;
        ELSE
          INSERT INTO message_days AS d (tenant_id, day, outcome, count)
          SELECT tenant_id, (quarter AT TIME ZONE 'UTC')::date, outcome, sum(count)
          FROM (SELECT tenant_id, quarter, outcome, count FROM new_rows UNION ALL SELECT tenant_id, quarter, outcome, -count FROM old_rows) c
          GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
          ON CONFLICT (tenant_id, day, outcome) DO UPDATE SET count = d.count + excluded.count;
        END IF;
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION message_days_add() IS 'Adds what a statement changed in message_counts to message_days.';

      CREATE FUNCTION message_flow_totals_add() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'INSERT' THEN
          INSERT INTO message_flow_totals AS t (minute, sent, delivered, failed, throttled)
          SELECT minute, sum(sent), sum(delivered), sum(failed), sum(throttled) FROM new_rows GROUP BY 1 ORDER BY 1
          ON CONFLICT (minute) DO UPDATE
            SET sent = t.sent + excluded.sent, delivered = t.delivered + excluded.delivered, failed = t.failed + excluded.failed, throttled = t.throttled + excluded.throttled;
        ELSE
          INSERT INTO message_flow_totals AS t (minute, sent, delivered, failed, throttled)
          SELECT minute, sum(sent), sum(delivered), sum(failed), sum(throttled)
          FROM (SELECT minute, sent, delivered, failed, throttled FROM new_rows UNION ALL SELECT minute, -sent, -delivered, -failed, -throttled FROM old_rows) m
          GROUP BY 1 ORDER BY 1
          ON CONFLICT (minute) DO UPDATE
            SET sent = t.sent + excluded.sent, delivered = t.delivered + excluded.delivered, failed = t.failed + excluded.failed, throttled = t.throttled + excluded.throttled;
        END IF;
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION message_flow_totals_add() IS 'Adds what a statement changed in message_flow to message_flow_totals.';

      -- Counting waits for the end of this transaction. Nothing else writes these tables.
      LOCK TABLE message_counts, message_flow IN SHARE ROW EXCLUSIVE MODE;
      CREATE TRIGGER message_counts_added AFTER INSERT ON message_counts REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION message_days_add();
      CREATE TRIGGER message_counts_changed AFTER UPDATE ON message_counts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION message_days_add();
      CREATE TRIGGER message_flow_added AFTER INSERT ON message_flow REFERENCING NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION message_flow_totals_add();
      CREATE TRIGGER message_flow_changed AFTER UPDATE ON message_flow REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
        FOR EACH STATEMENT EXECUTE FUNCTION message_flow_totals_add();
      INSERT INTO message_days (tenant_id, day, outcome, count)
      SELECT tenant_id, (quarter AT TIME ZONE 'UTC')::date, outcome, sum(count) FROM message_counts GROUP BY 1, 2, 3;
      INSERT INTO message_flow_totals (minute, sent, delivered, failed, throttled)
      SELECT minute, sum(sent), sum(delivered), sum(failed), sum(throttled) FROM message_flow GROUP BY 1;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER message_counts_added ON message_counts;
      DROP TRIGGER message_counts_changed ON message_counts;
      DROP TRIGGER message_flow_added ON message_flow;
      DROP TRIGGER message_flow_changed ON message_flow;
      DROP FUNCTION message_days_add();
      DROP FUNCTION message_flow_totals_add();
      DROP TABLE message_days, message_flow_totals;
    `);
  }
}
