import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class TenantsPlainComments1764006328301 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN api_keys.prefix IS 'The first characters of the secret, by which people recognise a key.';
      COMMENT ON COLUMN sessions.phone IS 'Number that is linked now, E.164, as the provider last reported it.';
      COMMENT ON COLUMN sessions.next_check_at IS 'Time at which the provider is asked for the status again; while a check runs, the time at which another process may take it over.';
      COMMENT ON COLUMN sessions.watched_at IS 'Time of the last look at the session because it had messages to send.';
      COMMENT ON COLUMN session_events.actor IS 'Name of the key or person that made the change; null: the system did, as its source shows.';
      COMMENT ON COLUMN api_keys.scopes IS 'Rights of the key.';
      COMMENT ON COLUMN sessions.log_messages IS 'True when the provider keeps a log of messages, from which unknown outcomes are settled.';
      COMMENT ON COLUMN sessions.account_protection IS 'True when the provider slows the number down by itself.';
      COMMENT ON COLUMN session_events.source IS 'Reporter of the change; decides what is believed.';
      COMMENT ON COLUMN session_events.raw_status IS 'The provider''s own spelling.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN api_keys.prefix IS 'The first characters of the secret, for people to tell keys apart.';
      COMMENT ON COLUMN sessions.phone IS 'The number linked now, E.164, as the provider last told.';
      COMMENT ON COLUMN sessions.next_check_at IS 'When the provider is asked for the status again; while a check runs, the time at which another process may take it over.';
      COMMENT ON COLUMN sessions.watched_at IS 'When the session was last looked at because it had messages to send.';
      COMMENT ON COLUMN session_events.actor IS 'Name of the key or person that made the change; null: the system did, as its source tells.';
      COMMENT ON COLUMN api_keys.scopes IS 'What the key may do.';
      COMMENT ON COLUMN sessions.log_messages IS 'Whether the provider keeps a log of messages, from which unknown outcomes are settled.';
      COMMENT ON COLUMN sessions.account_protection IS 'Whether the provider slows the number down by itself.';
      COMMENT ON COLUMN session_events.source IS 'Who reported the change; decides what is believed.';
      COMMENT ON COLUMN session_events.raw_status IS 'The providers own spelling.';
    `);
  }
}
