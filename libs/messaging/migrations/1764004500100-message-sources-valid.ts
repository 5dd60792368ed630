import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Checks the rows older than the constraint, in a migration of its own, since this reads the table while others write to it. */
export class MessageSourcesValid1764004500100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE messages VALIDATE CONSTRAINT messages_body_or_source`);
  }

  /** Nothing: the constraint goes with the migration before. */
  async down(): Promise<void> {}
}
