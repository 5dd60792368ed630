import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Audits colour and initials of tenants, beside what is audited of them already. */
export class AuditedLooks1764006022000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited ON tenants;
      SELECT heliograph_audit_table('tenants', 'tenant', 'id', ARRAY['name', 'default_country', 'settings', 'suspended_at', 'colour', 'initials']);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited ON tenants;
      SELECT heliograph_audit_table('tenants', 'tenant', 'id', ARRAY['name', 'default_country', 'settings', 'suspended_at']);
    `);
  }
}
