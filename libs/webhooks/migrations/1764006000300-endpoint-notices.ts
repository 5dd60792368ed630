import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Notifies processes when an endpoint is added or changed, begins to fail or recovers. */
export class EndpointNotices1764006000300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TRIGGER callback_endpoints_added AFTER INSERT ON callback_endpoints FOR EACH ROW EXECUTE FUNCTION heliograph_notify_change();
      -- Turns and counted failures change the row with every call.
      CREATE TRIGGER callback_endpoints_changed AFTER UPDATE ON callback_endpoints FOR EACH ROW
        WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.name IS DISTINCT FROM NEW.name OR OLD.failing_since IS DISTINCT FROM NEW.failing_since)
        EXECUTE FUNCTION heliograph_notify_change();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER callback_endpoints_changed ON callback_endpoints;
      DROP TRIGGER callback_endpoints_added ON callback_endpoints;
    `);
  }
}
