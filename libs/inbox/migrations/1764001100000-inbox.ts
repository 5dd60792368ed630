import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Conversations and their entries. Inbound messages that were stored before become the first entries. */
export class Inbox1764001100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE conversations (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        session_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('person', 'group', 'channel')),
        contact_id uuid,
        address text NOT NULL,
        unread int NOT NULL DEFAULT 0,
        last_entry_at timestamptz NOT NULL,
        last_inbound_at timestamptz,
        last_text text,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, id)
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE conversations IS 'One for each session and contact, group or channel, from the first thing somebody wrote or a person answered.';
      COMMENT ON COLUMN conversations.address IS 'Where an answer goes: the address that was last written from.';
      COMMENT ON COLUMN conversations.last_text IS 'The beginning of what was last written.';
      CREATE UNIQUE INDEX conversations_contact_uq ON conversations (tenant_id, contact_id, session_id) WHERE contact_id IS NOT NULL;
      CREATE UNIQUE INDEX conversations_address_uq ON conversations (tenant_id, session_id, address) WHERE contact_id IS NULL;
      CREATE INDEX conversations_list_idx ON conversations (tenant_id, last_entry_at DESC, id DESC);
      CREATE INDEX conversations_session_idx ON conversations (tenant_id, session_id, last_entry_at DESC, id DESC);
      CREATE INDEX conversations_unread_idx ON conversations (tenant_id, last_entry_at DESC, id DESC) WHERE unread > 0;

      ALTER TABLE inbound_messages RENAME TO entries;
      ALTER INDEX inbound_messages_pkey RENAME TO entries_pkey;
      DROP INDEX inbound_messages_list_idx;
      ALTER TABLE entries ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
      ALTER TABLE entries ALTER COLUMN id DROP DEFAULT;
      ALTER TABLE entries
        ADD COLUMN conversation_id uuid,
        ADD COLUMN direction text NOT NULL DEFAULT 'in' CHECK (direction IN ('in', 'out')),
        ADD COLUMN raw_chat text,
        ADD COLUMN historical boolean NOT NULL DEFAULT false,
        ADD COLUMN message_id uuid,
        ADD COLUMN answers_id uuid,
        ADD COLUMN answers_by text CHECK (answers_by IN ('quote', 'latest')),
        ADD COLUMN actionable text[] NOT NULL DEFAULT '{}',
        ADD COLUMN actor text,
        ADD COLUMN tx bigint;
      ALTER TABLE entries ALTER COLUMN tx SET DEFAULT (pg_current_xact_id()::text::bigint);
      CREATE UNIQUE INDEX entries_id_uq ON entries (tenant_id, id);
      CREATE INDEX entries_conversation_idx ON entries (tenant_id, conversation_id, received_at DESC, id DESC);
      CREATE INDEX entries_tx_idx ON entries USING brin (tx) WITH (autosummarize = on);
      COMMENT ON TABLE entries IS 'What was written in conversations: by people, by us from the inbox, on the phone itself. Once for each WhatsApp id, however often and in whichever event it was told.';
      COMMENT ON COLUMN entries.key_id IS 'WhatsApp id; of an answer of ours message:<id>, since it has none yet.';
      COMMENT ON COLUMN entries.raw_chat IS 'The chat''s id as the provider spelled it: what marking it read takes.';
      COMMENT ON COLUMN entries.historical IS 'Older than the time since which we have been listening, replayed when the session was linked: neither told nor unread.';
      COMMENT ON COLUMN entries.message_id IS 'Our message, of an answer of ours.';
      COMMENT ON COLUMN entries.answers_id IS 'Our message that it answers; quote: it says so, latest: it was the last one before.';
      COMMENT ON COLUMN entries.actionable IS 'Why it wants an answer; none: it does not.';

      CREATE TABLE entry_changes (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        session_id uuid NOT NULL,
        key_id text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('edited', 'deleted', 'reaction')),
        author text,
        text text,
        message_id uuid,
        entry_id uuid,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        tx bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE entry_changes IS 'What became of entries and of our messages: edited, deleted, reacted to. Told again without a change, it is not there again.';
      COMMENT ON COLUMN entry_changes.text IS 'The new text, or the emoji; null: deleted, or the reaction taken back.';
      CREATE INDEX entry_changes_key_idx ON entry_changes (tenant_id, session_id, key_id, at DESC);
      CREATE INDEX entry_changes_tx_idx ON entry_changes (tx);

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['conversations', 'entry_changes']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE entry_changes, conversations;
      DELETE FROM entries WHERE direction = 'out';
      DROP INDEX entries_id_uq, entries_conversation_idx, entries_tx_idx;
      ALTER TABLE entries DROP COLUMN id, DROP COLUMN conversation_id, DROP COLUMN direction, DROP COLUMN raw_chat, DROP COLUMN historical, DROP COLUMN message_id,
        DROP COLUMN answers_id, DROP COLUMN answers_by, DROP COLUMN actionable, DROP COLUMN actor, DROP COLUMN tx;
      ALTER INDEX entries_pkey RENAME TO inbound_messages_pkey;
      ALTER TABLE entries RENAME TO inbound_messages;
      CREATE INDEX inbound_messages_list_idx ON inbound_messages (tenant_id, received_at DESC);
    `);
  }
}
