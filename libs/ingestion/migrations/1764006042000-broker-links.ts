import type { MigrationInterface, QueryRunner } from 'typeorm';

/** State of brokers, as workers report it. */
export class BrokerLinks1764006042000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE broker_links (
        source text NOT NULL,
        worker_id uuid NOT NULL,
        worker text NOT NULL,
        kind text NOT NULL,
        tenant_id uuid,
        target text NOT NULL,
        is_up boolean NOT NULL,
        since timestamptz NOT NULL,
        error text,
        lag bigint,
        stored bigint NOT NULL,
        repeated bigint NOT NULL,
        poison bigint NOT NULL,
        set_aside bigint NOT NULL,
        last_message_at timestamptz,
        started_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (source, worker_id)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE broker_links IS 'Connections of workers to brokers. Workers renew their rows every few seconds; an old row belongs to a process that is gone.';
      COMMENT ON COLUMN broker_links.tenant_id IS 'Tenant of all messages of the source; null: each message names its own.';
      COMMENT ON COLUMN broker_links.target IS 'Queue or topics, without credentials.';
      COMMENT ON COLUMN broker_links.lag IS 'Number of waiting messages that this worker sees; null: unknown.';
      COMMENT ON COLUMN broker_links.stored IS 'Number of messages stored since started_at; the other counts begin then, too.';
      SELECT heliograph_protect('broker_links'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE broker_links');
  }
}
