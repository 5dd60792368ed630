import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates tenants, their API keys and provider accounts, and the WhatsApp sessions they send through. */
export class Tenants1764000100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE tenants (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        default_country text NOT NULL CHECK (default_country ~ '^[A-Z]{2}$'),
        settings jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        suspended_at timestamptz
      );
      COMMENT ON COLUMN tenants.default_country IS 'ISO 3166-1 alpha-2: how a phone number without a country code is read.';
      COMMENT ON COLUMN tenants.settings IS 'Routing rule, policy for uncertain messages and content guard per class; absent members have their defaults.';
      COMMENT ON COLUMN tenants.suspended_at IS 'Set: every API key of the tenant is refused.';
      GRANT SELECT, UPDATE ON tenants TO heliograph_tenant;
      ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
      CREATE POLICY tenant_wall ON tenants TO heliograph_tenant USING (id = nullif(current_setting('heliograph.tenant_id', true), '')::uuid);

      CREATE TABLE api_keys (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        name text NOT NULL,
        prefix text NOT NULL,
        hash bytea NOT NULL,
        scopes text[] NOT NULL,
        allowed_addresses cidr[],
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        expires_at timestamptz,
        last_used_at timestamptz,
        revoked_at timestamptz,
        PRIMARY KEY (tenant_id, id)
      );
      CREATE UNIQUE INDEX api_keys_id_uq ON api_keys (id);
      CREATE UNIQUE INDEX api_keys_hash_uq ON api_keys (hash);
      COMMENT ON COLUMN api_keys.prefix IS 'The first characters of the secret, for people to tell keys apart.';
      COMMENT ON COLUMN api_keys.hash IS 'SHA-256 of the secret, which holds 256 random bits and is stored nowhere.';
      COMMENT ON COLUMN api_keys.allowed_addresses IS 'Client addresses the key works from; null: all.';
      COMMENT ON COLUMN api_keys.last_used_at IS 'Written at most once a minute.';

      CREATE TABLE provider_accounts (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        provider text NOT NULL,
        name text NOT NULL,
        access_token text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON COLUMN provider_accounts.access_token IS 'Sealed. Manages the sessions of the account at the provider.';

      CREATE TABLE sessions (
        tenant_id uuid NOT NULL REFERENCES tenants (id),
        id uuid NOT NULL,
        provider text NOT NULL,
        account_id uuid,
        provider_session_id text,
        name text NOT NULL,
        phone text,
        confirmed_phone text,
        status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'connecting', 'need_scan', 'need_passkey', 'connected', 'disconnected', 'logged_out', 'expired', 'unauthorised', 'unknown', 'deleted')),
        raw_status text,
        status_since timestamptz NOT NULL DEFAULT heliograph_now(),
        status_checked_at timestamptz,
        next_check_at timestamptz NOT NULL DEFAULT heliograph_now(),
        checks int NOT NULL DEFAULT 0,
        paused_at timestamptz,
        held_reason text GENERATED ALWAYS AS (CASE WHEN phone <> confirmed_phone THEN 'phone_changed' WHEN paused_at IS NOT NULL THEN 'paused' END) STORED,
        api_key text,
        api_key_hash bytea,
        webhook_secret text,
        previous_webhook_secret text,
        previous_secret_until timestamptz,
        hook_token text,
        hook_token_hash bytea,
        previous_hook_token_hash bytea,
        previous_hook_token_until timestamptz,
        tags text[] NOT NULL DEFAULT '{}',
        weight int NOT NULL DEFAULT 1 CHECK (weight BETWEEN 0 AND 1000),
        log_messages boolean NOT NULL DEFAULT false,
        account_protection boolean NOT NULL DEFAULT true,
        qr text,
        qr_expires_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        deleted_at timestamptz,
        PRIMARY KEY (tenant_id, id),
        FOREIGN KEY (tenant_id, account_id) REFERENCES provider_accounts (tenant_id, id)
      );
      CREATE UNIQUE INDEX sessions_id_uq ON sessions (id);
      CREATE UNIQUE INDEX sessions_hook_token_uq ON sessions (hook_token_hash) WHERE hook_token_hash IS NOT NULL;
      CREATE UNIQUE INDEX sessions_previous_hook_token_uq ON sessions (previous_hook_token_hash) WHERE previous_hook_token_hash IS NOT NULL;
      CREATE UNIQUE INDEX sessions_api_key_uq ON sessions (api_key_hash) WHERE deleted_at IS NULL;
      CREATE UNIQUE INDEX sessions_provider_session_uq ON sessions (provider, provider_session_id) WHERE deleted_at IS NULL;
      CREATE INDEX sessions_due_check_idx ON sessions (next_check_at) WHERE deleted_at IS NULL;
      CREATE INDEX sessions_account_idx ON sessions (tenant_id, account_id) WHERE account_id IS NOT NULL;
      COMMENT ON COLUMN sessions.phone IS 'The number linked now, E.164, as the provider last told.';
      COMMENT ON COLUMN sessions.confirmed_phone IS 'The number this session may send from, E.164: the first one linked, or the one a person confirmed.';
      COMMENT ON COLUMN sessions.raw_status IS 'The provider''s own spelling of the status.';
      COMMENT ON COLUMN sessions.next_check_at IS 'When the provider is asked for the status again; while a check runs, the time at which another process may take it over.';
      COMMENT ON COLUMN sessions.checks IS 'Checks since the status last changed: the longer it stays, the rarer the checks.';
      COMMENT ON COLUMN sessions.held_reason IS 'Why a connected session may not send. Follows from phone, confirmed_phone and paused_at, so it can never be out of step with them.';
      COMMENT ON COLUMN sessions.api_key IS 'Sealed; null once the session is deleted.';
      COMMENT ON COLUMN sessions.api_key_hash IS 'SHA-256 of the key. One WhatsApp number must have one lane, so no two live sessions share a key.';
      COMMENT ON COLUMN sessions.hook_token_hash IS 'SHA-256 of the random token in the hook URL of this session.';
      COMMENT ON COLUMN sessions.weight IS 'Share of new recipients within a pool; 0: takes none.';
      COMMENT ON COLUMN sessions.qr IS 'Text to render as a QR code, or a data:image URL, while the session waits to be scanned.';

      CREATE TABLE session_events (
        tenant_id uuid NOT NULL,
        session_id uuid NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        from_status text NOT NULL,
        to_status text NOT NULL,
        raw_status text,
        reason text,
        source text NOT NULL CHECK (source IN ('hook', 'poll', 'api', 'send', 'system')),
        PRIMARY KEY (tenant_id, session_id, id)
      );
      COMMENT ON TABLE session_events IS 'Every change of a session''s status, written in the statement of the change. Holding and releasing have the same status twice.';

      CREATE TABLE contact_routes (
        tenant_id uuid NOT NULL,
        recipient text NOT NULL,
        session_id uuid NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, recipient)
      );
      COMMENT ON TABLE contact_routes IS 'Which session a recipient was first written to from; a sticky rule keeps to it.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['api_keys', 'provider_accounts', 'sessions', 'session_events', 'contact_routes']) t;

      CREATE TRIGGER tenants_changed AFTER INSERT OR UPDATE OR DELETE ON tenants FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
      CREATE TRIGGER provider_accounts_changed AFTER INSERT OR UPDATE OR DELETE ON provider_accounts FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
      -- What is only book-keeping (last use, last check) wakes nobody: it would empty every process's memory for nothing.
      CREATE TRIGGER api_keys_added AFTER INSERT OR DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
      CREATE TRIGGER api_keys_changed AFTER UPDATE OF scopes, allowed_addresses, expires_at, revoked_at ON api_keys FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
      CREATE TRIGGER sessions_added AFTER INSERT OR DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
      CREATE TRIGGER sessions_changed AFTER UPDATE ON sessions FOR EACH ROW
        WHEN (to_jsonb(OLD) - '{status_checked_at,next_check_at,checks}'::text[] IS DISTINCT FROM to_jsonb(NEW) - '{status_checked_at,next_check_at,checks}'::text[])
        EXECUTE FUNCTION heliograph_notify_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE contact_routes, session_events, sessions, provider_accounts, api_keys, tenants');
  }
}
