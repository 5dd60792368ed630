import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Drops the list of kinds: their owners declare kinds in code, so that a new kind needs no migration of this table. */
export class LetterKinds1764004100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_kind_check`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM dead_letters WHERE kind NOT IN ('message', 'hook', 'callback', 'event', 'broker');
      ALTER TABLE dead_letters ADD CONSTRAINT dead_letters_kind_check CHECK (kind IN ('message', 'hook', 'callback', 'event', 'broker'));
    `);
  }
}
