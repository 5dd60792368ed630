import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Identity and age of the ledger, and the hold of a ledger that was restored from a backup. */
export class LedgerState1764003000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ledger_state (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        installation_id text,
        lineage uuid NOT NULL DEFAULT gen_random_uuid(),
        superseded uuid[] NOT NULL DEFAULT '{}',
        beats bigint NOT NULL DEFAULT 0,
        beat_at timestamptz,
        server text,
        hold_reason text,
        held_at timestamptz,
        written_until timestamptz,
        released_at timestamptz,
        released_by text
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE ledger_state IS 'One row: which installation this ledger belongs to, how far it was written, and whether it is held after a restore.';
      COMMENT ON COLUMN ledger_state.installation_id IS 'Id that the installation also keeps outside the database; null until a process with an id starts.';
      COMMENT ON COLUMN ledger_state.lineage IS 'Changes when the ledger is found to be an older copy: what was written afterwards is another history.';
      COMMENT ON COLUMN ledger_state.superseded IS 'Earlier lineages of this ledger.';
      COMMENT ON COLUMN ledger_state.beats IS 'Raised every few seconds by one of the processes; what a process remembers of it, or the installation file holds, is never ahead of it unless the ledger is an older copy.';
      COMMENT ON COLUMN ledger_state.server IS 'System identifier of the PostgreSQL server and oid of the database; null when it may not be read.';
      COMMENT ON COLUMN ledger_state.written_until IS 'While held: messages accepted up to this time may have been sent since, unknown to this ledger.';
      INSERT INTO ledger_state DEFAULT VALUES;

      CREATE TABLE ledger_comparisons (
        session_id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        next_at timestamptz NOT NULL DEFAULT heliograph_now(),
        compared_at timestamptz,
        outcome text,
        found int NOT NULL DEFAULT 0
      );
      COMMENT ON TABLE ledger_comparisons IS 'Sessions whose waiting messages are compared with the provider''s message log while the ledger is held.';
      COMMENT ON COLUMN ledger_comparisons.outcome IS 'compared, partly (the log is longer than what is read), unreadable (the provider keeps no contents), or why it is tried again.';
      SELECT heliograph_protect('ledger_comparisons'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ledger_comparisons, ledger_state`);
  }
}
