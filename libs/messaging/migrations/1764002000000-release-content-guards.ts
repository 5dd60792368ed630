import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ends a content guard with its message, when that message was not sent. */
export class ReleaseContentGuards1764002000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION messages_release_guard() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        -- An attempt before this one may have been taken; only a person can say that it was not.
        IF NEW.cause IS DISTINCT FROM 'discarded' AND EXISTS (SELECT 1 FROM message_events e
          WHERE e.tenant_id = OLD.tenant_id AND e.message_id = OLD.id AND e.from_state = 'uncertain' AND e.cause = 'redriven') THEN RETURN NULL; END IF;
        DELETE FROM content_guards WHERE tenant_id = OLD.tenant_id AND content_hash = OLD.content_hash AND message_id = OLD.id;
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION messages_release_guard() IS 'Gives up the guard of a message that ended unsent, or went back to its lane provably unsent. One that is sent again although its outcome is unknown keeps it.';

      -- By row and with a condition: a message without a guard costs a comparison.
      CREATE TRIGGER messages_release_guard AFTER UPDATE ON messages FOR EACH ROW
        WHEN (OLD.content_hash IS NOT NULL AND OLD.state <> NEW.state AND (NEW.state IN ('failed', 'cancelled', 'expired', 'suppressed')
          OR (NEW.state = 'queued' AND OLD.state IN ('claimed', 'calling', 'uncertain') AND NEW.cause IS DISTINCT FROM 'redriven')))
        EXECUTE FUNCTION messages_release_guard();

      DELETE FROM content_guards g USING messages m
      WHERE m.tenant_id = g.tenant_id AND m.id = g.message_id
        AND (m.state IN ('failed', 'cancelled', 'expired', 'suppressed') OR (m.state IN ('queued', 'scheduled') AND m.cause IS DISTINCT FROM 'redriven'));
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER messages_release_guard ON messages;
      DROP FUNCTION messages_release_guard();
    `);
  }
}
