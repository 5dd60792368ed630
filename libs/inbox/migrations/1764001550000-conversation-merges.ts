import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids of conversations that were merged into another one. */
export class ConversationMerges1764001550000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE conversation_merges (
        tenant_id uuid NOT NULL,
        id uuid NOT NULL,
        conversation_id uuid NOT NULL,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        PRIMARY KEY (tenant_id, id)
      );
      COMMENT ON TABLE conversation_merges IS 'Ids of conversations that became another one when their contacts did, and which, in one step however often.';
      CREATE INDEX conversation_merges_conversation_idx ON conversation_merges (tenant_id, conversation_id);

      SELECT heliograph_protect('conversation_merges'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE conversation_merges`);
  }
}
