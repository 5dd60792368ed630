import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Audits tenants, API keys, provider accounts and sessions. */
export class AuditedTenants1764006010100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      SELECT heliograph_audit_table('tenants', 'tenant', 'id', ARRAY['name', 'default_country', 'settings', 'suspended_at']);
      SELECT heliograph_audit_table('api_keys', 'api_key', 'id', ARRAY['name', 'prefix', 'scopes', 'allowed_addresses', 'expires_at', 'revoked_at']);
      SELECT heliograph_audit_table('provider_accounts', 'provider_account', 'id', ARRAY['name', 'provider'], ARRAY['access_token']);
      SELECT heliograph_audit_table('sessions', 'session', 'id',
        ARRAY['name', 'provider', 'account_id', 'provider_session_id', 'tags', 'weight', 'paused_at', 'log_messages', 'account_protection', 'deleted_at'],
        ARRAY['api_key', 'webhook_secret', 'hook_token', 'confirmed_phone']);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited ON sessions;
      DROP TRIGGER audited ON provider_accounts;
      DROP TRIGGER audited ON api_keys;
      DROP TRIGGER audited ON tenants;
    `);
  }
}
