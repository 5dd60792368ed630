import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Describes tables and columns of before the rule that each table is described. */
export class WebhooksComments1764006240306 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN callback_endpoints.url IS 'Where callbacks are posted to.';
      COMMENT ON COLUMN callback_endpoints.only_actionable IS 'Whether only entries are told that somebody should answer.';
      COMMENT ON COLUMN callback_endpoints.previous_secret IS 'Sealed. The secret before a rotation.';
      COMMENT ON COLUMN callback_endpoints.previous_secret_until IS 'End of the time in which calls are signed with both.';
      COMMENT ON COLUMN callback_endpoints.batch_size IS 'Events in one POST.';
      COMMENT ON COLUMN callback_endpoints.concurrency IS 'Most calls that are open at a time.';
      COMMENT ON COLUMN callback_endpoints.state IS 'Whether the endpoint is called.';
      COMMENT ON COLUMN callback_endpoints.disabled_reason IS 'Why it was disabled.';
      COMMENT ON COLUMN callback_endpoints.failing_since IS 'Time of the first of the consecutive failures.';
      COMMENT ON COLUMN callback_endpoints.turn_until IS 'End of the lease of the worker that calls it.';
      COMMENT ON COLUMN callback_events.type IS 'Name of what happened.';
      COMMENT ON COLUMN callback_events.session_id IS 'The session it happened on.';
      COMMENT ON COLUMN callback_events.at IS 'Time at which it happened.';
      COMMENT ON COLUMN callback_events.body IS 'JSON that is posted.';
      COMMENT ON COLUMN callbacks.seq IS 'Order of arrival.';
      COMMENT ON COLUMN callbacks.state IS 'pending until it is delivered or given up.';
      COMMENT ON COLUMN callbacks.attempts IS 'Calls so far.';
      COMMENT ON COLUMN callbacks.next_attempt_at IS 'Earliest time of the next call.';
      COMMENT ON COLUMN callbacks.settled_at IS 'Time at which it was delivered or given up.';
      COMMENT ON COLUMN callbacks.last_status IS 'HTTP status of the last answer.';
      COMMENT ON COLUMN callbacks.last_reason IS 'Why the last call does not count as delivered.';
      COMMENT ON TABLE callback_attempts IS 'Calls of endpoints, each with what was answered.';
      COMMENT ON COLUMN callback_attempts.at IS 'Time of the call.';
      COMMENT ON COLUMN callback_attempts.attempt IS 'Number of the call, from 1.';
      COMMENT ON COLUMN callback_attempts.batch_id IS 'The POST that it was part of.';
      COMMENT ON COLUMN callback_attempts.status IS 'HTTP status; null: no answer.';
      COMMENT ON COLUMN callback_attempts.duration_ms IS 'Time until the answer, in ms.';
      COMMENT ON COLUMN hook_inbox.session_id IS 'The session whose token the hook came with.';
      COMMENT ON COLUMN hook_inbox.received_at IS 'Time at which it was stored.';
      COMMENT ON COLUMN hook_inbox.body IS 'Body as received, without secrets.';
      COMMENT ON COLUMN hook_inbox.processed_at IS 'Time at which it was read.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN callback_endpoints.url IS NULL;
      COMMENT ON COLUMN callback_endpoints.only_actionable IS NULL;
      COMMENT ON COLUMN callback_endpoints.previous_secret IS NULL;
      COMMENT ON COLUMN callback_endpoints.previous_secret_until IS NULL;
      COMMENT ON COLUMN callback_endpoints.batch_size IS NULL;
      COMMENT ON COLUMN callback_endpoints.concurrency IS NULL;
      COMMENT ON COLUMN callback_endpoints.state IS NULL;
      COMMENT ON COLUMN callback_endpoints.disabled_reason IS NULL;
      COMMENT ON COLUMN callback_endpoints.failing_since IS NULL;
      COMMENT ON COLUMN callback_endpoints.turn_until IS NULL;
      COMMENT ON COLUMN callback_events.type IS NULL;
      COMMENT ON COLUMN callback_events.session_id IS NULL;
      COMMENT ON COLUMN callback_events.at IS NULL;
      COMMENT ON COLUMN callback_events.body IS NULL;
      COMMENT ON COLUMN callbacks.seq IS NULL;
      COMMENT ON COLUMN callbacks.state IS NULL;
      COMMENT ON COLUMN callbacks.attempts IS NULL;
      COMMENT ON COLUMN callbacks.next_attempt_at IS NULL;
      COMMENT ON COLUMN callbacks.settled_at IS NULL;
      COMMENT ON COLUMN callbacks.last_status IS NULL;
      COMMENT ON COLUMN callbacks.last_reason IS NULL;
      COMMENT ON TABLE callback_attempts IS NULL;
      COMMENT ON COLUMN callback_attempts.at IS NULL;
      COMMENT ON COLUMN callback_attempts.attempt IS NULL;
      COMMENT ON COLUMN callback_attempts.batch_id IS NULL;
      COMMENT ON COLUMN callback_attempts.status IS NULL;
      COMMENT ON COLUMN callback_attempts.duration_ms IS NULL;
      COMMENT ON COLUMN hook_inbox.session_id IS NULL;
      COMMENT ON COLUMN hook_inbox.received_at IS NULL;
      COMMENT ON COLUMN hook_inbox.body IS NULL;
      COMMENT ON COLUMN hook_inbox.processed_at IS NULL;
    `);
  }
}
