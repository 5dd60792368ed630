import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets the groups of campaigns say that their messages need a consent, which a redrive asks again. */
export class GroupsThatNeedConsent1764006328570 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE message_groups ADD COLUMN needs_consent boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN message_groups.needs_consent IS 'True: a message that failed, or whose outcome is unknown, is not sent again to a person without a marketing consent.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE message_groups DROP COLUMN needs_consent`);
  }
}
