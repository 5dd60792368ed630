import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Audits callback endpoints. */
export class AuditedEndpoints1764006010500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      SELECT heliograph_audit_table('callback_endpoints', 'callback_endpoint', 'id',
        ARRAY['name', 'url', 'types', 'session_ids', 'only_actionable', 'ordered', 'batch_size', 'rate_per_s', 'concurrency', 'state', 'disabled_reason'],
        ARRAY['headers', 'secret']);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited ON callback_endpoints;
    `);
  }
}
