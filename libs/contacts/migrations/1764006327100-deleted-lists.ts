import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Deleted lists whose members are still to be deleted: those of a long list take many steps. */
export class DeletedLists1764006327100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE contact_lists_deleted (tenant_id uuid NOT NULL, list_id uuid NOT NULL, PRIMARY KEY (tenant_id, list_id));
      COMMENT ON TABLE contact_lists_deleted IS 'Deleted lists that still have rows in contact_list_members.';
      SELECT heliograph_protect('contact_lists_deleted');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE contact_lists_deleted');
  }
}
