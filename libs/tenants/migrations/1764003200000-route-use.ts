import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the time at which a sticky route was last used, so that an unused one can be purged. */
export class RouteUse1764003200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE contact_routes ADD COLUMN used_at timestamptz NOT NULL DEFAULT heliograph_now();
      COMMENT ON COLUMN contact_routes.used_at IS 'Last use, to the day.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE contact_routes DROP COLUMN used_at');
  }
}
