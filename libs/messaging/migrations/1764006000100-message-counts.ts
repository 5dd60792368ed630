import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts messages by tenant, quarter of an hour and outcome, so that a dashboard reads no messages. */
export class MessageCounts1764006000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE message_arrivals (
        tenant_id uuid NOT NULL,
        quarter timestamptz NOT NULL,
        state text NOT NULL,
        count int NOT NULL
      );
      COMMENT ON TABLE message_arrivals IS 'Messages stored by a statement, until they are counted in message_counts. The table has no key: it is read and emptied as a whole.';

      CREATE TABLE message_counts (
        tenant_id uuid NOT NULL,
        quarter timestamptz NOT NULL,
        outcome text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant_id, quarter, outcome),
        CHECK (outcome IN ('waiting', 'uncertain', 'sent', 'delivered', 'read', 'failed', 'unsent'))
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE message_counts IS 'Number of messages by the quarter of an hour in which they were accepted and by their outcome so far. Written from message_arrivals and message_events, in the transaction that moves the position of the reader.';
      COMMENT ON COLUMN message_counts.quarter IS 'Begin of the quarter of an hour. In every time zone a day begins with one.';
      CREATE INDEX message_counts_quarter_idx ON message_counts (quarter);

      CREATE TABLE message_flow (
        tenant_id uuid NOT NULL,
        minute timestamptz NOT NULL,
        sent int NOT NULL DEFAULT 0,
        delivered int NOT NULL DEFAULT 0,
        failed int NOT NULL DEFAULT 0,
        throttled int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, minute)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE message_flow IS 'Number of moves of messages by the minute in which they happened. throttled: calls that the provider refused with 429.';
      CREATE INDEX message_flow_minute_idx ON message_flow (minute);

      CREATE TABLE message_counting (counted_from timestamptz NOT NULL);
      COMMENT ON TABLE message_counting IS 'One row: the time from which on accepted messages are counted.';
      -- Messages that exist already, or that a running transaction stores without the trigger below, were not counted.
      INSERT INTO message_counting
      SELECT CASE WHEN EXISTS (SELECT 1 FROM messages) THEN date_bin('15 min', heliograph_now(), 'epoch') + interval '15 min' ELSE '-infinity' END;

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['message_arrivals', 'message_counts', 'message_flow']) t;

      CREATE FUNCTION message_outcome(state text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN state IN ('scheduled', 'queued', 'claimed', 'calling') THEN 'waiting' WHEN state = 'played' THEN 'read'
          WHEN state IN ('suppressed', 'cancelled', 'expired') THEN 'unsent' ELSE state END
      $$;
      COMMENT ON FUNCTION message_outcome(text) IS 'Returns the count that a message in this state belongs to. Every state belongs to exactly one.';

      CREATE OR REPLACE FUNCTION messages_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO message_arrivals (tenant_id, quarter, state, count)
        SELECT tenant_id, date_bin('15 min', created_at, 'epoch'), state, count(*) FROM new_rows GROUP BY 1, 2, 3;
        IF NOT EXISTS (SELECT 1 FROM new_rows WHERE group_id IS NOT NULL) THEN RETURN NULL; END IF;
        INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
        SELECT tenant_id, group_id, pg_backend_pid() % 32, state, count(*) FROM new_rows WHERE group_id IS NOT NULL GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count;
        -- Under the lock of the lane, so that no claim deletes meanwhile what stands here already.
        PERFORM 1 FROM lanes WHERE session_id IN (SELECT session_id FROM new_rows WHERE group_id IS NOT NULL AND due_at IS NOT NULL) ORDER BY session_id FOR UPDATE;
        INSERT INTO lane_groups (session_id, class, group_id, tenant_id)
        SELECT DISTINCT session_id, class, group_id, tenant_id FROM new_rows WHERE group_id IS NOT NULL AND due_at IS NOT NULL ORDER BY 1, 2, 3
        ON CONFLICT DO NOTHING;
        UPDATE message_groups g SET is_settling = true
        FROM (SELECT DISTINCT tenant_id, group_id FROM new_rows WHERE group_id IS NOT NULL AND due_at IS NOT NULL) n
        WHERE g.tenant_id = n.tenant_id AND g.id = n.group_id AND g.state = 'cancelled' AND NOT g.is_settling;
        RETURN NULL;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION messages_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NOT EXISTS (SELECT 1 FROM new_rows WHERE group_id IS NOT NULL) THEN RETURN NULL; END IF;
        INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
        SELECT tenant_id, group_id, pg_backend_pid() % 32, state, count(*) FROM new_rows WHERE group_id IS NOT NULL GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count;
        -- Under the lock of the lane, so that no claim deletes meanwhile what stands here already.
        PERFORM 1 FROM lanes WHERE session_id IN (SELECT session_id FROM new_rows WHERE group_id IS NOT NULL AND due_at IS NOT NULL) ORDER BY session_id FOR UPDATE;
        INSERT INTO lane_groups (session_id, class, group_id, tenant_id)
        SELECT DISTINCT session_id, class, group_id, tenant_id FROM new_rows WHERE group_id IS NOT NULL AND due_at IS NOT NULL ORDER BY 1, 2, 3
        ON CONFLICT DO NOTHING;
        UPDATE message_groups g SET is_settling = true
        FROM (SELECT DISTINCT tenant_id, group_id FROM new_rows WHERE group_id IS NOT NULL AND due_at IS NOT NULL) n
        WHERE g.tenant_id = n.tenant_id AND g.id = n.group_id AND g.state = 'cancelled' AND NOT g.is_settling;
        RETURN NULL;
      END $$;
      DROP FUNCTION message_outcome(text);
      DROP TABLE message_counting, message_flow, message_counts, message_arrivals;
    `);
  }
}
