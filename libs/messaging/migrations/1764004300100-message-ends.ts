import type { MigrationInterface, QueryRunner } from 'typeorm';

/** One trigger for the effects of a message's end, instead of a copy in each statement that ends one. */
export class MessageEnds1764004300100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE FUNCTION messages_ended() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        is_taken boolean := NEW.state IN ('sent', 'delivered', 'read', 'played');
        is_unsent boolean := NEW.state IN ('failed', 'cancelled', 'expired', 'suppressed');
        is_parked boolean := OLD.state = 'uncertain' AND NEW.state = 'uncertain' AND OLD.uncertain_since IS NOT NULL AND NEW.uncertain_since IS NULL;
      BEGIN
        IF NOT is_parked AND OLD.state = NEW.state THEN RETURN NULL; END IF;

        -- Dead letters. What is known now settles the letter about what was not known, or about the failure it undoes.
        IF OLD.state IN ('uncertain', 'failed') AND NOT is_parked THEN
          PERFORM resolve_letter(NEW.tenant_id, 'message', NEW.id::text, CASE
            WHEN NEW.state = 'sent' AND NEW.cause = 'evidence' AND NEW.detail = 'log' THEN 'The message stands in the provider''s log.'
            WHEN NEW.state = 'sent' AND NEW.cause = 'evidence' THEN 'The message came back from WhatsApp.'
            WHEN NEW.state = 'sent' THEN 'The provider answered late that it took the message.'
            WHEN is_taken THEN 'The message reached the person.'
            ELSE 'The provider did not take the message.' END);
        END IF;
        IF is_parked OR NEW.state = 'failed' AND NEW.cause IS DISTINCT FROM 'discarded' THEN
          PERFORM open_letter(NEW.tenant_id, 'message', NEW.id::text, NEW.session_id, NEW.group_id, coalesce(NEW.cause, 'refused'), NEW.detail);
        END IF;
        IF is_parked OR is_taken THEN RETURN NULL; END IF;

        -- Candidates of evidence. What was not taken has no echo; after a failure that the provider reported, an id may still prove otherwise.
        IF OLD.state = 'uncertain' THEN
          DELETE FROM unbound_messages WHERE session_id = NEW.session_id AND message_id = NEW.id;
        ELSIF OLD.state = 'sent' THEN
          UPDATE unbound_messages SET echo_hash = '' WHERE session_id = NEW.session_id AND message_id = NEW.id;
        END IF;

        -- The content guard. One that is sent again although its outcome is unknown keeps it, then and later: only a person can say that no
        -- attempt was taken.
        IF OLD.content_hash IS NOT NULL AND (is_unsent OR NEW.cause IS DISTINCT FROM 'redriven') AND (NEW.cause IS NOT DISTINCT FROM 'discarded'
          OR NOT EXISTS (SELECT 1 FROM message_events e WHERE e.tenant_id = OLD.tenant_id AND e.message_id = OLD.id AND e.from_state = 'uncertain' AND e.cause = 'redriven')) THEN
          DELETE FROM content_guards WHERE tenant_id = OLD.tenant_id AND content_hash = OLD.content_hash AND message_id = OLD.id;
        END IF;
        RETURN NULL;
      END $$;
      COMMENT ON FUNCTION messages_ended() IS 'What follows from the end of a message, from its return to the lane and from a settled doubt: dead letter, candidate of evidence, content guard. History and counters of groups are written by messages_changed().';

      -- By row and with a condition: a message that is merely sent costs a comparison.
      CREATE TRIGGER messages_ended AFTER UPDATE ON messages FOR EACH ROW
        WHEN (OLD.state IN ('uncertain', 'failed') OR NEW.state = 'failed' OR OLD.content_hash IS NOT NULL AND OLD.state <> NEW.state
          AND (NEW.state IN ('cancelled', 'expired', 'suppressed') OR NEW.state = 'queued' AND OLD.state IN ('claimed', 'calling')))
        EXECUTE FUNCTION messages_ended();
      DROP TRIGGER messages_release_guard ON messages;
      DROP FUNCTION messages_release_guard();
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
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
      CREATE TRIGGER messages_release_guard AFTER UPDATE ON messages FOR EACH ROW
        WHEN (OLD.content_hash IS NOT NULL AND OLD.state <> NEW.state AND (NEW.state IN ('failed', 'cancelled', 'expired', 'suppressed')
          OR (NEW.state = 'queued' AND OLD.state IN ('claimed', 'calling', 'uncertain') AND NEW.cause IS DISTINCT FROM 'redriven')))
        EXECUTE FUNCTION messages_release_guard();
      DROP TRIGGER messages_ended ON messages;
      DROP FUNCTION messages_ended();
    `);
  }
}
