import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The log's list of what was delivered does not go through all that waits. */
export class CallbackLog1764001460000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE INDEX callbacks_delivered_idx ON callbacks (endpoint_id, event_id) WHERE state = 'delivered'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX callbacks_delivered_idx');
  }
}
