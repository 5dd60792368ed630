import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Functions that find messages by a part of their text. No index: one would cost every message a write, and a page examines a bounded number of rows. */
export class MessageTexts1764006328560 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // A database whose locale is C changes the case of ASCII letters alone, unless one of these collations is named.
    const [collation] = (await runner.query(
      `SELECT collname AS name FROM pg_collation WHERE collname IN ('und-x-icu', 'pg_c_utf8', 'C.utf8') ORDER BY array_position(ARRAY['pg_c_utf8', 'und-x-icu', 'C.utf8'], collname::text) LIMIT 1`,
    )) as { name: string }[];
    const lowered = collation ? ` COLLATE "${collation.name}"` : '';
    const members = ['text', 'caption', 'question', 'options', 'name', 'address', 'fileName'];
    await runner.query(`
      CREATE FUNCTION folded_text(given text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN octet_length(given) = length(given) THEN lower(given)
          ELSE lower(regexp_replace(normalize(given, NFKD), '[\\u0300-\\u036f]', '', 'g')${lowered}) END
      $$;
      COMMENT ON FUNCTION folded_text IS 'Returns a text in lower case and without accents, as texts are searched.';

      CREATE FUNCTION message_text(body jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT ${members.map((name) => `coalesce((body #>> '{content,${name}}') || E'\\n', '')`).join(' || ')}
      $$;
      COMMENT ON FUNCTION message_text IS 'Returns the texts of messages.body that a recipient reads: text, caption, poll, name and address of a card or place, name of a file.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION message_text(jsonb); DROP FUNCTION folded_text(text);`);
  }
}
