import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Caps that several sessions share. */
export class CapPools1764000600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE cap_pools (
        tenant_id uuid NOT NULL,
        name text NOT NULL,
        hourly_cap int CHECK (hourly_cap > 0),
        daily_cap int CHECK (daily_cap > 0),
        time_zone text NOT NULL DEFAULT 'UTC',
        hour_at timestamptz NOT NULL DEFAULT '-infinity',
        hour_used int NOT NULL DEFAULT 0,
        day_at timestamptz NOT NULL DEFAULT '-infinity',
        day_used int NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id, name)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE cap_pools IS 'Caps that the lanes of several sessions draw on together.';
      COMMENT ON COLUMN cap_pools.day_at IS 'Begin of the day, in time_zone, that day_used counts.';

      ALTER TABLE lanes ADD COLUMN cap_pool text, ADD FOREIGN KEY (tenant_id, cap_pool) REFERENCES cap_pools (tenant_id, name);
      COMMENT ON COLUMN lanes.cap_pool IS 'The pool whose caps count besides its own; null: none.';
      CREATE INDEX lanes_cap_pool_idx ON lanes (tenant_id, cap_pool) WHERE cap_pool IS NOT NULL;
      SELECT heliograph_protect('cap_pools'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE lanes DROP COLUMN cap_pool; DROP TABLE cap_pools');
  }
}
