import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class WebhooksPlainComments1764006328308 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN channels.heard_at IS 'Time of the last report on a post of the channel; null: never.';
      COMMENT ON COLUMN channels.posted_at IS 'Time at which the session itself was last seen to post; null: never seen, it may only follow.';
      COMMENT ON TABLE callback_endpoints IS 'URLs of the core application that receive callbacks.';
      COMMENT ON COLUMN callback_endpoints.types IS 'Types of events that it receives; null: all, also later ones.';
      COMMENT ON COLUMN callback_endpoints.session_ids IS 'Sessions whose events it receives; null: all.';
      COMMENT ON COLUMN callback_endpoints.alerts IS 'Reports of this failure that were made: 1 after an hour, 2 after a day, 3 at disabling.';
      COMMENT ON COLUMN callback_endpoints.turn_id IS 'Worker that calls it until turn_until: one at a time keeps rate and order.';
      COMMENT ON TABLE callback_events IS 'Events of callbacks: the same bytes to every endpoint and on every attempt. Stored only if an endpoint wants them.';
      COMMENT ON COLUMN callback_endpoints.url IS 'URL that callbacks are posted to.';
      COMMENT ON COLUMN callback_endpoints.only_actionable IS 'True when it receives only the entries that somebody should answer.';
      COMMENT ON COLUMN callback_endpoints.state IS 'State of the endpoint, which decides whether it is called.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN channels.heard_at IS 'When a post of the channel was last told; null: never.';
      COMMENT ON COLUMN channels.posted_at IS 'When the session itself was last seen posting; null: never seen, it may only follow.';
      COMMENT ON TABLE callback_endpoints IS 'URLs of the core application that are told what happens.';
      COMMENT ON COLUMN callback_endpoints.types IS 'Types of events it is told; null: all, also later ones.';
      COMMENT ON COLUMN callback_endpoints.session_ids IS 'Sessions whose events it is told; null: all.';
      COMMENT ON COLUMN callback_endpoints.alerts IS 'Of this failing: 1 told after an hour, 2 after a day, 3 at disabling.';
      COMMENT ON COLUMN callback_endpoints.turn_id IS 'Who calls it until turn_until: one at a time keeps rate and order.';
      COMMENT ON TABLE callback_events IS 'What happened, as it is told: the same bytes to every endpoint and on every attempt. Kept only if an endpoint wanted it.';
      COMMENT ON COLUMN callback_endpoints.url IS 'Where callbacks are posted to.';
      COMMENT ON COLUMN callback_endpoints.only_actionable IS 'Whether only entries are told that somebody should answer.';
      COMMENT ON COLUMN callback_endpoints.state IS 'Whether the endpoint is called.';
    `);
  }
}
