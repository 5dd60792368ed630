import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Votes in polls that we sent. */
export class PollVotes1764003610000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE poll_votes (
        tenant_id uuid NOT NULL,
        message_id uuid NOT NULL,
        voter text NOT NULL,
        options text[] NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, message_id, voter)
      ) WITH (fillfactor = 80);
      COMMENT ON TABLE poll_votes IS 'The latest vote of each voter of our polls, one row for each address that the provider named; addresses of one person are joined when they are read.';
      COMMENT ON COLUMN poll_votes.options IS 'The options chosen, in the order of their names.';
      SELECT heliograph_protect('poll_votes'::regclass);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE poll_votes`);
  }
}
