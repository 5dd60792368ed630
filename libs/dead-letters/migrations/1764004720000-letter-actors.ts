import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stores the ids of actors who decided about dead letters, beside their names. */
export class LetterActors1764004720000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letters ADD COLUMN resolved_by_ref text;
      COMMENT ON COLUMN dead_letters.resolved_by_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letters DROP COLUMN resolved_by_ref;
    `);
  }
}
