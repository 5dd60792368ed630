import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Describes tables and columns of before the rule that each table is described. */
export class DeadLettersComments1764006240305 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE dead_letters IS 'Things that need a person: messages, hooks, events, callbacks and broker messages that the machine gave up on.';
      COMMENT ON COLUMN dead_letters.kind IS 'What failed; its lib registers the kind.';
      COMMENT ON COLUMN dead_letters.subject_id IS 'Id of what failed.';
      COMMENT ON COLUMN dead_letters.session_id IS 'The session it concerns.';
      COMMENT ON COLUMN dead_letters.group_id IS 'The group it concerns.';
      COMMENT ON COLUMN dead_letters.cause IS 'Why, as a code of the reason catalogue.';
      COMMENT ON COLUMN dead_letters.detail IS 'More about the cause.';
      COMMENT ON COLUMN dead_letters.state IS 'open until somebody redrives or discards it, or it settles itself.';
      COMMENT ON COLUMN dead_letters.resolved_at IS 'Time at which it was settled.';
      COMMENT ON COLUMN dead_letters.resolved_by IS 'Who settled it.';
      COMMENT ON COLUMN dead_letters.resolution IS 'How it was settled, in words.';
      COMMENT ON COLUMN dead_letters.redriven_to IS 'What was made anew from it.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE dead_letters IS NULL;
      COMMENT ON COLUMN dead_letters.kind IS NULL;
      COMMENT ON COLUMN dead_letters.subject_id IS NULL;
      COMMENT ON COLUMN dead_letters.session_id IS NULL;
      COMMENT ON COLUMN dead_letters.group_id IS NULL;
      COMMENT ON COLUMN dead_letters.cause IS NULL;
      COMMENT ON COLUMN dead_letters.detail IS NULL;
      COMMENT ON COLUMN dead_letters.state IS NULL;
      COMMENT ON COLUMN dead_letters.resolved_at IS NULL;
      COMMENT ON COLUMN dead_letters.resolved_by IS NULL;
      COMMENT ON COLUMN dead_letters.resolution IS NULL;
      COMMENT ON COLUMN dead_letters.redriven_to IS NULL;
    `);
  }
}
