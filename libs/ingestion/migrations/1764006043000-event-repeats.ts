import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Repeats of events that were stored before. */
export class EventRepeats1764006043000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE events ADD COLUMN repeats int NOT NULL DEFAULT 0, ADD COLUMN last_repeat_at timestamptz;
      COMMENT ON COLUMN events.repeats IS 'Number of times the event was sent again after it was stored; written a moment later.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE events DROP COLUMN repeats, DROP COLUMN last_repeat_at');
  }
}
