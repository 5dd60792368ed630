import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Writes an event for every step between two states that receipts raise, and stores the evidence of a WhatsApp id that is bound by
 * likeness.
 */
export class ReceiptSteps1764002600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION messages_changed() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
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
      COMMENT ON TABLE message_keys IS 'WhatsApp ids of our messages; a resent message may have several. evidence: hook_id, info, or by likeness api_echo (told by the provider''s API) or echo (a hint that moves no state); likeness gives way to ids.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION messages_changed() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
      BEGIN
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
        )
        INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
        SELECT tenant_id, group_id, pg_backend_pid() % 32, v.state, sum(v.delta)
        FROM change CROSS JOIN LATERAL (VALUES (from_state, -1), (to_state, 1)) v(state, delta)
        WHERE group_id IS NOT NULL
        GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count;
        RETURN NULL;
      END $$;
      COMMENT ON TABLE message_keys IS 'WhatsApp ids of our messages; a resent message may have several. evidence: hook_id, info, or echo, which is a guess and gives way to the others.';
    `);
  }
}
