import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Messages whose body is made right before the call. */
export class MessageSources1764004500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Not valid: the constraint checks each row written from now on, without reading the existing ones.
    await runner.query(`
      ALTER TABLE messages ADD COLUMN source jsonb, ALTER COLUMN body DROP NOT NULL, ALTER COLUMN kind DROP NOT NULL,
        ADD CONSTRAINT messages_body_or_source CHECK (CASE
          WHEN body IS NOT NULL THEN kind IS NOT NULL AND source IS NULL
          ELSE kind IS NULL AND source IS NOT NULL AND origin->>'kind' IS NOT NULL
            AND state NOT IN ('calling', 'uncertain', 'sent', 'delivered', 'read', 'played')
        END) NOT VALID;
      COMMENT ON COLUMN messages.source IS 'What the body is made of, by the source of bodies of the kind of its origin, right before the call; null once there is a body.';
      COMMENT ON COLUMN messages.body IS 'Null until it is made of the source.';
      COMMENT ON COLUMN messages.origin IS 'What made the message, by kind: rule, campaign, drip, reply. Null: a request. Without a kind: a rule.';
    `);
  }

  /** Fails while there are messages without a body, which the former tables cannot hold. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE messages ALTER COLUMN body SET NOT NULL, ALTER COLUMN kind SET NOT NULL, DROP CONSTRAINT messages_body_or_source, DROP COLUMN source;
      COMMENT ON COLUMN messages.body IS NULL;
      COMMENT ON COLUMN messages.origin IS 'Event and rule version that made the message; null: a request did.';
    `);
  }
}
