import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids of actors beside their names, in the histories of contacts. */
export class ContactActors1764004700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_changes ADD COLUMN actor_ref text;
      ALTER TABLE consents ADD COLUMN actor_ref text;
      ALTER TABLE suppressions ADD COLUMN actor_ref text;
      ALTER TABLE contact_edits ADD COLUMN actor_ref text, ADD COLUMN undo_actor_ref text;
      ALTER TABLE opt_out_reviews ADD COLUMN decided_by_ref text;
      COMMENT ON COLUMN contact_changes.actor_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
      COMMENT ON COLUMN consents.actor_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
      COMMENT ON COLUMN suppressions.actor_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
      COMMENT ON COLUMN contact_edits.actor_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
      COMMENT ON COLUMN contact_edits.undo_actor_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
      COMMENT ON COLUMN opt_out_reviews.decided_by_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
      COMMENT ON COLUMN opt_out_reviews.decided_by IS 'Name of the actor.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_changes DROP COLUMN actor_ref;
      ALTER TABLE consents DROP COLUMN actor_ref;
      ALTER TABLE suppressions DROP COLUMN actor_ref;
      ALTER TABLE contact_edits DROP COLUMN actor_ref, DROP COLUMN undo_actor_ref;
      ALTER TABLE opt_out_reviews DROP COLUMN decided_by_ref;
      COMMENT ON COLUMN opt_out_reviews.decided_by IS 'The API key''s name; contact: they said so themselves.';
    `);
  }
}
