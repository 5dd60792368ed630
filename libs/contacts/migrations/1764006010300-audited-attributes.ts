import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Audits declared attributes, keywords, and suppressions for all tenants. Contacts have a history of their own, which ends with them. */
export class AuditedAttributes1764006010300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      SELECT heliograph_audit_table('contact_attributes', 'contact_attribute', 'name', ARRAY['type', 'label']);
      SELECT heliograph_audit_table('opt_keywords', 'opt_keywords', 'language', ARRAY['opt_out', 'opt_in']);
      CREATE TRIGGER audited_added AFTER INSERT ON agency_suppressions REFERENCING NEW TABLE AS changed_rows
        FOR EACH STATEMENT EXECUTE FUNCTION heliograph_audited_rows('suppression', 'added');
      CREATE TRIGGER audited_lifted AFTER DELETE ON agency_suppressions REFERENCING OLD TABLE AS changed_rows
        FOR EACH STATEMENT EXECUTE FUNCTION heliograph_audited_rows('suppression', 'lifted');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER audited_lifted ON agency_suppressions;
      DROP TRIGGER audited_added ON agency_suppressions;
      DROP TRIGGER audited ON opt_keywords;
      DROP TRIGGER audited ON contact_attributes;
    `);
  }
}
