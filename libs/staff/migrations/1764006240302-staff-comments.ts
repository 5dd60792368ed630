import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Describes tables and columns of before the rule that each table is described. */
export class StaffComments1764006240302 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE staff_users IS 'People of the agency and of its clients who sign in to the panel.';
      COMMENT ON COLUMN staff_users.email IS 'Address by which the person signs in, in lower case.';
      COMMENT ON COLUMN staff_users.email_verified IS 'Whether the person proved to read mail at the address.';
      COMMENT ON COLUMN staff_users.image IS 'Not used; the sign-in library asks for it.';
      COMMENT ON COLUMN staff_users.two_factor_enabled IS 'Whether a sign-in by password asks for a code.';
      COMMENT ON COLUMN staff_users.language IS 'Language that the person chose; null: that of the browser.';
      COMMENT ON COLUMN staff_users.disabled_at IS 'Time from which on the person is kept out.';
      COMMENT ON TABLE staff_sign_ins IS 'Open sign-ins of people. Deleting a row signs the browser out.';
      COMMENT ON COLUMN staff_sign_ins.token IS 'Random token of the cookie.';
      COMMENT ON COLUMN staff_sign_ins.expires_at IS 'End of the sign-in.';
      COMMENT ON COLUMN staff_sign_ins.ip_address IS 'Client address at the sign-in.';
      COMMENT ON COLUMN staff_sign_ins.user_agent IS 'Browser at the sign-in.';
      COMMENT ON TABLE staff_accounts IS 'Ways in which a person signs in: the password, and single sign-on.';
      COMMENT ON COLUMN staff_accounts.provider_id IS 'credential for a password, or the OpenID Connect provider.';
      COMMENT ON COLUMN staff_accounts.account_id IS 'Id of the person there.';
      COMMENT ON COLUMN staff_accounts.password IS 'Argon2id hash.';
      COMMENT ON COLUMN staff_accounts.access_token IS 'Token of the OpenID Connect provider; not used after the sign-in.';
      COMMENT ON COLUMN staff_accounts.refresh_token IS 'Its refresh token, not used.';
      COMMENT ON COLUMN staff_accounts.id_token IS 'Its ID token, not used.';
      COMMENT ON COLUMN staff_accounts.access_token_expires_at IS 'End of the access token.';
      COMMENT ON COLUMN staff_accounts.refresh_token_expires_at IS 'End of the refresh token.';
      COMMENT ON COLUMN staff_accounts.scope IS 'Scopes that the provider granted.';
      COMMENT ON TABLE staff_verifications IS 'Values of the sign-in library that count for a short time, such as a sign-in that waits for its code.';
      COMMENT ON COLUMN staff_verifications.identifier IS 'What the value is for.';
      COMMENT ON COLUMN staff_verifications.value IS 'The value.';
      COMMENT ON COLUMN staff_verifications.expires_at IS 'Time from which on it counts no more.';
      COMMENT ON TABLE staff_two_factors IS 'Authenticator apps of people.';
      COMMENT ON COLUMN staff_two_factors.secret IS 'Encrypted. The key of the app.';
      COMMENT ON COLUMN staff_two_factors.backup_codes IS 'Encrypted. Recovery codes that were not used yet.';
      COMMENT ON COLUMN staff_two_factors.verified IS 'Whether a code of the app was confirmed.';
      COMMENT ON COLUMN staff_two_factors.failed_verification_count IS 'Wrong codes in a row.';
      COMMENT ON COLUMN staff_two_factors.locked_until IS 'End of the time in which codes are refused after many wrong ones.';
      COMMENT ON TABLE staff_grants IS 'Roles of people.';
      COMMENT ON COLUMN staff_grants.role IS 'Name of the role; libs/staff/src/roles.ts says what it may do.';
      COMMENT ON TABLE staff_known_networks IS 'Networks from which a person signed in lately: tries from there are counted apart, so that an attacker locks nobody out.';
      COMMENT ON COLUMN staff_known_networks.signed_in_at IS 'Time of the last sign-in from there.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE staff_users IS NULL;
      COMMENT ON COLUMN staff_users.email IS NULL;
      COMMENT ON COLUMN staff_users.email_verified IS NULL;
      COMMENT ON COLUMN staff_users.image IS NULL;
      COMMENT ON COLUMN staff_users.two_factor_enabled IS NULL;
      COMMENT ON COLUMN staff_users.language IS NULL;
      COMMENT ON COLUMN staff_users.disabled_at IS NULL;
      COMMENT ON TABLE staff_sign_ins IS NULL;
      COMMENT ON COLUMN staff_sign_ins.token IS NULL;
      COMMENT ON COLUMN staff_sign_ins.expires_at IS NULL;
      COMMENT ON COLUMN staff_sign_ins.ip_address IS NULL;
      COMMENT ON COLUMN staff_sign_ins.user_agent IS NULL;
      COMMENT ON TABLE staff_accounts IS NULL;
      COMMENT ON COLUMN staff_accounts.provider_id IS NULL;
      COMMENT ON COLUMN staff_accounts.account_id IS NULL;
      COMMENT ON COLUMN staff_accounts.password IS NULL;
      COMMENT ON COLUMN staff_accounts.access_token IS NULL;
      COMMENT ON COLUMN staff_accounts.refresh_token IS NULL;
      COMMENT ON COLUMN staff_accounts.id_token IS NULL;
      COMMENT ON COLUMN staff_accounts.access_token_expires_at IS NULL;
      COMMENT ON COLUMN staff_accounts.refresh_token_expires_at IS NULL;
      COMMENT ON COLUMN staff_accounts.scope IS NULL;
      COMMENT ON TABLE staff_verifications IS NULL;
      COMMENT ON COLUMN staff_verifications.identifier IS NULL;
      COMMENT ON COLUMN staff_verifications.value IS NULL;
      COMMENT ON COLUMN staff_verifications.expires_at IS NULL;
      COMMENT ON TABLE staff_two_factors IS NULL;
      COMMENT ON COLUMN staff_two_factors.secret IS NULL;
      COMMENT ON COLUMN staff_two_factors.backup_codes IS NULL;
      COMMENT ON COLUMN staff_two_factors.verified IS NULL;
      COMMENT ON COLUMN staff_two_factors.failed_verification_count IS NULL;
      COMMENT ON COLUMN staff_two_factors.locked_until IS NULL;
      COMMENT ON TABLE staff_grants IS NULL;
      COMMENT ON COLUMN staff_grants.role IS NULL;
      COMMENT ON TABLE staff_known_networks IS NULL;
      COMMENT ON COLUMN staff_known_networks.signed_in_at IS NULL;
    `);
  }
}
