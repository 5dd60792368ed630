import type { MigrationInterface, QueryRunner } from 'typeorm';

/** View of the sessions that have messages to send, for libs below that know sessions but no lanes. */
export class SendingSessions1764004600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE VIEW sending_sessions WITH (security_invoker = true) AS
        SELECT tenant_id, session_id FROM lanes WHERE turn_worker IS NOT NULL OR next_due_at <= heliograph_now() + interval '1 s';
      COMMENT ON VIEW sending_sessions IS 'Sessions whose lane has its turn, or a message due within a second.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP VIEW sending_sessions`);
  }
}
