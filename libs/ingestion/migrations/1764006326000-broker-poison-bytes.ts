import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Bodies of broker messages that are not text. */
export class BrokerPoisonBytes1764006326000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE broker_poison ADD COLUMN bytes bytea;
      COMMENT ON COLUMN broker_poison.bytes IS 'The body as received where it is not valid UTF-8 text, which body then only resembles; null: it is body.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE broker_poison DROP COLUMN bytes');
  }
}
