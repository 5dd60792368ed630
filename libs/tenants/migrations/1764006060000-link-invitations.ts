import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the link by which the owner of a phone links it: at most one per session, stored as the hash of its token. */
export class LinkInvitations1764006060000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE sessions
        ADD COLUMN link_token_hash bytea,
        ADD COLUMN link_token_until timestamptz,
        ADD COLUMN link_token_used_at timestamptz,
        ADD COLUMN link_starts smallint NOT NULL DEFAULT 0;
      COMMENT ON COLUMN sessions.link_token_hash IS 'SHA-256 of the random token in the link for the phone''s owner; null: there is no link, or it was revoked.';
      COMMENT ON COLUMN sessions.link_token_used_at IS 'Time at which a phone was linked while the link was open, which ended the link.';
      COMMENT ON COLUMN sessions.link_starts IS 'Number of QR codes requested through the link.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE sessions DROP COLUMN link_token_hash, DROP COLUMN link_token_until, DROP COLUMN link_token_used_at, DROP COLUMN link_starts
    `);
  }
}
