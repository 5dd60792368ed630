import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Audits event types and rules. */
export class AuditedRules1764006010400 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      SELECT heliograph_audit_table('event_types', 'event_type', 'name', ARRAY['description', 'schema', 'example']);
      SELECT heliograph_audit_table('event_rules', 'event_rule', 'id', ARRAY['name', 'event_name', 'is_active', 'version', 'deleted_at']);
      SELECT heliograph_audit_table('event_rule_versions', 'event_rule', 'rule_id', ARRAY['condition', 'max_age_s', 'actions'], events => 'INSERT', mode => 'asked');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited ON event_rule_versions;
      DROP TRIGGER audited ON event_rules;
      DROP TRIGGER audited ON event_types;
    `);
  }
}
