import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates lanes, messages and the tables that follow a message. */
export class Messaging1764000200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE message_groups (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        kind text NOT NULL,
        name text,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE message_groups IS 'What belongs together: a bulk call, later a campaign or a drip step.';

      CREATE TABLE message_group_counts (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        shard smallint NOT NULL,
        state text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant_id, group_id, shard, state)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE message_group_counts IS 'Messages per group and state, raised in the statement that changes the state. Sharded, so that two writers of one group do not wait for each other: the count of a state is the sum over its shards, a shard may be negative.';

      CREATE TABLE workers (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        started_at timestamptz NOT NULL,
        alive_until timestamptz NOT NULL
      );
      COMMENT ON TABLE workers IS 'Worker processes. What a worker claimed is leased to it for as long as alive_until is ahead.';

      CREATE TABLE lanes (
        session_id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        window_ms int NOT NULL DEFAULT 5000,
        window_limit int NOT NULL DEFAULT 1,
        jitter_ms int NOT NULL DEFAULT 0,
        burst_size int NOT NULL DEFAULT 0,
        burst_pause_ms int NOT NULL DEFAULT 0,
        typing_ms int NOT NULL DEFAULT 0,
        hourly_cap int,
        daily_cap int,
        warm_up jsonb,
        warm_up_from date,
        send_window jsonb,
        time_zone text NOT NULL DEFAULT 'UTC',
        share_reply smallint NOT NULL DEFAULT 10,
        share_drip smallint NOT NULL DEFAULT 10,
        share_broadcast smallint NOT NULL DEFAULT 10,
        credits real[] NOT NULL DEFAULT '{0,0,0,0}',
        next_slot_at timestamptz NOT NULL DEFAULT '-infinity',
        last_slot_at timestamptz NOT NULL DEFAULT '-infinity',
        burst_used int NOT NULL DEFAULT 0,
        closed_until timestamptz,
        closed_reason text,
        hour_at timestamptz NOT NULL DEFAULT '-infinity',
        hour_used int NOT NULL DEFAULT 0,
        day_at timestamptz NOT NULL DEFAULT '-infinity',
        day_used int NOT NULL DEFAULT 0,
        next_due_at timestamptz,
        revision bigint NOT NULL DEFAULT 0,
        lookup_minute timestamptz NOT NULL DEFAULT '-infinity',
        lookups int NOT NULL DEFAULT 0,
        turn_worker uuid,
        in_flight uuid[] NOT NULL DEFAULT '{}',
        CHECK (window_ms BETWEEN 1 AND 86400000), CHECK (window_limit >= 0), CHECK (jitter_ms >= 0), CHECK (burst_size >= 0), CHECK (burst_pause_ms >= 0),
        CHECK (share_reply >= 0 AND share_drip >= 0 AND share_broadcast >= 0 AND share_reply + share_drip + share_broadcast <= 90)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE lanes IS 'The outgoing stream of one session: its pace, its pauses and what is in flight.';
      COMMENT ON COLUMN lanes.window_limit IS 'Messages per window_ms; 0 switches the pace off.';
      COMMENT ON COLUMN lanes.next_slot_at IS 'Earliest time of the next call; claims move it on.';
      COMMENT ON COLUMN lanes.next_due_at IS 'No message of this lane is due before this time; null: nothing waits. Intake lowers it, only a claim that saw every row may raise it.';
      COMMENT ON COLUMN lanes.revision IS 'Raised by each intake, so that a claim can tell whether it saw all rows.';
      COMMENT ON COLUMN lanes.lookups IS 'Questions about sent messages put to the provider in lookup_minute.';
      COMMENT ON COLUMN lanes.turn_worker IS 'The worker that has messages of this lane in flight.';
      COMMENT ON COLUMN lanes.in_flight IS 'Messages that turn_worker claimed and may not have settled; what recovery looks at when it dies.';
      COMMENT ON COLUMN lanes.credits IS 'What each class is owed of its minimum share, in messages.';
      CREATE INDEX lanes_due_idx ON lanes (next_due_at) WHERE next_due_at IS NOT NULL;
      CREATE INDEX lanes_turn_idx ON lanes (turn_worker) WHERE turn_worker IS NOT NULL;
      CREATE INDEX lanes_tenant_idx ON lanes (tenant_id);

      CREATE TABLE messages (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        session_id uuid NOT NULL,
        group_id uuid,
        created_at timestamptz NOT NULL,
        due_at timestamptz,
        expires_at timestamptz NOT NULL,
        class smallint NOT NULL,
        attempt int NOT NULL DEFAULT 0,
        tries int NOT NULL DEFAULT 0,
        content_window_s int,
        state text NOT NULL,
        recipient text NOT NULL,
        kind text NOT NULL,
        body jsonb NOT NULL,
        content_hash bytea,
        provider_message_id text,
        cause text,
        detail text,
        client_ref text,
        tags text[],
        reply_to uuid,
        redrive_of uuid,
        send_at timestamptz,
        sent_at timestamptz,
        delivered_at timestamptz,
        read_at timestamptz,
        played_at timestamptz,
        uncertain_since timestamptz,
        PRIMARY KEY (tenant_id, id),
        CHECK (state IN ('scheduled','queued','claimed','calling','uncertain','sent','delivered','read','played','failed','cancelled','expired','suppressed'))
      ) WITH (fillfactor = 85);
      COMMENT ON COLUMN messages.due_at IS 'Earliest time to send. Set while the message belongs to its lane (scheduled, queued, claimed, calling), null after: the lane index holds only these, and later updates stay HOT.';
      COMMENT ON COLUMN messages.class IS '0 transactional, 1 reply, 2 drip, 3 broadcast: most urgent first.';
      COMMENT ON COLUMN messages.attempt IS 'Number of the latest claim; the fence of every write that follows it.';
      COMMENT ON COLUMN messages.tries IS 'Calls that failed provably unsent; waits asked for by the provider do not count.';
      COMMENT ON COLUMN messages.content_window_s IS 'Seconds during which the same content may not go to the same recipient again; null: not guarded.';
      COMMENT ON COLUMN messages.uncertain_since IS 'Since when the outcome is unknown; null again once it is known or a person is asked.';
      CREATE INDEX messages_lane_idx ON messages (session_id, class, due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX messages_expiry_idx ON messages (expires_at) WHERE due_at IS NOT NULL;
      CREATE INDEX messages_uncertain_idx ON messages (uncertain_since) WHERE uncertain_since IS NOT NULL;
      CREATE INDEX messages_group_idx ON messages (tenant_id, group_id) WHERE group_id IS NOT NULL;
      CREATE INDEX messages_client_ref_idx ON messages (tenant_id, client_ref) WHERE client_ref IS NOT NULL;

      CREATE TABLE message_events (
        tenant_id uuid NOT NULL,
        message_id uuid NOT NULL,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        attempt int NOT NULL,
        from_state text NOT NULL,
        to_state text NOT NULL,
        cause text,
        detail text,
        PRIMARY KEY (tenant_id, message_id, seq)
      );
      COMMENT ON TABLE message_events IS 'Every change of state, written by a trigger in the statement of the change. A note (late answer, binding) has the same state twice. The first state is the message row itself.';

      CREATE FUNCTION messages_inserted() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO message_group_counts AS c (tenant_id, group_id, shard, state, count)
        SELECT tenant_id, group_id, pg_backend_pid() % 32, state, count(*) FROM new_rows WHERE group_id IS NOT NULL GROUP BY 1, 2, 4 ORDER BY 1, 2, 4
        ON CONFLICT (tenant_id, group_id, shard, state) DO UPDATE SET count = c.count + excluded.count;
        RETURN NULL;
      END $$;

      -- A transition table has no statistics: planned for one row, its join would be a nested loop, quadratic in a batch.
      CREATE FUNCTION messages_changed() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop = off AS $$
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

      CREATE TRIGGER messages_inserted AFTER INSERT ON messages REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION messages_inserted();
      CREATE TRIGGER messages_changed AFTER UPDATE ON messages REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION messages_changed();

      CREATE TABLE unbound_messages (
        session_id uuid NOT NULL,
        echo_hash bytea NOT NULL,
        message_id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        provider_message_id text,
        called_at timestamptz NOT NULL,
        next_check_at timestamptz NOT NULL,
        checks smallint NOT NULL DEFAULT 0,
        PRIMARY KEY (session_id, echo_hash, message_id)
      );
      COMMENT ON TABLE unbound_messages IS 'Messages the provider took, or may have taken, whose WhatsApp id is not known yet: the candidates of an echo, and what the provider is asked about.';
      COMMENT ON COLUMN unbound_messages.echo_hash IS 'First 16 bytes of SHA-256 over the recipient and the text, as an echo shows them.';
      CREATE INDEX unbound_messages_called_idx ON unbound_messages USING brin (called_at);
      CREATE INDEX unbound_messages_check_idx ON unbound_messages (next_check_at);

      CREATE TABLE message_keys (
        session_id uuid NOT NULL,
        key_id text NOT NULL,
        tenant_id uuid NOT NULL,
        message_id uuid NOT NULL,
        provider_message_id text,
        evidence text NOT NULL,
        bound_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (session_id, key_id)
      );
      COMMENT ON TABLE message_keys IS 'WhatsApp ids of our messages; a resent message may have several. evidence: hook_id, info, or echo, which is a guess and gives way to the others.';
      CREATE INDEX message_keys_message_idx ON message_keys (tenant_id, message_id);
      CREATE INDEX message_keys_provider_idx ON message_keys (session_id, provider_message_id) WHERE provider_message_id IS NOT NULL;

      CREATE TABLE address_pairs (
        tenant_id uuid NOT NULL,
        lid text NOT NULL,
        phone text NOT NULL,
        learned_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, lid)
      );
      COMMENT ON TABLE address_pairs IS 'Which phone number stands behind a privacy id (…@lid), learned from hooks that name both.';
      CREATE INDEX address_pairs_phone_idx ON address_pairs (tenant_id, phone);

      CREATE TABLE content_guards (
        tenant_id uuid NOT NULL,
        content_hash bytea NOT NULL,
        message_id uuid NOT NULL,
        until timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, content_hash)
      );
      CREATE INDEX content_guards_until_idx ON content_guards (until);

      CREATE TABLE idempotency_keys (
        tenant_id uuid NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        resource_id uuid,
        status smallint,
        response text,
        locked_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, key)
      );
      COMMENT ON COLUMN idempotency_keys.resource_id IS 'The message made under this key, or the group of a bulk call.';
      COMMENT ON COLUMN idempotency_keys.response IS 'The answer''s body, sealed, of requests that store nothing under the key.';
      COMMENT ON COLUMN idempotency_keys.locked_until IS 'Set while the first request is still running; past: it died, and the next one carries on.';
      CREATE INDEX idempotency_keys_expiry_idx ON idempotency_keys (expires_at);

      CREATE TABLE dead_letters (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        kind text NOT NULL CHECK (kind IN ('message', 'hook', 'callback')),
        subject_id text NOT NULL,
        session_id uuid,
        group_id uuid,
        cause text NOT NULL,
        detail text,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'redriven', 'discarded', 'resolved')),
        resolved_at timestamptz,
        resolved_by text,
        resolution text,
        redriven_to uuid,
        PRIMARY KEY (tenant_id, id)
      );
      CREATE UNIQUE INDEX dead_letters_subject_uq ON dead_letters (tenant_id, kind, subject_id) WHERE state = 'open';
      CREATE INDEX dead_letters_list_idx ON dead_letters (tenant_id, state, created_at DESC, id DESC);
      CREATE INDEX dead_letters_cause_idx ON dead_letters (tenant_id, state, kind, cause, created_at DESC);

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['message_groups','message_group_counts','lanes','messages','message_events','unbound_messages','message_keys',
        'address_pairs','content_guards','idempotency_keys','dead_letters']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE dead_letters, idempotency_keys, content_guards, address_pairs, message_keys, unbound_messages, message_events, messages, lanes, workers, message_group_counts, message_groups;
      DROP FUNCTION messages_inserted();
      DROP FUNCTION messages_changed();
    `);
  }
}
