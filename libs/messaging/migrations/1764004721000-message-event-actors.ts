import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stores the actors of changes of state made by a key or a person. */
export class MessageEventActors1764004721000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_events ADD COLUMN actor text, ADD COLUMN actor_ref text;
      COMMENT ON COLUMN message_events.actor IS 'Name of the key or person that made the change; null: the system did, as its states and cause tell.';
      COMMENT ON COLUMN message_events.actor_ref IS 'kind:id of the actor, beside its name.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_events DROP COLUMN actor, DROP COLUMN actor_ref;
    `);
  }
}
