import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Broker messages that could not be stored. */
export class BrokerPoison1764001450000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE broker_poison (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        source text NOT NULL,
        natural_key text NOT NULL,
        content_type text,
        headers jsonb NOT NULL,
        body text NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        again_at timestamptz,
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE broker_poison IS 'Messages of brokers that could not be taken, as they came; each has a dead letter of kind broker, or waits for again_at.';
      COMMENT ON COLUMN broker_poison.natural_key IS 'What the broker knows the message by, so that a redelivery is kept once.';
      COMMENT ON COLUMN broker_poison.again_at IS 'When it is taken up again; null: it waits for a person.';
      CREATE UNIQUE INDEX broker_poison_natural_key_uq ON broker_poison (tenant_id, source, natural_key);
      CREATE INDEX broker_poison_again_idx ON broker_poison (again_at) WHERE again_at IS NOT NULL;
      SELECT heliograph_protect('broker_poison'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE broker_poison');
  }
}
