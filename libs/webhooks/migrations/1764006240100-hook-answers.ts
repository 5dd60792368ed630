import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts how long answers to hooks take, over all api processes. */
export class HookAnswers1764006240100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE hook_answers (
        minute timestamptz PRIMARY KEY,
        durations bigint[] NOT NULL
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE hook_answers IS 'Number of hooks that were stored and answered, by minute. Processes count in memory and write every few seconds.';
      COMMENT ON COLUMN hook_answers.minute IS 'Begin of the minute in which the count was written.';
      COMMENT ON COLUMN hook_answers.durations IS 'Number of hooks by the time until the answer, one count per class of durations.ts.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE hook_answers');
  }
}
