import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a process notice that a key of KEYRING is another one than the key of the same id that sealed the secrets. */
export class KeyringKeys1764006328621 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE keyring_keys (
        id text PRIMARY KEY,
        proof text NOT NULL,
        first_used_at timestamptz NOT NULL DEFAULT heliograph_now()
      );
      COMMENT ON TABLE keyring_keys IS 'Keys of KEYRING that have sealed secrets of this database.';
      COMMENT ON COLUMN keyring_keys.id IS 'Id of the key in KEYRING.';
      COMMENT ON COLUMN keyring_keys.proof IS 'A constant that the key sealed. Only the same key opens it.';
      COMMENT ON COLUMN keyring_keys.first_used_at IS 'Start of the first process whose first key it was.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE keyring_keys');
  }
}
