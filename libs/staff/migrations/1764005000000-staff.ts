import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * People of the agency, how they sign in, and what they may do. The tables of signing in (`staff_users` to `staff_two_factors`)
 * have the columns that better-auth 1.7 asks for, under our names.
 */
export class Staff1764005000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE staff_users (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        email text NOT NULL UNIQUE,
        email_verified boolean NOT NULL DEFAULT false,
        image text,
        two_factor_enabled boolean NOT NULL DEFAULT false,
        language text,
        disabled_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        updated_at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      CREATE TRIGGER staff_users_notify AFTER UPDATE OR DELETE ON staff_users FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();

      CREATE TABLE staff_sign_ins (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
        token text NOT NULL UNIQUE,
        expires_at timestamptz NOT NULL,
        ip_address text,
        user_agent text,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        updated_at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      CREATE INDEX staff_sign_ins_user_idx ON staff_sign_ins (user_id);
      CREATE TRIGGER staff_sign_ins_notify AFTER DELETE ON staff_sign_ins FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();

      CREATE TABLE staff_accounts (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
        provider_id text NOT NULL,
        account_id text NOT NULL,
        password text,
        access_token text,
        refresh_token text,
        id_token text,
        access_token_expires_at timestamptz,
        refresh_token_expires_at timestamptz,
        scope text,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        updated_at timestamptz NOT NULL DEFAULT heliograph_now(),
        UNIQUE (provider_id, account_id)
      );
      CREATE INDEX staff_accounts_user_idx ON staff_accounts (user_id);

      CREATE TABLE staff_verifications (
        id text PRIMARY KEY,
        identifier text NOT NULL,
        value text NOT NULL,
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        updated_at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      CREATE INDEX staff_verifications_identifier_idx ON staff_verifications (identifier);

      CREATE TABLE staff_two_factors (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
        secret text NOT NULL,
        backup_codes text NOT NULL,
        verified boolean,
        failed_verification_count int,
        locked_until timestamptz
      );
      CREATE INDEX staff_two_factors_user_idx ON staff_two_factors (user_id);

      CREATE TABLE staff_grants (
        id uuid PRIMARY KEY,
        user_id uuid NOT NULL REFERENCES staff_users (id) ON DELETE CASCADE,
        role text NOT NULL,
        for_tenant_id uuid,
        created_at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      CREATE UNIQUE INDEX staff_grants_uq ON staff_grants (user_id, role, coalesce(for_tenant_id, '00000000-0000-0000-0000-000000000000'));
      COMMENT ON COLUMN staff_grants.for_tenant_id IS 'The tenant the role holds for; null: all of them.';
      CREATE TRIGGER staff_grants_notify AFTER INSERT OR UPDATE OR DELETE ON staff_grants FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE staff_grants;
      DROP TABLE staff_two_factors;
      DROP TABLE staff_verifications;
      DROP TABLE staff_accounts;
      DROP TABLE staff_sign_ins;
      DROP TABLE staff_users;
    `);
  }
}
