import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds what campaigns need of messages: windows, frequency caps and outcomes. */
export class CampaignMessages1764006160000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE messages ADD COLUMN window_ends_at timestamptz, ADD COLUMN window_zone text;
      COMMENT ON COLUMN messages.window_ends_at IS 'End of the window in which the message may be sent, and which begins at due_at; null: at any time. For messages of groups that stand apart only.';
      COMMENT ON COLUMN messages.window_zone IS 'Time zone in which the next window is computed; null: that of the group''s owner.';

      ALTER TABLE message_groups ADD COLUMN obeys_caps boolean NOT NULL DEFAULT false, ADD COLUMN counts_for_caps boolean NOT NULL DEFAULT false;
      COMMENT ON COLUMN message_groups.obeys_caps IS 'True: a message is not sent to a person who is at a frequency cap of the tenant.';
      COMMENT ON COLUMN message_groups.counts_for_caps IS 'True: its messages count towards the frequency caps of the tenant.';

      CREATE TABLE recipient_guards (
        tenant_id uuid NOT NULL,
        recipient text NOT NULL,
        claims bigint NOT NULL DEFAULT 1,
        claimed_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, recipient)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE recipient_guards IS 'People to whom messages under frequency caps were claimed. A claim raises the number only when it is the one that it read, so that two claims cannot both take the last message that a cap allows.';
      COMMENT ON COLUMN recipient_guards.recipient IS 'The address that stands for all addresses of the person.';
      CREATE INDEX recipient_guards_claimed_idx ON recipient_guards USING brin (claimed_at) WITH (autosummarize = on);

      CREATE TABLE message_outcomes (
        tenant_id uuid NOT NULL,
        message_id uuid NOT NULL,
        kind text NOT NULL CHECK (kind IN ('reply', 'opt_out')),
        group_id uuid NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, message_id, kind)
      );
      COMMENT ON TABLE message_outcomes IS 'Answers of people to messages of campaigns, each kind once per message.';
      CREATE INDEX message_outcomes_group_idx ON message_outcomes (tenant_id, group_id, kind, message_id);

      CREATE TABLE message_outcome_counts (
        tenant_id uuid NOT NULL,
        group_id uuid NOT NULL,
        shard smallint NOT NULL,
        kind text NOT NULL,
        count bigint NOT NULL,
        PRIMARY KEY (tenant_id, group_id, shard, kind)
      ) WITH (fillfactor = 50);
      COMMENT ON TABLE message_outcome_counts IS 'Outcomes per group and kind, raised in the statement that stores them. Sharded like message_group_counts.';

      SELECT heliograph_protect(t::regclass) FROM unnest(ARRAY['recipient_guards', 'message_outcomes', 'message_outcome_counts']) t;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE message_outcome_counts, message_outcomes, recipient_guards;
      ALTER TABLE message_groups DROP COLUMN obeys_caps, DROP COLUMN counts_for_caps;
      ALTER TABLE messages DROP COLUMN window_ends_at, DROP COLUMN window_zone;
    `);
  }
}
