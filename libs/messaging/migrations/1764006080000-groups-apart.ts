import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets groups stand apart in their lanes. The messages of all other groups wait among those without a group. */
export class GroupsApart1764006080000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_groups ADD COLUMN standing text NOT NULL DEFAULT 'plain' CHECK (standing IN ('plain', 'parting', 'apart'));
      COMMENT ON COLUMN message_groups.standing IS 'Place of the group''s messages in lanes. plain: among the messages without a group. apart: in an index range of their own, as a pause, a weight, a rate or a cap requires. parting: the plain messages are being moved apart and are not sent until then.';
      ALTER TABLE messages ADD COLUMN lane_group uuid;
      COMMENT ON COLUMN messages.lane_group IS 'Group of the message, when the group stands apart in the lane; null: the message waits among the plain ones.';
      COMMENT ON TABLE lane_groups IS 'Groups that stand apart and have messages waiting in a lane. Inserted with the first message, deleted by the claim that finds none; both under the lock of the lane.';

      CREATE OR REPLACE FUNCTION messages_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO message_arrivals (tenant_id, quarter, state, count)
        SELECT tenant_id, date_bin('15 min', created_at, 'epoch'), state, count(*) FROM new_rows GROUP BY 1, 2, 3;
        IF NOT EXISTS (SELECT 1 FROM new_rows WHERE group_id IS NOT NULL) THEN RETURN NULL; END IF;
        INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
        SELECT tenant_id, group_id, pg_backend_pid() % 32, state, count(*) FROM new_rows WHERE group_id IS NOT NULL GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count;
        PERFORM group_keeps_standing(n.tenant_id, n.group_id)
        FROM (SELECT DISTINCT tenant_id, group_id FROM new_rows WHERE group_id IS NOT NULL AND lane_group IS NULL AND due_at IS NOT NULL ORDER BY 1, 2) n;
        IF NOT EXISTS (SELECT 1 FROM new_rows WHERE lane_group IS NOT NULL AND due_at IS NOT NULL) THEN RETURN NULL; END IF;
        -- Under the lock of the lane, so that no claim deletes meanwhile what stands here already.
        PERFORM 1 FROM lanes WHERE session_id IN (SELECT session_id FROM new_rows WHERE lane_group IS NOT NULL AND due_at IS NOT NULL) ORDER BY session_id FOR UPDATE;
        INSERT INTO lane_groups (session_id, class, group_id, tenant_id)
        SELECT DISTINCT session_id, class, lane_group, tenant_id FROM new_rows WHERE lane_group IS NOT NULL AND due_at IS NOT NULL ORDER BY 1, 2, 3
        ON CONFLICT DO NOTHING;
        UPDATE message_groups g SET is_settling = true
        FROM (SELECT DISTINCT tenant_id, lane_group FROM new_rows WHERE lane_group IS NOT NULL AND due_at IS NOT NULL) n
        WHERE g.tenant_id = n.tenant_id AND g.id = n.lane_group AND g.state = 'cancelled' AND NOT g.is_settling;
        RETURN NULL;
      END $$;

      CREATE FUNCTION group_keeps_standing(of_tenant uuid, of_group uuid) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        -- Whoever sets the group apart waits for this lock, and then finds the plain messages of this transaction.
        PERFORM 1 FROM message_groups WHERE tenant_id = of_tenant AND id = of_group AND standing = 'plain' FOR SHARE;
        IF FOUND THEN RETURN; END IF;
        UPDATE message_groups SET standing = 'parting', is_settling = true WHERE tenant_id = of_tenant AND id = of_group;
      END $$;
      COMMENT ON FUNCTION group_keeps_standing(uuid, uuid) IS 'Keeps a plain group plain until the transaction ends. For any other group, has the plain messages of the transaction moved apart.';

      CREATE OR REPLACE FUNCTION messages_back_in_lane() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.lane_group IS NULL THEN
          PERFORM group_keeps_standing(NEW.tenant_id, NEW.group_id);
          RETURN NULL;
        END IF;
        PERFORM 1 FROM lanes WHERE session_id = NEW.session_id FOR UPDATE;
        INSERT INTO lane_groups (session_id, class, group_id, tenant_id) VALUES (NEW.session_id, NEW.class, NEW.lane_group, NEW.tenant_id) ON CONFLICT DO NOTHING;
        UPDATE message_groups SET is_settling = true WHERE tenant_id = NEW.tenant_id AND id = NEW.group_id AND state = 'cancelled' AND NOT is_settling;
        RETURN NULL;
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
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
      CREATE OR REPLACE FUNCTION messages_back_in_lane() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM 1 FROM lanes WHERE session_id = NEW.session_id FOR UPDATE;
        INSERT INTO lane_groups (session_id, class, group_id, tenant_id) VALUES (NEW.session_id, NEW.class, NEW.group_id, NEW.tenant_id) ON CONFLICT DO NOTHING;
        UPDATE message_groups SET is_settling = true WHERE tenant_id = NEW.tenant_id AND id = NEW.group_id AND state = 'cancelled' AND NOT is_settling;
        RETURN NULL;
      END $$;
      DROP FUNCTION group_keeps_standing(uuid, uuid);
      INSERT INTO lane_groups (session_id, class, group_id, tenant_id)
      SELECT DISTINCT session_id, class, group_id, tenant_id FROM messages WHERE due_at IS NOT NULL AND group_id IS NOT NULL
      ON CONFLICT DO NOTHING;
      COMMENT ON TABLE lane_groups IS 'Groups that have messages waiting in a lane. Inserted with the first message, deleted by the claim that finds none; both under the lock of the lane.';
      ALTER TABLE messages DROP COLUMN lane_group;
      ALTER TABLE message_groups DROP COLUMN standing;
    `);
  }
}
