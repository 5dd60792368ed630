import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Notifies processes when a group is created, paused, resumed, cancelled or renamed. */
export class GroupNotices1764006000200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION message_groups_notify() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('heliograph_changes', 'message_groups:' || NEW.tenant_id || '/' || NEW.id);
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION message_groups_notify() IS 'Notifies like heliograph_notify_change, and adds the tenant, since the key of a group begins with it.';
      -- Claims update the slots and caps of a group with every call; only what a person changes is notified.
      CREATE TRIGGER message_groups_changed AFTER UPDATE ON message_groups FOR EACH ROW
        WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION message_groups_notify();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER message_groups_changed ON message_groups;
      DROP FUNCTION message_groups_notify();
    `);
  }
}
