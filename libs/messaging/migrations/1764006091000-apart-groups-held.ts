import type { MigrationInterface, QueryRunner } from 'typeorm';

const inserted = (holdsGroups: string) => `
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
        ON CONFLICT DO NOTHING;${holdsGroups}
        UPDATE message_groups g SET is_settling = true
        FROM (SELECT DISTINCT tenant_id, lane_group FROM new_rows WHERE lane_group IS NOT NULL AND due_at IS NOT NULL) n
        WHERE g.tenant_id = n.tenant_id AND g.id = n.lane_group AND g.state = 'cancelled' AND NOT g.is_settling;
        RETURN NULL;
      END $$;`;

const backInLane = (holdsGroup: string) => `
      CREATE OR REPLACE FUNCTION messages_back_in_lane() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.lane_group IS NULL THEN
          PERFORM group_keeps_standing(NEW.tenant_id, NEW.group_id);
          RETURN NULL;
        END IF;
        PERFORM 1 FROM lanes WHERE session_id = NEW.session_id FOR UPDATE;
        INSERT INTO lane_groups (session_id, class, group_id, tenant_id) VALUES (NEW.session_id, NEW.class, NEW.lane_group, NEW.tenant_id) ON CONFLICT DO NOTHING;${holdsGroup}
        UPDATE message_groups SET is_settling = true WHERE tenant_id = NEW.tenant_id AND id = NEW.group_id AND state = 'cancelled' AND NOT is_settling;
        RETURN NULL;
      END $$;`;

const keepsStanding = (isPlain: string) => `
      CREATE OR REPLACE FUNCTION group_keeps_standing(of_tenant uuid, of_group uuid) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        -- Whoever sets the group apart waits for this lock, and then finds the plain messages of this transaction.
        PERFORM 1 FROM message_groups WHERE tenant_id = of_tenant AND id = of_group AND standing = 'plain'${isPlain} FOR SHARE;
        IF FOUND THEN RETURN; END IF;
        UPDATE message_groups SET standing = 'parting', is_settling = true WHERE tenant_id = of_tenant AND id = of_group;
      END $$;`;

/**
 * Moves groups apart that were paused, cancelled, weighed or limited before groups had a standing, and had no message then, when they get one.
 *
 * Lets the settling of a cancelled group that stands apart wait for transactions that put messages into its lanes. Without it, a message that
 * was being stored when the settling ended stayed in the lane for ever.
 */
export class ApartGroupsHeld1764006091000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      keepsStanding(` AND state = 'open' AND weight = 1 AND window_limit IS NULL AND daily_cap IS NULL AND pauses = '{}'`) +
        inserted(`
        -- Whoever ends the settling of a cancelled group waits for this lock, and then finds the messages of this transaction. Claims do not.
        PERFORM 1 FROM message_groups WHERE (tenant_id, id) IN (SELECT tenant_id, lane_group FROM new_rows WHERE lane_group IS NOT NULL AND due_at IS NOT NULL)
        ORDER BY tenant_id, id FOR KEY SHARE;`) +
        backInLane(`
        PERFORM 1 FROM message_groups WHERE tenant_id = NEW.tenant_id AND id = NEW.lane_group FOR KEY SHARE;`),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(keepsStanding('') + inserted('') + backInLane(''));
  }
}
