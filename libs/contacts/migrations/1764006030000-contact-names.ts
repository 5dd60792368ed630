import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes contacts by the words of their names. The next migration enters the contacts that exist already. */
export class ContactNames1764006030000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // A database whose locale is C changes the case of ASCII letters alone, unless one of these collations is named.
    const [collation] = (await runner.query(
      `SELECT collname AS name FROM pg_collation WHERE collname IN ('und-x-icu', 'pg_c_utf8', 'C.utf8') ORDER BY array_position(ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8'], collname::text) LIMIT 1`,
    )) as { name: string }[];
    const lowered = collation ? ` COLLATE "${collation.name}"` : '';
    await runner.query(`
      CREATE FUNCTION contact_name_words(name text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT DISTINCT left(w, 64) FROM (
          SELECT w FROM regexp_split_to_table(lower(regexp_replace(normalize(left(name, 255), NFKD), '[\\u0300-\\u036f]', '', 'g')${lowered}),
            '[[:space:][:punct:]\\u200b-\\u200f\\u202a-\\u202e\\u2066-\\u2069]+') w WHERE w <> '' LIMIT 12) words
      $$;
      COMMENT ON FUNCTION contact_name_words IS 'Returns the words of a name in lower case and without accents, as names are compared.';

      CREATE TABLE contact_names (
        tenant_id uuid NOT NULL,
        word text COLLATE "C" NOT NULL,
        contact_id uuid NOT NULL,
        PRIMARY KEY (tenant_id, word, contact_id)
      );
      COMMENT ON TABLE contact_names IS 'Words of contacts.name for contacts that were not merged; written by a trigger.';
      CREATE FUNCTION contacts_named() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND OLD.name IS NOT NULL THEN
          DELETE FROM contact_names WHERE tenant_id = OLD.tenant_id AND contact_id = OLD.id AND word IN (SELECT contact_name_words(OLD.name));
        END IF;
        IF NEW.merged_into IS NULL AND NEW.name IS NOT NULL THEN
          INSERT INTO contact_names (tenant_id, word, contact_id) SELECT NEW.tenant_id, w, NEW.id FROM contact_name_words(NEW.name) w ON CONFLICT DO NOTHING;
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER contacts_made_named AFTER INSERT ON contacts FOR EACH ROW WHEN (NEW.name IS NOT NULL) EXECUTE FUNCTION contacts_named();
      CREATE TRIGGER contacts_named AFTER UPDATE ON contacts FOR EACH ROW
        WHEN (OLD.name IS DISTINCT FROM NEW.name OR (OLD.merged_into IS NULL) <> (NEW.merged_into IS NULL)) EXECUTE FUNCTION contacts_named();

      SELECT heliograph_protect('contact_names'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER contacts_named ON contacts;
      DROP TRIGGER contacts_made_named ON contacts;
      DROP FUNCTION contacts_named();
      DROP TABLE contact_names;
      DROP FUNCTION contact_name_words(text);
    `);
  }
}
