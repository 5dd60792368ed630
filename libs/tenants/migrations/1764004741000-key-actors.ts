import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the actors that created and revoked API keys. */
export class KeyActors1764004741000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_keys ADD COLUMN created_by text, ADD COLUMN created_by_ref text, ADD COLUMN revoked_by text, ADD COLUMN revoked_by_ref text;
      COMMENT ON COLUMN api_keys.created_by IS 'Name of the actor; null: it was made before actors were stored.';
      COMMENT ON COLUMN api_keys.revoked_by IS 'Name of the actor.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE api_keys DROP COLUMN created_by, DROP COLUMN created_by_ref, DROP COLUMN revoked_by, DROP COLUMN revoked_by_ref;
    `);
  }
}
