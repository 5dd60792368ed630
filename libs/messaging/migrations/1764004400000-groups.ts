import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Groups of messages that can be paused and cancelled, share lanes by weight and have their own rate and cap. */
export class Groups1764004400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_groups
        ADD COLUMN parent_id uuid,
        ADD COLUMN state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paused', 'cancelled')),
        ADD COLUMN weight smallint NOT NULL DEFAULT 1 CHECK (weight BETWEEN 1 AND 1000),
        ADD COLUMN window_ms int NOT NULL DEFAULT 60000 CHECK (window_ms BETWEEN 1 AND 86400000),
        ADD COLUMN window_limit int CHECK (window_limit > 0),
        ADD COLUMN daily_cap int CHECK (daily_cap > 0),
        ADD COLUMN time_zone text NOT NULL DEFAULT 'UTC',
        ADD COLUMN next_slot_at timestamptz NOT NULL DEFAULT '-infinity',
        ADD COLUMN day_at timestamptz NOT NULL DEFAULT '-infinity',
        ADD COLUMN day_used int NOT NULL DEFAULT 0,
        ADD COLUMN paused_at timestamptz,
        ADD COLUMN pauses tstzmultirange NOT NULL DEFAULT '{}',
        ADD COLUMN is_settling boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN message_groups.parent_id IS 'The group this one is a part of: pause, resume and cancel of the parent reach it.';
      COMMENT ON COLUMN message_groups.weight IS 'Share of a lane beside other groups of the same class; messages without a group weigh 1.';
      COMMENT ON COLUMN message_groups.window_limit IS 'Messages per window_ms over all lanes; null: no rate of its own.';
      COMMENT ON COLUMN message_groups.next_slot_at IS 'Earliest time of the next call of a group with a rate; claims move it on.';
      COMMENT ON COLUMN message_groups.pauses IS 'Pauses that are over. They do not count towards the expiry of messages that waited through them.';
      COMMENT ON COLUMN message_groups.is_settling IS 'True while lanes or messages have to follow the state: lanes are to be woken, or messages to be cancelled.';

      CREATE TABLE lane_groups (
        session_id uuid NOT NULL,
        class smallint NOT NULL,
        group_id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        position double precision,
        PRIMARY KEY (session_id, class, group_id)
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE lane_groups IS 'Groups that have messages waiting in a lane. Inserted with the first message, deleted by the claim that finds none; both under the lock of the lane.';
      COMMENT ON COLUMN lane_groups.position IS 'Messages that the group was given here, each divided by its weight, compared with those of the groups beside it. Null: it joins at their mean.';
      CREATE INDEX lane_groups_group_idx ON lane_groups (tenant_id, group_id);
      SELECT heliograph_protect('lane_groups'::regclass);

      ALTER TABLE lanes ADD COLUMN plain_positions double precision[];
      COMMENT ON COLUMN lanes.plain_positions IS 'Like lane_groups.position, of the messages without a group, by class; null: they never shared the lane.';
      ALTER TABLE messages ADD COLUMN pauses_counted_at timestamptz;
      COMMENT ON COLUMN messages.pauses_counted_at IS 'Pauses of the group up to this time are in expires_at; null: none is.';

      CREATE FUNCTION group_paused_after(pauses tstzmultirange, since timestamptz) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT coalesce(sum(upper(p) - greatest(lower(p), since)), interval '0') FROM unnest(pauses) p WHERE upper(p) > since
      $$;
      COMMENT ON FUNCTION group_paused_after(tstzmultirange, timestamptz) IS 'Time that a message, waiting since then, spent in pauses of its group.';

      CREATE FUNCTION fair_turns(weights int[], positions float8[], most int[], wanted int, OUT starts float8[], OUT turns int[]) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
      DECLARE
        n int := cardinality(weights);
        base float8;
        newest float8;
        step float8[];
        at float8[];
        left_of int[] := most;
        total float8 := 0;
        sum_at float8 := 0;
        mean float8;
        best int;
        best_end float8;
      BEGIN
        turns := '{}';
        IF n = 1 THEN
          starts := positions;
          turns := array_fill(1, ARRAY[least(wanted, most[1])]);
          RETURN;
        END IF;
        FOR i IN 1..n LOOP
          step[i] := 1.0::float8 / weights[i];
          newest := greatest(newest, positions[i] - step[i]);
        END LOOP;
        base := coalesce(newest, 0);
        -- Whoever was away gets back no more than a message; a group that waited on is never that far behind.
        FOR i IN 1..n LOOP
          at[i] := greatest(positions[i] - base, -step[i]);
          IF positions[i] IS NULL THEN CONTINUE; END IF;
          total := total + weights[i];
          sum_at := sum_at + weights[i] * at[i];
        END LOOP;
        mean := CASE WHEN total > 0 THEN sum_at / total ELSE 0 END;
        total := 0;
        sum_at := 0;
        FOR i IN 1..n LOOP
          IF positions[i] IS NULL THEN at[i] := mean; END IF;
          starts[i] := at[i] + base;
          IF most[i] > 0 THEN
            total := total + weights[i];
            sum_at := sum_at + weights[i] * at[i];
          END IF;
        END LOOP;
        -- Of the groups that did not get more than their share so far, the one whose next message ends first.
        FOR turn IN 1..wanted LOOP
          EXIT WHEN total <= 0;
          mean := sum_at / total + 1e-7;
          best := NULL;
          FOR i IN 1..n LOOP
            IF left_of[i] > 0 AND at[i] <= mean AND (best IS NULL OR at[i] + step[i] < best_end - 1e-7) THEN
              best := i;
              best_end := at[i] + step[i];
            END IF;
          END LOOP;
          turns := turns || best;
          at[best] := best_end;
          left_of[best] := left_of[best] - 1;
          sum_at := sum_at + 1;
          IF left_of[best] = 0 THEN
            total := total - weights[best];
            sum_at := sum_at - weights[best] * at[best];
          END IF;
        END LOOP;
      END $$;
      COMMENT ON FUNCTION fair_turns(int[], float8[], int[], int) IS 'Order in which groups get the next messages of a lane, by weight: turns holds their numbers, starts the positions they begin with. No group is ever a message ahead of its share or behind it while all wait.';

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

      CREATE FUNCTION messages_back_in_lane() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM 1 FROM lanes WHERE session_id = NEW.session_id FOR UPDATE;
        INSERT INTO lane_groups (session_id, class, group_id, tenant_id) VALUES (NEW.session_id, NEW.class, NEW.group_id, NEW.tenant_id) ON CONFLICT DO NOTHING;
        UPDATE message_groups SET is_settling = true WHERE tenant_id = NEW.tenant_id AND id = NEW.group_id AND state = 'cancelled' AND NOT is_settling;
        RETURN NULL;
      END $$;
      -- By row and with a condition: a message that only leaves its lane costs a comparison.
      CREATE TRIGGER messages_back_in_lane AFTER UPDATE ON messages FOR EACH ROW
        WHEN (OLD.due_at IS NULL AND NEW.due_at IS NOT NULL AND NEW.group_id IS NOT NULL) EXECUTE FUNCTION messages_back_in_lane();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION messages_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
        SELECT tenant_id, group_id, pg_backend_pid() % 32, state, count(*) FROM new_rows WHERE group_id IS NOT NULL GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count;
        RETURN NULL;
      END $$;
      DROP TRIGGER messages_back_in_lane ON messages;
      DROP FUNCTION messages_back_in_lane();
      DROP FUNCTION fair_turns(int[], float8[], int[], int);
      DROP FUNCTION group_paused_after(tstzmultirange, timestamptz);
      ALTER TABLE messages DROP COLUMN pauses_counted_at;
      ALTER TABLE lanes DROP COLUMN plain_positions;
      DROP TABLE lane_groups;
      ALTER TABLE message_groups DROP COLUMN parent_id, DROP COLUMN state, DROP COLUMN weight, DROP COLUMN window_ms, DROP COLUMN window_limit,
        DROP COLUMN daily_cap, DROP COLUMN time_zone, DROP COLUMN next_slot_at, DROP COLUMN day_at, DROP COLUMN day_used, DROP COLUMN paused_at,
        DROP COLUMN pauses, DROP COLUMN is_settling;
    `);
  }
}
