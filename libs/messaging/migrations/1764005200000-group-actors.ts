import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Actors that paused, resumed and cancelled groups. */
export class GroupActors1764005200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_groups ADD COLUMN state_changed_by text, ADD COLUMN state_changed_by_ref text, ADD COLUMN state_changed_at timestamptz;
      COMMENT ON COLUMN message_groups.state_changed_by IS
        'Name of the actor that paused, resumed or cancelled it last; null: nobody did, or before actors were stored. A cancellation stays the last.';
      COMMENT ON COLUMN message_groups.state_changed_by_ref IS 'kind:id of the actor, beside its name.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_groups DROP COLUMN state_changed_by, DROP COLUMN state_changed_by_ref, DROP COLUMN state_changed_at;
    `);
  }
}
