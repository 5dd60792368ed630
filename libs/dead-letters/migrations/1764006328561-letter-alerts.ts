import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Numbers of dead letters from which an alert is shown, by cause. */
export class LetterAlerts1764006328561 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE letter_alerts (
        tenant_id uuid NOT NULL,
        kind text NOT NULL,
        cause text NOT NULL,
        alert_from int NOT NULL CHECK (alert_from > 1),
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        actor text NOT NULL,
        actor_ref text,
        PRIMARY KEY (tenant_id, kind, cause)
      );
      COMMENT ON TABLE letter_alerts IS 'Causes of dead letters that alert from more than one new letter on.';
      COMMENT ON COLUMN letter_alerts.alert_from IS 'Open letters of the cause from the last 24 hours, from which on there is an alert. Without a row: one.';
      SELECT heliograph_protect('letter_alerts'::regclass);
      SELECT heliograph_audit_table('letter_alerts', 'dead_letter_cause', 'cause', ARRAY['kind', 'alert_from'], '{}', 'INSERT OR UPDATE OR DELETE', 'asked');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE letter_alerts;`);
  }
}
