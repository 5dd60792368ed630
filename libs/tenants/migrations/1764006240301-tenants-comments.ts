import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Describes tables and columns of before the rule that each table is described. */
export class TenantsComments1764006240301 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE tenants IS 'Clients of the agency. Everything that belongs to one carries its id.';
      COMMENT ON COLUMN tenants.name IS 'Name that people see.';
      COMMENT ON TABLE api_keys IS 'Keys by which the core application of a tenant calls the API.';
      COMMENT ON COLUMN api_keys.name IS 'Name that people gave the key.';
      COMMENT ON COLUMN api_keys.scopes IS 'What the key may do.';
      COMMENT ON COLUMN api_keys.expires_at IS 'Time from which on the key is refused; null: never.';
      COMMENT ON COLUMN api_keys.revoked_at IS 'Time from which on the key is refused because a person revoked it.';
      COMMENT ON TABLE provider_accounts IS 'Accounts of a tenant at the provider, through which its sessions are managed.';
      COMMENT ON COLUMN provider_accounts.provider IS 'Name of the adapter.';
      COMMENT ON COLUMN provider_accounts.name IS 'Name that people gave the account.';
      COMMENT ON TABLE sessions IS 'WhatsApp numbers of a tenant as the provider knows them.';
      COMMENT ON COLUMN sessions.provider IS 'Name of the adapter.';
      COMMENT ON COLUMN sessions.account_id IS 'The account that manages the session; null: only the API key of the session is known.';
      COMMENT ON COLUMN sessions.provider_session_id IS 'Id of the session at the provider.';
      COMMENT ON COLUMN sessions.name IS 'Name that people gave the number.';
      COMMENT ON COLUMN sessions.status IS 'State of the link to the phone, as last believed.';
      COMMENT ON COLUMN sessions.status_since IS 'Time of the last change of the status.';
      COMMENT ON COLUMN sessions.status_checked_at IS 'Time at which the provider was last asked for the status.';
      COMMENT ON COLUMN sessions.paused_at IS 'Time from which on people paused the number; null: not paused.';
      COMMENT ON COLUMN sessions.webhook_secret IS 'Sealed. The secret that hooks of the session carry.';
      COMMENT ON COLUMN sessions.previous_webhook_secret IS 'Sealed. The secret before a rotation, which counts until previous_secret_until.';
      COMMENT ON COLUMN sessions.previous_secret_until IS 'End of the time in which the previous secret counts.';
      COMMENT ON COLUMN sessions.hook_token IS 'Sealed. The random token in the hook URL, to show the URL again.';
      COMMENT ON COLUMN sessions.previous_hook_token_hash IS 'SHA-256 of the token before a rotation.';
      COMMENT ON COLUMN sessions.previous_hook_token_until IS 'End of the time in which the previous token counts.';
      COMMENT ON COLUMN sessions.tags IS 'Words by which routing rules choose numbers.';
      COMMENT ON COLUMN sessions.log_messages IS 'Whether the provider keeps a log of messages, from which unknown outcomes are settled.';
      COMMENT ON COLUMN sessions.account_protection IS 'Whether the provider slows the number down by itself.';
      COMMENT ON COLUMN sessions.qr_expires_at IS 'Time from which on the QR code is old.';
      COMMENT ON COLUMN sessions.deleted_at IS 'Time at which the session was ended; the row stays for what was sent through it.';
      COMMENT ON COLUMN session_events.from_status IS 'Status before.';
      COMMENT ON COLUMN session_events.to_status IS 'Status after.';
      COMMENT ON COLUMN session_events.raw_status IS 'The providers own spelling.';
      COMMENT ON COLUMN session_events.reason IS 'Why, where the source said.';
      COMMENT ON COLUMN session_events.source IS 'Who reported the change; decides what is believed.';
      COMMENT ON COLUMN contact_routes.recipient IS 'Address of the recipient.';
      COMMENT ON COLUMN contact_routes.session_id IS 'The session that keeps writing to the recipient.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE tenants IS NULL;
      COMMENT ON COLUMN tenants.name IS NULL;
      COMMENT ON TABLE api_keys IS NULL;
      COMMENT ON COLUMN api_keys.name IS NULL;
      COMMENT ON COLUMN api_keys.scopes IS NULL;
      COMMENT ON COLUMN api_keys.expires_at IS NULL;
      COMMENT ON COLUMN api_keys.revoked_at IS NULL;
      COMMENT ON TABLE provider_accounts IS NULL;
      COMMENT ON COLUMN provider_accounts.provider IS NULL;
      COMMENT ON COLUMN provider_accounts.name IS NULL;
      COMMENT ON TABLE sessions IS NULL;
      COMMENT ON COLUMN sessions.provider IS NULL;
      COMMENT ON COLUMN sessions.account_id IS NULL;
      COMMENT ON COLUMN sessions.provider_session_id IS NULL;
      COMMENT ON COLUMN sessions.name IS NULL;
      COMMENT ON COLUMN sessions.status IS NULL;
      COMMENT ON COLUMN sessions.status_since IS NULL;
      COMMENT ON COLUMN sessions.status_checked_at IS NULL;
      COMMENT ON COLUMN sessions.paused_at IS NULL;
      COMMENT ON COLUMN sessions.webhook_secret IS NULL;
      COMMENT ON COLUMN sessions.previous_webhook_secret IS NULL;
      COMMENT ON COLUMN sessions.previous_secret_until IS NULL;
      COMMENT ON COLUMN sessions.hook_token IS NULL;
      COMMENT ON COLUMN sessions.previous_hook_token_hash IS NULL;
      COMMENT ON COLUMN sessions.previous_hook_token_until IS NULL;
      COMMENT ON COLUMN sessions.tags IS NULL;
      COMMENT ON COLUMN sessions.log_messages IS NULL;
      COMMENT ON COLUMN sessions.account_protection IS NULL;
      COMMENT ON COLUMN sessions.qr_expires_at IS NULL;
      COMMENT ON COLUMN sessions.deleted_at IS NULL;
      COMMENT ON COLUMN session_events.from_status IS NULL;
      COMMENT ON COLUMN session_events.to_status IS NULL;
      COMMENT ON COLUMN session_events.raw_status IS NULL;
      COMMENT ON COLUMN session_events.reason IS NULL;
      COMMENT ON COLUMN session_events.source IS NULL;
      COMMENT ON COLUMN contact_routes.recipient IS NULL;
      COMMENT ON COLUMN contact_routes.session_id IS NULL;
    `);
  }
}
