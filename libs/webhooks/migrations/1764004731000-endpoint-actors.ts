import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Actors that made and last changed endpoints. */
export class EndpointActors1764004731000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE callback_endpoints ADD COLUMN created_by text, ADD COLUMN created_by_ref text,
        ADD COLUMN changed_by text, ADD COLUMN changed_by_ref text, ADD COLUMN changed_at timestamptz;
      COMMENT ON COLUMN callback_endpoints.created_by IS 'Name of the actor; null: it was made before actors were stored.';
      COMMENT ON COLUMN callback_endpoints.changed_by IS 'Name of the actor that last set, paused, resumed or disabled it, or renewed its secret.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE callback_endpoints DROP COLUMN created_by, DROP COLUMN created_by_ref, DROP COLUMN changed_by, DROP COLUMN changed_by_ref, DROP COLUMN changed_at;
    `);
  }
}
