import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets the messages of a group get other windows while none of them is sent. */
export class RefittingGroups1764006230100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_groups ADD COLUMN is_refitting boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN message_groups.is_refitting IS 'True while its waiting messages get other windows: claims take none of them until all have theirs.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE message_groups DROP COLUMN is_refitting');
  }
}
