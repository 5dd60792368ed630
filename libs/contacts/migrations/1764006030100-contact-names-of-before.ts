import type { MigrationInterface, QueryRunner } from 'typeorm';

const chunk = 5_000;
const first = '00000000-0000-0000-0000-000000000000';

/**
 * Enters the names of contacts that exist already, one chunk per transaction, so that writers of contacts never wait for the whole table.
 * A contact is locked while its words are entered, so that its name cannot change meanwhile. The migration can be repeated.
 */
export class ContactNamesOfBefore1764006030100 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    for (let after: [string, string] | null = [first, first]; after !== null;) {
      const [last] = (await runner.query(
        `WITH part AS MATERIALIZED (
           SELECT tenant_id, id, name, merged_into FROM contacts WHERE (tenant_id, id) > ($1::uuid, $2::uuid) ORDER BY tenant_id, id LIMIT ${chunk} FOR SHARE
         ), entered AS (
           INSERT INTO contact_names (tenant_id, word, contact_id)
           SELECT p.tenant_id, w, p.id FROM part p CROSS JOIN LATERAL contact_name_words(p.name) w WHERE p.merged_into IS NULL AND p.name IS NOT NULL ON CONFLICT DO NOTHING
         )
         SELECT tenant_id, id FROM part ORDER BY tenant_id DESC, id DESC LIMIT 1`,
        after,
      )) as { tenant_id: string; id: string }[];
      after = last ? [last.tenant_id, last.id] : null;
    }
  }

  async down(): Promise<void> {
    // The names go with their table.
  }
}
