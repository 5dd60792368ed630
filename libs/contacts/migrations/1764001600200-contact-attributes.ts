import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Declared types of contact attributes. */
export class ContactAttributes1764001600200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE contact_attributes (
        tenant_id uuid NOT NULL,
        name text NOT NULL,
        type text NOT NULL CHECK (type IN ('text', 'number', 'boolean', 'date')),
        label text,
        PRIMARY KEY (tenant_id, name)
      );
      COMMENT ON TABLE contact_attributes IS 'Attributes that hold one type of value; those that are not here hold any.';
      SELECT heliograph_protect('contact_attributes');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE contact_attributes`);
  }
}
