import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps how each call of the provider ended with the step that it led to, and the pauses of lanes. */
export class CallsInHistory1764006328630 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE messages ADD COLUMN call_ms int, ADD COLUMN call_status smallint, ADD COLUMN call_facts jsonb;
      COMMENT ON COLUMN messages.call_ms IS 'Duration of the latest settled call in ms. The trigger copies it, and the next two columns, to the step of the history that the call led to.';
      COMMENT ON COLUMN messages.call_status IS 'HTTP status of the answer to that call; null: none was read.';
      COMMENT ON COLUMN messages.call_facts IS 'Further facts of that call, where there are any: answer, the start of a body that does not accept the message; retry_after_ms; to, for a recipient with two spellings; file_url, reply_to.';
      ALTER TABLE message_events ADD COLUMN call_ms int, ADD COLUMN call_status smallint, ADD COLUMN call_facts jsonb, ADD COLUMN due_at timestamptz;
      COMMENT ON COLUMN message_events.call_ms IS 'Duration of the call that led to this step, in ms; null: no call did.';
      COMMENT ON COLUMN message_events.call_status IS 'HTTP status of the answer to that call; null: none was read.';
      COMMENT ON COLUMN message_events.call_facts IS 'Further facts of that call, as in messages.';
      COMMENT ON COLUMN message_events.due_at IS 'Time of the next attempt of a message that returned to its lane; null: at once.';

      CREATE TABLE lane_pauses (
        tenant_id uuid NOT NULL,
        session_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        until_at timestamptz NOT NULL,
        reason text NOT NULL,
        PRIMARY KEY (tenant_id, session_id, at)
      );
      COMMENT ON TABLE lane_pauses IS 'Pauses of lanes after an answer of the provider, or after calls without one. Explains later why the messages of the lane waited.';
      COMMENT ON COLUMN lane_pauses.until_at IS 'Planned end; a change of the limits of the lane may end the pause earlier.';
      COMMENT ON COLUMN lane_pauses.reason IS 'Cause of the step that paused the lane, as in message_events.';
      CREATE INDEX lane_pauses_until_idx ON lane_pauses (until_at);
      SELECT heliograph_protect('lane_pauses'::regclass);

      CREATE OR REPLACE FUNCTION messages_changed() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
      BEGIN
        -- Receipts lead to the same events in one batch or in several: what was read was delivered before.
        -- A scheduled message that is claimed was queued the moment it fell due: both arrows are written.
        -- A step belongs to a call when it settles one. Recovery and a claim whose answer was lost settle none, and only a late answer changes
        -- the facts of the call that left a message uncertain.
        WITH change AS MATERIALIZED (
          SELECT n.tenant_id, n.id, n.group_id, n.attempt, o.attempt AS old_attempt, o.state AS from_state, n.state AS to_state, n.cause, n.detail,
            CASE WHEN c.called THEN n.call_ms END AS call_ms, CASE WHEN c.called THEN n.call_status END AS call_status, CASE WHEN c.called THEN n.call_facts END AS call_facts,
            CASE WHEN n.state = 'queued' AND o.state <> 'scheduled' AND n.due_at > heliograph_now() THEN n.due_at END AS due_at
          FROM old_rows o JOIN new_rows n ON n.id = o.id AND n.tenant_id = o.tenant_id
          CROSS JOIN LATERAL (
            SELECT CASE o.state WHEN 'calling' THEN coalesce(n.cause, '') NOT IN ('worker_died', 'outcome_not_written', 'claim_lost')
              WHEN 'uncertain' THEN (n.call_ms, n.call_status, n.call_facts) IS DISTINCT FROM (o.call_ms, o.call_status, o.call_facts) ELSE false END AS called
          ) c
          WHERE o.state <> n.state
        ), event AS (
          INSERT INTO message_events (tenant_id, message_id, attempt, from_state, to_state, cause, detail, call_ms, call_status, call_facts, due_at)
          SELECT tenant_id, id, old_attempt, 'scheduled', 'queued', NULL, NULL, NULL, NULL, NULL, NULL FROM change WHERE from_state = 'scheduled' AND to_state IN ('claimed', 'calling')
          UNION ALL
          SELECT tenant_id, id, attempt, CASE WHEN from_state = 'scheduled' AND to_state IN ('claimed', 'calling') THEN 'queued' ELSE from_state END, to_state, cause, detail,
            call_ms, call_status, call_facts, due_at FROM change
          WHERE NOT (to_state IN ('delivered', 'read', 'played') AND from_state IN ('failed', 'sent', 'delivered', 'read'))
          UNION ALL
          SELECT c.tenant_id, c.id, c.attempt, CASE WHEN s.step = f.step + 1 THEN c.from_state ELSE (ARRAY['sent', 'delivered', 'read', 'played'])[s.step - 1] END,
            (ARRAY['sent', 'delivered', 'read', 'played'])[s.step], c.cause, c.detail, NULL, NULL, NULL, NULL
          FROM change c
          CROSS JOIN LATERAL (SELECT coalesce(array_position(ARRAY['sent', 'delivered', 'read', 'played'], c.from_state), 1) AS step, array_position(ARRAY['sent', 'delivered', 'read', 'played'], c.to_state) AS last) f
          CROSS JOIN LATERAL generate_series(f.step + 1, f.last) AS s(step)
          WHERE c.to_state IN ('delivered', 'read', 'played') AND c.from_state IN ('failed', 'sent', 'delivered', 'read')
        )
        INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
        SELECT tenant_id, group_id, pg_backend_pid() % 32, v.state, sum(v.delta)
        FROM change CROSS JOIN LATERAL (VALUES (from_state, -1), (to_state, 1)) v(state, delta)
        WHERE group_id IS NOT NULL
        GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count;
        RETURN NULL;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION messages_changed() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off SET jit = off AS $$
      BEGIN
        -- Receipts lead to the same events in one batch or in several: what was read was delivered before.
        -- A scheduled message that is claimed was queued the moment it fell due: both arrows are written.
        WITH change AS MATERIALIZED (
          SELECT n.tenant_id, n.id, n.group_id, n.attempt, o.attempt AS old_attempt, o.state AS from_state, n.state AS to_state, n.cause, n.detail
          FROM old_rows o JOIN new_rows n ON n.id = o.id AND n.tenant_id = o.tenant_id
          WHERE o.state <> n.state
        ), event AS (
          INSERT INTO message_events (tenant_id, message_id, attempt, from_state, to_state, cause, detail)
          SELECT tenant_id, id, old_attempt, 'scheduled', 'queued', NULL, NULL FROM change WHERE from_state = 'scheduled' AND to_state IN ('claimed', 'calling')
          UNION ALL
          SELECT tenant_id, id, attempt, CASE WHEN from_state = 'scheduled' AND to_state IN ('claimed', 'calling') THEN 'queued' ELSE from_state END, to_state, cause, detail FROM change
          WHERE NOT (to_state IN ('delivered', 'read', 'played') AND from_state IN ('failed', 'sent', 'delivered', 'read'))
          UNION ALL
          SELECT c.tenant_id, c.id, c.attempt, CASE WHEN s.step = f.step + 1 THEN c.from_state ELSE (ARRAY['sent', 'delivered', 'read', 'played'])[s.step - 1] END,
            (ARRAY['sent', 'delivered', 'read', 'played'])[s.step], c.cause, c.detail
          FROM change c
          CROSS JOIN LATERAL (SELECT coalesce(array_position(ARRAY['sent', 'delivered', 'read', 'played'], c.from_state), 1) AS step, array_position(ARRAY['sent', 'delivered', 'read', 'played'], c.to_state) AS last) f
          CROSS JOIN LATERAL generate_series(f.step + 1, f.last) AS s(step)
          WHERE c.to_state IN ('delivered', 'read', 'played') AND c.from_state IN ('failed', 'sent', 'delivered', 'read')
        )
        INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
        SELECT tenant_id, group_id, pg_backend_pid() % 32, v.state, sum(v.delta)
        FROM change CROSS JOIN LATERAL (VALUES (from_state, -1), (to_state, 1)) v(state, delta)
        WHERE group_id IS NOT NULL
        GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count;
        RETURN NULL;
      END $$;
      DROP TABLE lane_pauses;
      ALTER TABLE message_events DROP COLUMN call_ms, DROP COLUMN call_status, DROP COLUMN call_facts, DROP COLUMN due_at;
      ALTER TABLE messages DROP COLUMN call_ms, DROP COLUMN call_status, DROP COLUMN call_facts;
    `);
  }
}
