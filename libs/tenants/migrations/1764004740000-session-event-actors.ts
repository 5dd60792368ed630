import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the actors of session changes that a key or a person made. */
export class SessionEventActors1764004740000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE session_events ADD COLUMN actor text, ADD COLUMN actor_ref text;
      COMMENT ON COLUMN session_events.actor IS 'Name of the key or person that made the change; null: the system did, as its source tells.';
      COMMENT ON COLUMN session_events.actor_ref IS 'kind:id of the actor, beside its name.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE session_events DROP COLUMN actor, DROP COLUMN actor_ref;
    `);
  }
}
