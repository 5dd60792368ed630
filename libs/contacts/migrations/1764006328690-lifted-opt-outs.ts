import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Addresses whose opt-out was lifted. A process of the version before deletes the suppression alone: it comes back with the next address. */
export class LiftedOptOuts1764006328690 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE lifted_opt_outs (
        tenant_id uuid NOT NULL,
        address text NOT NULL,
        lifted_at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, address)
      );
      COMMENT ON TABLE lifted_opt_outs IS 'Addresses whose opt-out was lifted: an older opt-out of the person does not come back to them from other addresses.';
      COMMENT ON COLUMN lifted_opt_outs.lifted_at IS 'Time of the last lift. A later opt-out counts.';
      COMMENT ON COLUMN lifted_opt_outs.address IS 'The canonical address that was named, in one of its spellings.';
      COMMENT ON COLUMN consents.address IS 'The address it was said from, or that it is about; empty: the contact had none.';
      SELECT heliograph_protect('lifted_opt_outs');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN consents.address IS 'The address it was said from, or that it is about.';
      DROP TABLE lifted_opt_outs;
    `);
  }
}
