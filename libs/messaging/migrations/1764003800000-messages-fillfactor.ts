import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Room in each page of messages for the claim's version of its rows, so that a claim writes no index. */
export class MessagesFillfactor1764003800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE messages SET (fillfactor = 50)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE messages SET (fillfactor = 85)`);
  }
}
