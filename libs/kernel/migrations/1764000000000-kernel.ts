import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the clock that decides, row level security for tenants, and change notifications. */
export class Kernel1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION heliograph_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT statement_timestamp() $$;
      COMMENT ON FUNCTION heliograph_now() IS 'The only clock that decides anything. Tests replace it with one that has an offset.';

      -- The role belongs to the cluster: another database, or an administrator where this user may make none, may have made it.
      DO $$ BEGIN
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'heliograph_tenant') THEN
          CREATE ROLE heliograph_tenant NOLOGIN NOBYPASSRLS;
        END IF;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- made in between
      END $$;
      DO $$ BEGIN
        BEGIN
          EXECUTE format('GRANT heliograph_tenant TO %I', current_user);
        EXCEPTION WHEN insufficient_privilege THEN -- an administrator's to give; all is well where that was done
          IF NOT pg_has_role(current_user, 'heliograph_tenant', 'MEMBER') THEN RAISE; END IF;
        END;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO heliograph_tenant', current_schema());
      END $$;

      CREATE FUNCTION heliograph_protect(protected regclass) RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO heliograph_tenant', protected);
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', protected);
        EXECUTE format('CREATE POLICY tenant_wall ON %s TO heliograph_tenant USING (tenant_id = nullif(current_setting(''heliograph.tenant_id'', true), '''')::uuid)', protected);
      END $$;
      COMMENT ON FUNCTION heliograph_protect(regclass) IS 'Lets the tenant role see only rows of the tenant set in heliograph.tenant_id; with none set, no row.';

      CREATE FUNCTION heliograph_notify_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('heliograph_changes', TG_TABLE_NAME || ':' || CASE WHEN TG_OP = 'DELETE' THEN OLD.id ELSE NEW.id END);
        RETURN NULL;
      END $$;

      CREATE UNLOGGED TABLE throttle_counters (key text PRIMARY KEY, window_start float8 NOT NULL, hits int NOT NULL) WITH (fillfactor = 50);
      COMMENT ON TABLE throttle_counters IS 'Requests per API key or address in the current window, over all processes. Losing it in a crash costs one window.';

      COMMENT ON FUNCTION heliograph_notify_change() IS 'AFTER ROW trigger of tables that processes keep in memory: tells them which row changed, at commit.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    // The role stays: it belongs to the cluster, and other databases may use it.
    await runner.query(`
      DROP TABLE throttle_counters;
      DROP FUNCTION heliograph_notify_change();
      DROP FUNCTION heliograph_protect(regclass);
      DROP FUNCTION heliograph_now();
      DO $$ BEGIN EXECUTE format('REVOKE USAGE ON SCHEMA %I FROM heliograph_tenant', current_schema()); END $$;
    `);
  }
}
