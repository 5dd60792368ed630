import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit log: entries, the chain that seals them, and the functions that write entries in the transaction of a change. */
export class Audit1764006010000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        for_tenant_id uuid,
        actor_kind text NOT NULL,
        actor_id text,
        actor_name text NOT NULL,
        action text NOT NULL,
        subject_kind text,
        subject_id text,
        subject_name text,
        changes jsonb NOT NULL DEFAULT '[]',
        details jsonb,
        address text,
        request_id text
      );
      COMMENT ON TABLE audit_log IS 'One row for every change by a key, a person or the system, written in the transaction of the change. Append-only.';
      COMMENT ON COLUMN audit_log.for_tenant_id IS 'Tenant that the change belongs to; null: the installation.';
      COMMENT ON COLUMN audit_log.action IS 'Stable name of subject and past verb, such as session.paused.';
      COMMENT ON COLUMN audit_log.changes IS 'Rows that changed: kind, id, name, and the changed fields before and after. Secrets are named, never shown.';
      CREATE INDEX audit_log_tenant_idx ON audit_log (for_tenant_id, id DESC);
      CREATE INDEX audit_log_subject_idx ON audit_log (subject_kind, subject_id, id DESC);
      CREATE INDEX audit_log_actor_idx ON audit_log (actor_id, id DESC);
      CREATE INDEX audit_log_action_idx ON audit_log (action, id DESC);
      CREATE INDEX audit_log_at_idx ON audit_log (at);

      CREATE TABLE audit_pending (entry_id bigint PRIMARY KEY);
      COMMENT ON TABLE audit_pending IS 'Entries that are not in the chain yet.';

      CREATE TABLE audit_chain (
        seq bigint PRIMARY KEY,
        entry_id bigint NOT NULL UNIQUE,
        hash bytea NOT NULL,
        sealed_at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      COMMENT ON TABLE audit_chain IS 'Entries in the order in which they were sealed. A hash covers the entry and the hash before it.';

      CREATE TABLE audit_chain_ends (
        name text PRIMARY KEY CHECK (name IN ('base', 'head')),
        seq bigint NOT NULL,
        hash bytea NOT NULL,
        seal text NOT NULL,
        at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      COMMENT ON TABLE audit_chain_ends IS 'Ends of the chain. head: its last entry. base: the last entry that was purged by age; the chain continues from its hash.';
      COMMENT ON COLUMN audit_chain_ends.seal IS 'Number and hash of the end, sealed under KEYRING, so that access to the database alone cannot move it.';

      CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT 1 FROM audit_chain c JOIN audit_chain_ends e ON e.name = 'base' AND c.seq <= e.seq WHERE c.entry_id = OLD.id) THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE FUNCTION audit_chain_stays() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF EXISTS (SELECT 1 FROM audit_chain_ends WHERE name = 'base' AND OLD.seq <= seq)
          AND NOT EXISTS (SELECT 1 FROM audit_log WHERE id = OLD.entry_id) THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'restrict_violation';
      END $$;
      CREATE FUNCTION audit_ends_advance() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND (NEW.name <> OLD.name OR NEW.seq < OLD.seq)) THEN
          RAISE EXCEPTION 'the ends of the audit chain only advance' USING ERRCODE = 'restrict_violation';
        END IF;
        IF NEW.name = 'base' AND (TG_OP = 'INSERT' OR NEW.seq > OLD.seq) AND NOT EXISTS (
          SELECT 1 FROM audit_chain c JOIN audit_log l ON l.id = c.entry_id
          WHERE c.seq = NEW.seq AND c.hash = NEW.hash AND l.at < heliograph_now() - interval '30 days') THEN
          RAISE EXCEPTION 'entries of the last 30 days are not purged' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
      END $$;
      CREATE TRIGGER audit_log_stays BEFORE UPDATE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
      CREATE TRIGGER audit_log_entries_stay BEFORE DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_entries_stay();
      CREATE TRIGGER audit_chain_stays BEFORE UPDATE OR TRUNCATE ON audit_chain FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();
      CREATE TRIGGER audit_chain_links_stay BEFORE DELETE ON audit_chain FOR EACH ROW EXECUTE FUNCTION audit_chain_stays();
      CREATE TRIGGER audit_chain_ends_advance BEFORE INSERT OR UPDATE OR DELETE ON audit_chain_ends FOR EACH ROW EXECUTE FUNCTION audit_ends_advance();
      CREATE TRIGGER audit_chain_ends_stay BEFORE TRUNCATE ON audit_chain_ends FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

      CREATE FUNCTION audit_entry_waits() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO audit_pending (entry_id) VALUES (NEW.id);
        RETURN NULL;
      END $$;
      CREATE TRIGGER audit_log_waits AFTER INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION audit_entry_waits();

      CREATE FUNCTION heliograph_audit_insert(act jsonb, changed jsonb) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE
        subject jsonb := coalesce((SELECT c FROM jsonb_array_elements(changed) WITH ORDINALITY AS x(c, i)
          WHERE c->>'kind' = coalesce(act->>'subject_kind', changed->0->>'kind') AND (act->>'subject_id' IS NULL OR c->>'id' = act->>'subject_id') ORDER BY i LIMIT 1), '{}');
        owner uuid := coalesce(act->>'tenant_id', subject->>'tenant_id', changed->0->>'tenant_id')::uuid;
      BEGIN
        INSERT INTO audit_log (for_tenant_id, actor_kind, actor_id, actor_name, action, subject_kind, subject_id, subject_name, changes, details, address, request_id)
        VALUES (
          owner,
          coalesce(act->>'actor_kind', 'system'),
          coalesce(act->>'actor_id', CASE WHEN act->>'actor_name' IS NOT NULL THEN NULL WHEN current_setting('application_name') LIKE 'heliograph%' THEN 'heliograph' ELSE 'database' END),
          coalesce(act->>'actor_name', nullif(current_setting('application_name'), ''), 'database'),
          coalesce(act->>'action', (subject->>'kind') || '.' || (subject->>'verb'), 'unknown'),
          coalesce(act->>'subject_kind', subject->>'kind'),
          coalesce(act->>'subject_id', subject->>'id'),
          coalesce(act->>'subject_name', subject->>'name'),
          coalesce((SELECT jsonb_agg(c - 'tenant_id' - 'verb' ORDER BY i) FROM jsonb_array_elements(changed) WITH ORDINALITY AS x(c, i)), '[]'),
          nullif(act->'details', 'null'),
          act->>'address',
          act->>'request_id');
      END $$;

      CREATE FUNCTION heliograph_audit_write(context text, only_changes boolean) RETURNS boolean
      LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
      DECLARE
        changed jsonb := coalesce(nullif(current_setting('heliograph.audit_changes', true), ''), '[]')::jsonb;
      BEGIN
        IF only_changes AND changed = '[]' OR pg_current_xact_id_if_assigned() IS NULL THEN RETURN false; END IF;
        PERFORM heliograph_audit_insert(context::jsonb, changed);
        RETURN true;
      END $$;
      COMMENT ON FUNCTION heliograph_audit_write(text, boolean) IS 'Writes the entry of an act with all audited changes of this transaction. Writes none in a transaction that wrote nothing.';

      CREATE FUNCTION heliograph_audited() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
      DECLARE
        act jsonb := nullif(current_setting('heliograph.audit', true), '')::jsonb;
        kind text := TG_ARGV[0];
        shown text[] := TG_ARGV[2]::text[];
        hidden text[] := TG_ARGV[3]::text[];
        o jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
        n jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
        this jsonb := CASE WHEN TG_OP = 'DELETE' THEN o ELSE n END;
        before jsonb := '{}';
        after jsonb := '{}';
        change jsonb;
        field text;
        seen jsonb;
      BEGIN
        IF act IS NULL AND TG_ARGV[4] = 'asked' THEN RETURN NULL; END IF;
        FOREACH field IN ARRAY shown || hidden LOOP
          IF coalesce(o->field, 'null') IS DISTINCT FROM coalesce(n->field, 'null') THEN
            before := before || jsonb_build_object(field, CASE WHEN coalesce(o->field, 'null') = 'null' THEN 'null'
              WHEN field = ANY (hidden) THEN '"(secret)"' WHEN length((o->field)::text) > 4000 THEN to_jsonb(left((o->field)::text, 200) || '…') ELSE o->field END);
            after := after || jsonb_build_object(field, CASE WHEN coalesce(n->field, 'null') = 'null' THEN 'null'
              WHEN field = ANY (hidden) THEN '"(secret)"' WHEN length((n->field)::text) > 4000 THEN to_jsonb(left((n->field)::text, 200) || '…') ELSE n->field END);
          END IF;
        END LOOP;
        IF TG_OP = 'UPDATE' AND before = '{}' THEN RETURN NULL; END IF;
        change := jsonb_build_object('kind', kind, 'id', this->>TG_ARGV[1], 'name', this->>'name',
          'tenant_id', CASE WHEN kind = 'tenant' THEN this->>'id' ELSE coalesce(this->>'tenant_id', this->>'for_tenant_id') END,
          -- A row that belongs to the subject, such as a role of a person, is not the subject.
          'verb', CASE WHEN right(TG_ARGV[1], 3) = '_id' THEN 'changed' WHEN TG_OP = 'INSERT' THEN 'created' WHEN TG_OP = 'DELETE' OR jsonb_typeof(after->'deleted_at') = 'string' THEN 'deleted'
            WHEN jsonb_typeof(after->'revoked_at') = 'string' THEN 'revoked'
            WHEN after ? 'suspended_at' THEN CASE jsonb_typeof(after->'suspended_at') WHEN 'string' THEN 'suspended' ELSE 'resumed' END
            WHEN after ? 'paused_at' THEN CASE jsonb_typeof(after->'paused_at') WHEN 'string' THEN 'paused' ELSE 'resumed' END
            WHEN after->>'state' IN ('paused', 'disabled', 'deleted', 'cancelled') THEN after->>'state'
            WHEN after ? 'state' THEN 'resumed' ELSE 'changed' END,
          'before', CASE WHEN TG_OP <> 'INSERT' THEN before END, 'after', CASE WHEN TG_OP <> 'DELETE' THEN after END);
        IF act->>'mode' = 'once' THEN
          seen := coalesce(nullif(current_setting('heliograph.audit_changes', true), ''), '[]')::jsonb;
          IF jsonb_array_length(seen) < 100 THEN PERFORM set_config('heliograph.audit_changes', (seen || change)::text, true); END IF;
        ELSE
          PERFORM heliograph_audit_insert(coalesce(act, '{}'), jsonb_build_array(change));
        END IF;
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION heliograph_audited() IS 'AFTER ROW trigger of audited tables: collects the changed fields for the act of the transaction. Without an act it leaves an entry of its own.';

      CREATE FUNCTION heliograph_audited_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
      DECLARE
        act jsonb := coalesce(nullif(current_setting('heliograph.audit', true), '')::jsonb, '{}');
        count bigint := (SELECT count(*) FROM changed_rows);
      BEGIN
        IF count = 0 OR act->>'mode' = 'once' THEN RETURN NULL; END IF;
        PERFORM heliograph_audit_insert(act || jsonb_build_object('action', coalesce(act->>'action', TG_ARGV[0] || '.' || TG_ARGV[1]),
          'subject_kind', TG_ARGV[0], 'details', jsonb_build_object('count', count)), '[]');
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION heliograph_audited_rows() IS 'AFTER STATEMENT trigger of tables that change by many rows: outside of a request it leaves one entry with the number of changed rows. The transition table must be named changed_rows.';

      CREATE FUNCTION heliograph_audit_table(audited regclass, kind text, id_column text, shown text[], hidden text[] DEFAULT '{}', events text DEFAULT 'INSERT OR UPDATE OR DELETE', mode text DEFAULT 'always')
      RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        EXECUTE format('CREATE TRIGGER audited AFTER %s ON %s FOR EACH ROW EXECUTE FUNCTION heliograph_audited(%L, %L, %L, %L, %L)',
          replace(events, 'UPDATE', 'UPDATE OF ' || (SELECT string_agg(quote_ident(c), ', ') FROM unnest(shown || hidden) c)),
          audited, kind, id_column, shown, hidden, mode);
      END $$;
      COMMENT ON FUNCTION heliograph_audit_table(regclass, text, text, text[], text[], text, text) IS
        'Audits a table: changes of the shown columns with their values, changes of the hidden ones by name. Mode asked: only within an act.';

      SELECT heliograph_audit_table('staff_users', 'person', 'id', ARRAY['name', 'email', 'disabled_at']);
      SELECT heliograph_audit_table('staff_grants', 'person', 'user_id', ARRAY['role', 'for_tenant_id']);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited ON staff_grants;
      DROP TRIGGER audited ON staff_users;
      DROP FUNCTION heliograph_audit_table(regclass, text, text, text[], text[], text, text);
      DROP FUNCTION heliograph_audited_rows();
      DROP FUNCTION heliograph_audited();
      DROP FUNCTION heliograph_audit_write(text, boolean);
      DROP FUNCTION heliograph_audit_insert(jsonb, jsonb);
      DROP TABLE audit_chain_ends, audit_chain, audit_pending, audit_log;
      DROP FUNCTION audit_entry_waits();
      DROP FUNCTION audit_ends_advance();
      DROP FUNCTION audit_chain_stays();
      DROP FUNCTION audit_entries_stay();
      DROP FUNCTION audit_stays();
    `);
  }
}
