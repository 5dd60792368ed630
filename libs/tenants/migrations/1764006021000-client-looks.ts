import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds what people tell a tenant by: a colour and initials. */
export class ClientLooks1764006021000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE tenants ADD COLUMN colour text, ADD COLUMN initials text;
      COMMENT ON COLUMN tenants.colour IS 'Name of the colour in which the panel shows the tenant; null: one made of the id.';
      COMMENT ON COLUMN tenants.initials IS 'At most two letters that stand for the tenant; null: made of the name.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE tenants DROP COLUMN colour, DROP COLUMN initials`);
  }
}
