import type { MigrationInterface, QueryRunner } from 'typeorm';

/** State of a group message for each member. */
export class MessageMembers1764003600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE message_members (
        tenant_id uuid NOT NULL,
        message_id uuid NOT NULL,
        member text NOT NULL,
        rank smallint NOT NULL,
        delivered_at timestamptz,
        read_at timestamptz,
        played_at timestamptz,
        PRIMARY KEY (tenant_id, message_id, member)
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE message_members IS 'Receipts of group members, one row for each address that the provider named; addresses of one person are joined when they are read.';
      COMMENT ON COLUMN message_members.member IS '+E.164 or …@lid, as it was told.';
      COMMENT ON COLUMN message_members.rank IS '0 error, 1 pending, 2 sent, 3 delivered, 4 read, 5 played: only raised.';
      SELECT heliograph_protect('message_members'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE message_members`);
  }
}
