import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds the data about messages and dead letters that is reported to endpoints. */
export class TellingOutside1764000800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE dead_letters ADD COLUMN tx bigint;
      ALTER TABLE dead_letters ALTER COLUMN tx SET DEFAULT (pg_current_xact_id()::text::bigint);
      COMMENT ON COLUMN dead_letters.tx IS 'Transaction that opened the letter, for readers that follow.';
      CREATE INDEX dead_letters_tx_idx ON dead_letters (tx);
      ALTER TABLE dead_letters DROP CONSTRAINT dead_letters_kind_check, ADD CONSTRAINT dead_letters_kind_check CHECK (kind IN ('message', 'hook', 'callback', 'event', 'broker'));

      ALTER TABLE messages ADD COLUMN origin jsonb;
      COMMENT ON COLUMN messages.origin IS 'Event and rule version that made the message; null: a request did.';
      -- Only what has left: a message that waits costs nothing here.
      CREATE INDEX messages_sent_to_idx ON messages (tenant_id, recipient, sent_at) WHERE sent_at IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX messages_sent_to_idx;
      ALTER TABLE messages DROP COLUMN origin;
      DELETE FROM dead_letters WHERE kind IN ('event', 'broker');
      ALTER TABLE dead_letters DROP COLUMN tx, DROP CONSTRAINT dead_letters_kind_check, ADD CONSTRAINT dead_letters_kind_check CHECK (kind IN ('message', 'hook', 'callback'));
    `);
  }
}
