import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets a ledger notice that its tables were made anew by a restore, on the same server and in the same database. */
export class LedgerTable1764006328620 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE ledger_state ADD COLUMN table_oid oid;
      COMMENT ON COLUMN ledger_state.table_oid IS 'Oid of this table when the ledger was last found in place; a restored dump has another. Null until a process starts.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE ledger_state DROP COLUMN table_oid');
  }
}
