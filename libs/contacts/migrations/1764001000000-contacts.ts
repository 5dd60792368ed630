import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Contacts with their addresses, consents and suppressions. */
export class Contacts1764001000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE contacts (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        external_id text,
        name text,
        attributes jsonb NOT NULL DEFAULT '{}',
        tags text[] NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        updated_at timestamptz NOT NULL DEFAULT heliograph_now(),
        merged_into uuid,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON COLUMN contacts.external_id IS 'The core application''s own id of this person.';
      COMMENT ON COLUMN contacts.merged_into IS 'The contact this one turned out to be, in one step however often; its row stays for what refers to it.';
      CREATE INDEX contacts_merged_idx ON contacts (tenant_id, merged_into) WHERE merged_into IS NOT NULL;
      CREATE INDEX contacts_tags_idx ON contacts USING gin (tags) WHERE merged_into IS NULL;
      CREATE UNIQUE INDEX contacts_external_id_uq ON contacts (tenant_id, external_id) WHERE external_id IS NOT NULL AND merged_into IS NULL;

      CREATE TABLE contact_addresses (
        tenant_id uuid NOT NULL,
        address text NOT NULL,
        contact_id uuid NOT NULL,
        added_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, address)
      );
      COMMENT ON TABLE contact_addresses IS 'Canonical addresses (+E.164, …@lid, @handle) by whose they are. A …@lid stands for the person, a number may pass on: a contact learns no second …@lid.';
      CREATE INDEX contact_addresses_contact_idx ON contact_addresses (tenant_id, contact_id);

      CREATE TABLE contact_changes (
        tenant_id uuid NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        kind text NOT NULL CHECK (kind IN ('merged', 'split', 'moved')),
        contact_id uuid NOT NULL,
        other_id uuid,
        addresses text[] NOT NULL,
        actor text NOT NULL,
        before jsonb,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE contact_changes IS 'merged: other_id became contact_id. split: addresses left contact_id for other_id. moved: an address passed from other_id on to contact_id.';
      COMMENT ON COLUMN contact_changes.before IS 'The contact that was merged, as it was.';
      CREATE INDEX contact_changes_contact_idx ON contact_changes (tenant_id, contact_id);
      CREATE INDEX contact_changes_other_idx ON contact_changes (tenant_id, other_id) WHERE other_id IS NOT NULL;

      CREATE TABLE consents (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        contact_id uuid NOT NULL,
        address text NOT NULL,
        purpose text NOT NULL,
        channel text NOT NULL DEFAULT 'whatsapp',
        action text NOT NULL CHECK (action IN ('opt_in', 'opt_out')),
        source text NOT NULL,
        text_version text,
        text text,
        proof jsonb,
        actor text NOT NULL,
        session_id uuid,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        tx bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE consents IS 'Who agreed to what, or no longer: added to, never changed.';
      COMMENT ON COLUMN consents.address IS 'The address it was said from, or that it is about.';
      COMMENT ON COLUMN consents.source IS 'keyword, api, event, import.';
      COMMENT ON COLUMN consents.text IS 'What was agreed to, or the words that were written.';
      CREATE INDEX consents_contact_idx ON consents (tenant_id, contact_id, at DESC);
      CREATE INDEX consents_tx_idx ON consents (tx);
      CREATE FUNCTION consents_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'consents are never changed' USING ERRCODE = 'restrict_violation'; END $$;
      CREATE TRIGGER consents_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON consents FOR EACH STATEMENT EXECUTE FUNCTION consents_stay();

      CREATE TABLE suppressions (
        tenant_id uuid NOT NULL,
        address text NOT NULL,
        reason text NOT NULL CHECK (reason IN ('opt_out', 'bad_number', 'manual')),
        note text,
        actor text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        expires_at timestamptz,
        PRIMARY KEY (tenant_id, address, reason)
      );
      COMMENT ON TABLE suppressions IS 'Addresses nothing is sent to; read by the claim of messages. opt_out leaves the classes of the tenant''s setting alone.';
      COMMENT ON COLUMN suppressions.address IS 'A canonical address, or sha256:<hex of it> for lists that are shared without the numbers.';

      CREATE TABLE agency_suppressions (
        address text PRIMARY KEY,
        note text,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        expires_at timestamptz
      );
      COMMENT ON TABLE agency_suppressions IS 'The same for every tenant; the operator''s (command line).';

      CREATE TABLE opt_keywords (
        tenant_id uuid NOT NULL,
        language text NOT NULL,
        opt_out text[] NOT NULL,
        opt_in text[] NOT NULL,
        PRIMARY KEY (tenant_id, language)
      );
      COMMENT ON TABLE opt_keywords IS 'Words of a language that a tenant set itself; they take the place of the shipped ones.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['contacts', 'contact_addresses', 'contact_changes', 'consents', 'suppressions', 'opt_keywords']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE opt_keywords, agency_suppressions, suppressions, consents, contact_changes, contact_addresses, contacts;
      DROP FUNCTION consents_stay();
    `);
  }
}
