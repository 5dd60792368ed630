import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids of the actors of answers beside their names. */
export class EntryActors1764004710000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE entries ADD COLUMN actor_ref text;
      COMMENT ON COLUMN entries.actor_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE entries DROP COLUMN actor_ref;
    `);
  }
}
