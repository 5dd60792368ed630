import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps the counts of purged messages of campaigns, so that the figures of a campaign stay. */
export class GroupPurgedCounts1764006230000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE group_purged_counts (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        kind text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant_id, group_id, kind)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE group_purged_counts IS 'Messages of campaigns that were purged, and what people answered them. Written in the statement that takes them off message_group_counts and message_outcome_counts.';
      COMMENT ON COLUMN group_purged_counts.kind IS 'State in which the messages ended; or kind of the outcome: reply, opt_out.';
      SELECT heliograph_protect('group_purged_counts');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE group_purged_counts');
  }
}
