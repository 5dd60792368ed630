import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Adds the sessions that an API key is limited to. A limited key is stored under a hash of its own, so that a process of a version that does
 * not know the limit refuses the key instead of admitting it for every session.
 */
export class KeysBySession1764006328000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_keys ADD COLUMN session_ids uuid[], ADD CONSTRAINT api_keys_session_ids_given CHECK (cardinality(session_ids) > 0);
      COMMENT ON COLUMN api_keys.session_ids IS 'Sessions the key is limited to, those deleted since included; null: all sessions of the tenant.';
      COMMENT ON COLUMN api_keys.hash IS
        'SHA-256 of the secret, which holds 256 random bits and is stored nowhere. For a key that is limited to sessions, SHA-256 of that hash behind a prefix.';
      DROP TRIGGER api_keys_changed ON api_keys;
      CREATE TRIGGER api_keys_changed AFTER UPDATE OF scopes, allowed_addresses, session_ids, expires_at, revoked_at ON api_keys
        FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
      DROP TRIGGER audited ON api_keys;
      SELECT heliograph_audit_table('api_keys', 'api_key', 'id', ARRAY['name', 'prefix', 'scopes', 'allowed_addresses', 'session_ids', 'expires_at', 'revoked_at']);
    `);
  }

  /** Keys that are limited to sessions are refused from now on. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited ON api_keys;
      SELECT heliograph_audit_table('api_keys', 'api_key', 'id', ARRAY['name', 'prefix', 'scopes', 'allowed_addresses', 'expires_at', 'revoked_at']);
      DROP TRIGGER api_keys_changed ON api_keys;
      CREATE TRIGGER api_keys_changed AFTER UPDATE OF scopes, allowed_addresses, expires_at, revoked_at ON api_keys
        FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
      COMMENT ON COLUMN api_keys.hash IS 'SHA-256 of the secret, which holds 256 random bits and is stored nowhere.';
      ALTER TABLE api_keys DROP COLUMN session_ids;
    `);
  }
}
