import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The channels our sessions follow or own: the provider has no call that lists them. */
export class Channels1764000400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE channels (
        tenant_id uuid NOT NULL,
        session_id uuid NOT NULL,
        channel text NOT NULL,
        first_seen_at timestamptz NOT NULL DEFAULT heliograph_now(),
        heard_at timestamptz,
        posted_at timestamptz,
        PRIMARY KEY (tenant_id, channel, session_id)
      );
      COMMENT ON TABLE channels IS 'WhatsApp channels (…@newsletter) by the session whose hooks named them.';
      COMMENT ON COLUMN channels.heard_at IS 'When a post of the channel was last told; null: never.';
      COMMENT ON COLUMN channels.posted_at IS 'When the session itself was last seen posting; null: never seen, it may only follow.';
      SELECT heliograph_protect('channels'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE channels');
  }
}
