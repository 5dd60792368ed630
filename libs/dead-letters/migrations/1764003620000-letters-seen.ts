import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps one dead letter for repeated content. */
export class LettersSeen1764003620000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letters ADD COLUMN content_hash bytea, ADD COLUMN seen int NOT NULL DEFAULT 1, ADD COLUMN last_seen_at timestamptz;
      COMMENT ON COLUMN dead_letters.content_hash IS 'SHA-256 of what came, of kinds that come again without an id of their own.';
      COMMENT ON COLUMN dead_letters.seen IS 'How often the same content came while the letter was open.';
      COMMENT ON COLUMN dead_letters.last_seen_at IS 'When it came last; null: once.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letters DROP COLUMN content_hash, DROP COLUMN seen, DROP COLUMN last_seen_at;
    `);
  }
}
