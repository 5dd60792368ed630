import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Callbacks about people go before receipts. */
export class CallbackPriority1764002700000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE callbacks ADD COLUMN priority smallint NOT NULL DEFAULT 2;
      COMMENT ON COLUMN callbacks.priority IS 'Lower goes first: 0 people, 1 notices, 2 receipts. In an ordered conversation nothing has a lower priority than what follows it.';
      -- Pending callbacks of ordered endpoints keep the order that they have.
      UPDATE callbacks c SET priority = CASE WHEN v.type LIKE 'contact.%' OR v.type IN ('message.received', 'message.edited', 'message.deleted', 'message.reaction') THEN 0 ELSE 1 END
      FROM callback_events v WHERE c.state = 'pending' AND c.order_key IS NULL AND v.tenant_id = c.tenant_id AND v.id = c.event_id
        AND v.type NOT IN ('message.sent', 'message.delivered', 'message.read', 'message.failed', 'message.uncertain');
      ALTER TABLE callback_endpoints ALTER COLUMN rate_per_s SET DEFAULT 200;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE callback_endpoints ALTER COLUMN rate_per_s SET DEFAULT 50;
      ALTER TABLE callbacks DROP COLUMN priority;
    `);
  }
}
