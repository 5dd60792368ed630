import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lists of contacts, segments, and the function by which selections compare texts. */
export class ListsAndSegments1764006120000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // A database whose locale is C changes the case of ASCII letters alone, unless one of these collations is named.
    const [collation] = (await runner.query(
      `SELECT collname AS name FROM pg_collation WHERE collname IN ('und-x-icu', 'pg_c_utf8', 'C.utf8') ORDER BY array_position(ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8'], collname::text) LIMIT 1`,
    )) as { name: string }[];
    const named = collation ? ` COLLATE "${collation.name}"` : '';
    await runner.query(`
      CREATE FUNCTION selection_folded(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT lower(value${named}) $$;
      COMMENT ON FUNCTION selection_folded IS 'Returns a text as selections compare it: in lower case.';

      CREATE TABLE contact_lists (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        name text NOT NULL,
        description text,
        member_count int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        created_by text NOT NULL,
        created_by_ref text,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE contact_lists IS 'Lists of contacts that people put together.';
      COMMENT ON COLUMN contact_lists.member_count IS 'Number of rows of the list in contact_list_members; written by a trigger.';

      CREATE TABLE contact_list_members (
        tenant_id uuid NOT NULL,
        list_id uuid NOT NULL,
        contact_id uuid NOT NULL,
        added_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, list_id, contact_id)
      );
      COMMENT ON TABLE contact_list_members IS 'Contacts on lists. A merged contact leaves its lists to the one that it became.';
      CREATE INDEX contact_list_members_contact_idx ON contact_list_members (tenant_id, contact_id);

      CREATE FUNCTION contact_list_members_counted() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        sign int := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
        list record;
      BEGIN
        -- Lists are locked in the order of their ids.
        FOR list IN SELECT tenant_id, list_id, count(*) AS members FROM changed_rows GROUP BY 1, 2 ORDER BY 1, 2 LOOP
          UPDATE contact_lists SET member_count = member_count + sign * list.members WHERE tenant_id = list.tenant_id AND id = list.list_id;
        END LOOP;
        RETURN NULL;
      END $$;
      CREATE TRIGGER contact_list_members_added AFTER INSERT ON contact_list_members REFERENCING NEW TABLE AS changed_rows
        FOR EACH STATEMENT EXECUTE FUNCTION contact_list_members_counted();
      CREATE TRIGGER contact_list_members_removed AFTER DELETE ON contact_list_members REFERENCING OLD TABLE AS changed_rows
        FOR EACH STATEMENT EXECUTE FUNCTION contact_list_members_counted();

      CREATE TABLE segments (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        version int NOT NULL DEFAULT 1,
        name text NOT NULL,
        description text,
        tree jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT heliograph_now(),
        created_by text NOT NULL,
        created_by_ref text,
        updated_at timestamptz NOT NULL DEFAULT heliograph_now(),
        updated_by text NOT NULL,
        updated_by_ref text,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE segments IS 'Selections of contacts with a name. Whoever matches the rules when somebody looks is in the segment.';
      COMMENT ON COLUMN segments.tree IS 'Rules and groups of rules: {combinator, not, rules}.';
      COMMENT ON COLUMN segments.version IS 'Number of changes, from 1 on.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['contact_lists', 'contact_list_members', 'segments']) t;
      SELECT heliograph_audit_table('contact_lists', 'contact_list', 'id', ARRAY['name', 'description', 'member_count'], '{}', 'INSERT OR UPDATE OR DELETE', 'asked');
      SELECT heliograph_audit_table('segments', 'segment', 'id', ARRAY['name', 'description', 'tree'], '{}', 'INSERT OR UPDATE OR DELETE', 'asked');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE segments, contact_list_members, contact_lists;
      DROP FUNCTION contact_list_members_counted();
      DROP FUNCTION selection_folded(text);
    `);
  }
}
