import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the colour and the initials by which people tell tenants apart. */
export class ClientLooks1764006021000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE tenants ADD COLUMN colour text, ADD COLUMN initials text;
      COMMENT ON COLUMN tenants.colour IS 'Name of the colour in which the panel shows the tenant; null: derived from the id.';
      COMMENT ON COLUMN tenants.initials IS 'One or two letters or digits that stand for the tenant; null: derived from the name.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE tenants DROP COLUMN colour, DROP COLUMN initials`);
  }
}
