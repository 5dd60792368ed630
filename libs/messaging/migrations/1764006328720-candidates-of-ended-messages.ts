import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Part of messages_ended() that is about the candidates of evidence, which reads all candidates of the session. */
const bySession = `-- Candidates of evidence. What was not taken has no echo; after a failure that the provider reported, an id may still prove otherwise.
    IF OLD.state = 'uncertain' THEN
      DELETE FROM unbound_messages WHERE session_id = NEW.session_id AND message_id = NEW.id;
    ELSIF OLD.state = 'sent' THEN
      UPDATE unbound_messages SET echo_hash = '' WHERE session_id = NEW.session_id AND message_id = NEW.id;
    END IF;`;

/** The same with an index for each kind of candidate. */
const byNumber = `-- Candidates of evidence. What was not taken has no echo; after a failure that the provider reported, an id may still prove otherwise.
    -- A candidate has no numeric id or that of its message, and there is an index for either.
    IF OLD.state = 'uncertain' THEN
      DELETE FROM unbound_messages WHERE session_id = NEW.session_id AND message_id = NEW.id AND provider_message_id IS NULL;
      DELETE FROM unbound_messages WHERE session_id = NEW.session_id AND message_id = NEW.id AND provider_message_id = NEW.provider_message_id;
    ELSIF OLD.state = 'sent' THEN
      UPDATE unbound_messages SET echo_hash = '' WHERE session_id = NEW.session_id AND message_id = NEW.id AND provider_message_id IS NULL;
      UPDATE unbound_messages SET echo_hash = ''
      WHERE session_id = NEW.session_id AND message_id = NEW.id AND provider_message_id = NEW.provider_message_id;
    END IF;`;

const messagesEndedOf = (candidates: string): string => `
  CREATE OR REPLACE FUNCTION messages_ended() RETURNS trigger LANGUAGE plpgsql AS $$
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

    ${candidates}

    -- The content guard. One that is sent again although its outcome is unknown keeps it, then and later: only a person can say that no
    -- attempt was taken.
    IF OLD.content_hash IS NOT NULL AND (is_unsent OR NEW.cause IS DISTINCT FROM 'redriven') AND (NEW.cause IS NOT DISTINCT FROM 'discarded'
      OR NOT EXISTS (SELECT 1 FROM message_events e WHERE e.tenant_id = OLD.tenant_id AND e.message_id = OLD.id AND e.from_state = 'uncertain' AND e.cause = 'redriven')) THEN
      DELETE FROM content_guards WHERE tenant_id = OLD.tenant_id AND content_hash = OLD.content_hash AND message_id = OLD.id;
    END IF;
    RETURN NULL;
  END $$;`;

/** Lets the end of a message read its own candidates of evidence, instead of all of its session. */
export class CandidatesOfEndedMessages1764006328720 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(messagesEndedOf(byNumber));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(messagesEndedOf(bySession));
  }
}
