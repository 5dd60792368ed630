import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Events of the core application, and rules for them. */
export class Events1764001200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE event_types (
        tenant_id uuid NOT NULL,
        name text NOT NULL,
        description text,
        schema jsonb NOT NULL,
        example jsonb,
        revision bigint GENERATED ALWAYS AS IDENTITY,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        updated_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, name)
      );
      COMMENT ON TABLE event_types IS 'The catalogue: names of events and the form of their payloads.';
      COMMENT ON COLUMN event_types.schema IS 'JSON Schema (2020-12) of the payload.';
      COMMENT ON COLUMN event_types.revision IS 'Another one after each change.';

      CREATE TABLE event_rules (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        version int NOT NULL,
        name text NOT NULL,
        event_name text NOT NULL,
        is_active boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        deleted_at timestamptz,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE event_rules IS 'What follows from events: the version that counts now.';
      CREATE INDEX event_rules_event_idx ON event_rules (tenant_id, event_name) WHERE deleted_at IS NULL;

      CREATE TABLE event_rule_versions (
        tenant_id uuid NOT NULL,
        rule_id uuid NOT NULL,
        version int NOT NULL,
        event_name text NOT NULL,
        condition text,
        max_age_s int,
        actions jsonb NOT NULL,
        actor text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, rule_id, version)
      );
      COMMENT ON TABLE event_rule_versions IS 'Every version of every rule, never changed: messages name the one that made them.';
      COMMENT ON COLUMN event_rule_versions.condition IS 'CEL over event, payload and contact; null: always.';
      COMMENT ON COLUMN event_rule_versions.max_age_s IS 'Seconds after which an event is too old for the rule; null: never.';

      CREATE TABLE events (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        seq bigint GENERATED ALWAYS AS IDENTITY,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        name text NOT NULL,
        subject jsonb NOT NULL,
        payload jsonb NOT NULL,
        occurred_at timestamptz NOT NULL,
        source text NOT NULL,
        received_at timestamptz NOT NULL DEFAULT heliograph_now(),
        state text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'done', 'rejected', 'failed')),
        reason text,
        detail text,
        results jsonb NOT NULL DEFAULT '[]',
        contact_id uuid,
        tries int NOT NULL DEFAULT 0,
        processed_at timestamptz,
        PRIMARY KEY (tenant_id, id)
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE events IS 'What the core application said happened, each once.';
      COMMENT ON COLUMN events.key IS 'The core application''s id of it.';
      COMMENT ON COLUMN events.source IS 'api, or the name of the broker source.';
      COMMENT ON COLUMN events.state IS 'rejected: no rule was asked, since it is unknown or does not fit its schema. failed: a rule could not be followed.';
      COMMENT ON COLUMN events.results IS 'What each rule made of it.';
      CREATE UNIQUE INDEX events_key_uq ON events (tenant_id, key);
      CREATE INDEX events_waiting_idx ON events (tenant_id, seq) WHERE state = 'received';
      CREATE INDEX events_state_idx ON events (tenant_id, state, id DESC);
      CREATE INDEX events_received_idx ON events USING brin (received_at);

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['event_types', 'event_rules', 'event_rule_versions', 'events']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE events, event_rule_versions, event_rules, event_types');
  }
}
