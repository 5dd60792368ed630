import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hooks of the provider: stored raw first, read later. */
export class Inbound1764000300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE hook_inbox (
        tenant_id uuid NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        session_id uuid NOT NULL,
        received_at timestamptz NOT NULL DEFAULT heliograph_now(),
        body text NOT NULL,
        tries smallint NOT NULL DEFAULT 0,
        processed_at timestamptz,
        outcome text,
        PRIMARY KEY (tenant_id, id)
      ) WITH (fillfactor = 90);
      COMMENT ON TABLE hook_inbox IS 'Every hook as it came, secrets redacted, kept for HOOK_RETENTION_DAYS so that it can be read again.';
      COMMENT ON COLUMN hook_inbox.tries IS 'Readings that failed or during which the process died.';
      COMMENT ON COLUMN hook_inbox.outcome IS 'applied, duplicate, unhandled, parked or dead.';
      CREATE INDEX hook_inbox_open_idx ON hook_inbox (id) WHERE processed_at IS NULL;
      CREATE INDEX hook_inbox_age_idx ON hook_inbox USING brin (received_at);

      CREATE TABLE parked_facts (
        tenant_id uuid NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        session_id uuid NOT NULL,
        key_id text NOT NULL,
        fact jsonb NOT NULL,
        tries smallint NOT NULL DEFAULT 0,
        next_try_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE parked_facts IS 'Receipts and echoes whose message is not known yet, offered again until it is.';
      CREATE INDEX parked_facts_due_idx ON parked_facts (next_try_at);

      CREATE TABLE inbound_messages (
        tenant_id uuid NOT NULL,
        session_id uuid NOT NULL,
        key_id text NOT NULL,
        chat text,
        sender_phone text,
        sender_lid text,
        push_name text,
        kind text NOT NULL,
        text text,
        choice_id text,
        media jsonb,
        quoted_key_id text,
        sent_at timestamptz,
        received_at timestamptz NOT NULL DEFAULT heliograph_now(),
        edited_at timestamptz,
        deleted_at timestamptz,
        PRIMARY KEY (tenant_id, session_id, key_id)
      );
      COMMENT ON TABLE inbound_messages IS 'What people wrote to a session, once per WhatsApp id, however often and in whichever event it was told.';
      COMMENT ON COLUMN inbound_messages.media IS 'Reference to encrypted media as the provider gave it; null without media.';
      CREATE INDEX inbound_messages_list_idx ON inbound_messages (tenant_id, received_at DESC);

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['hook_inbox', 'parked_facts', 'inbound_messages']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE inbound_messages, parked_facts, hook_inbox');
  }
}
