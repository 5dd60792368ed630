import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Leaves room in each page of messages for the row version of the claim, so that a claim writes no index. */
export class MessagesFillfactor1764003800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE messages SET (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE messages SET (fillfactor = 85)`);
  }
}
