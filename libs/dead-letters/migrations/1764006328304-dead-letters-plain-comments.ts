import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class DeadLettersPlainComments1764006328304 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN dead_letters.seen IS 'Number of times that the same content came while the letter was open.';
      COMMENT ON COLUMN dead_letters.last_seen_at IS 'Time at which it last came again; null: it came once.';
      COMMENT ON COLUMN dead_letters.kind IS 'Kind of the work that failed; its lib registers the kind.';
      COMMENT ON COLUMN dead_letters.resolved_by IS 'Name of the person or part that settled it.';
      COMMENT ON COLUMN dead_letters.resolution IS 'Words on how it was settled.';
      COMMENT ON COLUMN dead_letters.redriven_to IS 'Id of the work that a redrive made from it.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN dead_letters.seen IS 'How often the same content came while the letter was open.';
      COMMENT ON COLUMN dead_letters.last_seen_at IS 'When it came last; null: once.';
      COMMENT ON COLUMN dead_letters.kind IS 'What failed; its lib registers the kind.';
      COMMENT ON COLUMN dead_letters.resolved_by IS 'Who settled it.';
      COMMENT ON COLUMN dead_letters.resolution IS 'How it was settled, in words.';
      COMMENT ON COLUMN dead_letters.redriven_to IS 'What was made anew from it.';
    `);
  }
}
