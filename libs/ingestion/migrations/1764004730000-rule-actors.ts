import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids of the actors of versions of event rules beside their names. */
export class RuleActors1764004730000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE event_rule_versions ADD COLUMN actor_ref text;
      COMMENT ON COLUMN event_rule_versions.actor_ref IS 'kind:id of the actor, beside its name; null: stored before ids were.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE event_rule_versions DROP COLUMN actor_ref;
    `);
  }
}
