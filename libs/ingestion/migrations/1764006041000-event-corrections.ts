import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Corrections of rejected events, and counts of what rules did. */
export class EventCorrections1764006041000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE events ADD COLUMN original jsonb, ADD COLUMN corrected_by text, ADD COLUMN corrected_by_ref text, ADD COLUMN corrected_at timestamptz;
      COMMENT ON COLUMN events.original IS 'Name, subject and payload as they were sent; null: the event was never corrected.';
      COMMENT ON COLUMN events.corrected_by_ref IS 'Actor of the last correction, as kind:id; the name is in a column of its own.';

      CREATE TABLE event_rule_counts (
        tenant_id uuid NOT NULL,
        rule_id uuid NOT NULL,
        version int NOT NULL,
        acted bigint NOT NULL,
        not_matched bigint NOT NULL,
        failed bigint NOT NULL,
        last_acted_at timestamptz,
        last_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, rule_id, version)
      ) WITH (fillfactor = 70);
      COMMENT ON TABLE event_rule_counts IS 'Number of results of each version of each rule. An event that is replayed counts again.';
      SELECT heliograph_protect('event_rule_counts'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE event_rule_counts;
      ALTER TABLE events DROP COLUMN original, DROP COLUMN corrected_by, DROP COLUMN corrected_by_ref, DROP COLUMN corrected_at;
    `);
  }
}
