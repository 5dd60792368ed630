import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Callbacks to the core application, and their endpoints. */
export class Callbacks1764000900000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE callback_endpoints (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        name text NOT NULL,
        url text NOT NULL,
        types text[],
        session_ids uuid[],
        only_actionable boolean NOT NULL DEFAULT false,
        headers text,
        secret text NOT NULL,
        previous_secret text,
        previous_secret_until timestamptz,
        ordered boolean NOT NULL DEFAULT false,
        batch_size int NOT NULL DEFAULT 1 CHECK (batch_size BETWEEN 1 AND 100),
        rate_per_s int NOT NULL DEFAULT 50 CHECK (rate_per_s BETWEEN 1 AND 1000),
        concurrency int NOT NULL DEFAULT 8 CHECK (concurrency BETWEEN 1 AND 64),
        revision int NOT NULL DEFAULT 0,
        state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'paused', 'disabled', 'deleted')),
        disabled_reason text,
        failures int NOT NULL DEFAULT 0,
        failing_since timestamptz,
        alerts smallint NOT NULL DEFAULT 0,
        closed_until timestamptz,
        dropped bigint NOT NULL DEFAULT 0,
        turn_id uuid,
        turn_until timestamptz NOT NULL DEFAULT '-infinity',
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, id)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE callback_endpoints IS 'URLs of the core application that are told what happens.';
      COMMENT ON COLUMN callback_endpoints.types IS 'Types of events it is told; null: all, also later ones.';
      COMMENT ON COLUMN callback_endpoints.session_ids IS 'Sessions whose events it is told; null: all.';
      COMMENT ON COLUMN callback_endpoints.headers IS 'Sealed JSON: header names and values sent along.';
      COMMENT ON COLUMN callback_endpoints.secret IS 'Sealed: what signs, whsec_….';
      COMMENT ON COLUMN callback_endpoints.ordered IS 'Events of one conversation one after the other; with batches, all events.';
      COMMENT ON COLUMN callback_endpoints.rate_per_s IS 'POSTs a second over all workers.';
      COMMENT ON COLUMN callback_endpoints.revision IS 'Raised by each change of how it is called.';
      COMMENT ON COLUMN callback_endpoints.failures IS 'Calls in a row that failed.';
      COMMENT ON COLUMN callback_endpoints.alerts IS 'Of this failing: 1 told after an hour, 2 after a day, 3 at disabling.';
      COMMENT ON COLUMN callback_endpoints.closed_until IS 'The endpoint asked not to be called before this.';
      COMMENT ON COLUMN callback_endpoints.dropped IS 'Callbacks that were never delivered and grew older than CALLBACK_RETENTION_DAYS.';
      COMMENT ON COLUMN callback_endpoints.turn_id IS 'Who calls it until turn_until: one at a time keeps rate and order.';
      CREATE UNIQUE INDEX callback_endpoints_id_uq ON callback_endpoints (id);

      CREATE TABLE callback_events (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        type text NOT NULL,
        session_id uuid,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        body text NOT NULL,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE callback_events IS 'What happened, as it is told: the same bytes to every endpoint and on every attempt. Kept only if an endpoint wanted it.';
      CREATE INDEX callback_events_at_idx ON callback_events (at);

      CREATE TABLE callbacks (
        tenant_id uuid NOT NULL,
        endpoint_id uuid NOT NULL,
        event_id uuid NOT NULL,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        order_key text,
        waits boolean NOT NULL DEFAULT false,
        batch_id uuid,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead')),
        attempts int NOT NULL DEFAULT 0,
        next_attempt_at timestamptz NOT NULL DEFAULT heliograph_now(),
        settled_at timestamptz,
        last_status int,
        last_reason text,
        PRIMARY KEY (tenant_id, endpoint_id, event_id)
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE callbacks IS 'One event for one endpoint.';
      COMMENT ON COLUMN callbacks.order_key IS 'Its conversation, where the endpoint wants them in order; else null.';
      COMMENT ON COLUMN callbacks.waits IS 'Another one of its conversation comes first: nothing looks at it until that is settled.';
      COMMENT ON COLUMN callbacks.batch_id IS 'The POST it is part of: fixed once formed, so that a retry is the same POST.';
      CREATE INDEX callbacks_due_idx ON callbacks (endpoint_id, next_attempt_at, seq) WHERE state = 'pending' AND NOT waits;
      CREATE INDEX callbacks_pending_idx ON callbacks (endpoint_id, seq) WHERE state = 'pending';
      CREATE INDEX callbacks_dead_idx ON callbacks (endpoint_id, event_id) WHERE state = 'dead';
      CREATE INDEX callbacks_order_idx ON callbacks (endpoint_id, order_key, seq) WHERE state = 'pending' AND order_key IS NOT NULL;
      CREATE INDEX callbacks_batch_idx ON callbacks (endpoint_id, batch_id) WHERE state = 'pending' AND batch_id IS NOT NULL;

      CREATE TABLE callback_attempts (
        tenant_id uuid NOT NULL,
        endpoint_id uuid NOT NULL,
        event_id uuid NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        attempt int NOT NULL,
        batch_id uuid,
        status int,
        reason text,
        duration_ms int NOT NULL,
        response text,
        PRIMARY KEY (tenant_id, endpoint_id, event_id, id)
      );
      COMMENT ON COLUMN callback_attempts.reason IS 'Why it does not count as delivered; null: it does.';
      COMMENT ON COLUMN callback_attempts.response IS 'The first part of what was answered.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['callback_endpoints', 'callback_events', 'callbacks', 'callback_attempts']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE callback_attempts, callbacks, callback_events, callback_endpoints');
  }
}
