import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class IngestionPlainComments1764006328307 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE event_rules IS 'Messages and other consequences of events: the version that counts now.';
      COMMENT ON TABLE events IS 'Events that the core application reported, each once.';
      COMMENT ON COLUMN events.results IS 'Result of each rule.';
      COMMENT ON COLUMN broker_poison.natural_key IS 'Key by which the broker knows the message, so that a redelivery is stored once.';
      COMMENT ON COLUMN broker_poison.again_at IS 'Time at which it is tried again; null: it waits for a person.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE event_rules IS 'What follows from events: the version that counts now.';
      COMMENT ON TABLE events IS 'What the core application said happened, each once.';
      COMMENT ON COLUMN events.results IS 'What each rule made of it.';
      COMMENT ON COLUMN broker_poison.natural_key IS 'What the broker knows the message by, so that a redelivery is kept once.';
      COMMENT ON COLUMN broker_poison.again_at IS 'When it is taken up again; null: it waits for a person.';
    `);
  }
}
