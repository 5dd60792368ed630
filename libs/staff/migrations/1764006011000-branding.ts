import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Names, logos, colours and links of the panel, for the installation and for single tenants. */
export class Branding1764006011000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE brandings (
        id uuid PRIMARY KEY,
        for_tenant_id uuid,
        name text,
        colour_light text CHECK (colour_light ~ '^#[0-9A-F]{6}$'),
        colour_dark text CHECK (colour_dark ~ '^#[0-9A-F]{6}$'),
        support_url text,
        imprint_url text,
        logo bytea,
        logo_type text CHECK (logo_type IN ('image/svg+xml', 'image/png')),
        logo_hash text,
        updated_at timestamptz NOT NULL DEFAULT heliograph_now(),
        CHECK (num_nulls(logo, logo_type, logo_hash) IN (0, 3))
      );
      CREATE UNIQUE INDEX brandings_uq ON brandings (coalesce(for_tenant_id, '00000000-0000-0000-0000-000000000000'));
      CREATE INDEX brandings_logo_idx ON brandings (logo_hash) WHERE logo_hash IS NOT NULL;
      COMMENT ON TABLE brandings IS 'Names, logos, colours and links of the panel. A null column falls back to the installation, then to Heliograph.';
      COMMENT ON COLUMN brandings.for_tenant_id IS 'Tenant whose people see the brand; null: the installation.';
      COMMENT ON COLUMN brandings.logo IS 'PNG, or SVG with nothing but known elements and attributes.';
      SELECT heliograph_audit_table('brandings', 'branding', 'id', ARRAY['name', 'colour_light', 'colour_dark', 'support_url', 'imprint_url', 'logo_type', 'logo_hash']);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE brandings');
  }
}
