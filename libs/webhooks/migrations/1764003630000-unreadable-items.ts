import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Items of hooks that could not be read. */
export class UnreadableItems1764003630000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE hook_inbox ADD COLUMN unreadable jsonb;
      COMMENT ON COLUMN hook_inbox.unreadable IS 'Part of the outcome: items that could not be read, by reason. Null: none.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE hook_inbox DROP COLUMN unreadable`);
  }
}
