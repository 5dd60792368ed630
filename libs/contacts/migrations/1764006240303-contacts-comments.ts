import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Describes tables and columns of before the rule that each table is described. */
export class ContactsComments1764006240303 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE contacts IS 'People that a tenant exchanges messages with, as far as their addresses are known to belong together.';
      COMMENT ON COLUMN contacts.name IS 'Name that the tenant or the person gave.';
      COMMENT ON COLUMN contacts.attributes IS 'Values by the name of their attribute.';
      COMMENT ON COLUMN contacts.tags IS 'Words of the tenant; also rows of contact_tags, which have an index.';
      COMMENT ON COLUMN contacts.updated_at IS 'Time of the last edit.';
      COMMENT ON COLUMN contact_addresses.address IS 'Phone number in E.164, or the id that WhatsApp uses in its place.';
      COMMENT ON COLUMN contact_addresses.added_at IS 'Time at which the address was learned.';
      COMMENT ON COLUMN consents.purpose IS 'What the consent is for.';
      COMMENT ON COLUMN consents.channel IS 'Way by which the person is written to.';
      COMMENT ON COLUMN consents.action IS 'opt_in or opt_out.';
      COMMENT ON COLUMN consents.text_version IS 'Version of the words that the person agreed to.';
      COMMENT ON COLUMN consents.proof IS 'Where the consent comes from.';
      COMMENT ON COLUMN consents.actor IS 'Who recorded it.';
      COMMENT ON COLUMN consents.at IS 'Time at which the person said it.';
      COMMENT ON COLUMN suppressions.reason IS 'Why nothing is sent to the address.';
      COMMENT ON COLUMN suppressions.note IS 'Words of who added it.';
      COMMENT ON COLUMN suppressions.expires_at IS 'End of the suppression; null: it stays.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE contacts IS NULL;
      COMMENT ON COLUMN contacts.name IS NULL;
      COMMENT ON COLUMN contacts.attributes IS NULL;
      COMMENT ON COLUMN contacts.tags IS NULL;
      COMMENT ON COLUMN contacts.updated_at IS NULL;
      COMMENT ON COLUMN contact_addresses.address IS NULL;
      COMMENT ON COLUMN contact_addresses.added_at IS NULL;
      COMMENT ON COLUMN consents.purpose IS NULL;
      COMMENT ON COLUMN consents.channel IS NULL;
      COMMENT ON COLUMN consents.action IS NULL;
      COMMENT ON COLUMN consents.text_version IS NULL;
      COMMENT ON COLUMN consents.proof IS NULL;
      COMMENT ON COLUMN consents.actor IS NULL;
      COMMENT ON COLUMN consents.at IS NULL;
      COMMENT ON COLUMN suppressions.reason IS NULL;
      COMMENT ON COLUMN suppressions.note IS NULL;
      COMMENT ON COLUMN suppressions.expires_at IS NULL;
    `);
  }
}
