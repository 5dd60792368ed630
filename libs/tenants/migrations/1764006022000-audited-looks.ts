import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds colour and initials to the audited columns of tenants. */
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
