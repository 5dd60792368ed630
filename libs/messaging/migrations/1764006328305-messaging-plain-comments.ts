import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class MessagingPlainComments1764006328305 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE message_groups IS 'Messages that belong together: a bulk call, a campaign, a step of a drip.';
      COMMENT ON COLUMN lanes.revision IS 'Raised by each intake, so that a claim knows whether it saw all rows.';
      COMMENT ON COLUMN lanes.credits IS 'Messages that each class is owed of its minimum share.';
      COMMENT ON TABLE message_keys IS 'WhatsApp ids of our messages; a resent message may have several. evidence: hook_id, info, or by likeness api_echo (reported by the provider''s API) or echo (a hint that moves no state); likeness gives way to ids.';
      COMMENT ON COLUMN messages.origin IS 'Maker of the message, by kind: rule, campaign, drip, reply. Null: a request. Without a kind: a rule.';
      COMMENT ON COLUMN message_members.member IS '+E.164 or …@lid, as the provider reported it.';
      COMMENT ON FUNCTION messages_ended() IS 'Trigger function: writes the consequences of the end of a message, of its return to the lane and of a settled doubt: dead letter, candidate of evidence, content guard. History and counters of groups are written by messages_changed().';
      COMMENT ON COLUMN messages.source IS 'Material from which the body is made right before the call, by the source of bodies of the kind of its origin; null once there is a body.';
      COMMENT ON COLUMN message_events.actor IS 'Name of the key or person that made the change; null: the system did, as its states and cause show.';
      COMMENT ON COLUMN messages.state IS 'State of the message. The arrows between states are in libs/messaging/src/message-states.ts.';
      COMMENT ON COLUMN message_groups.kind IS 'Kind of thing that the group stands for.';
      COMMENT ON COLUMN message_groups.state IS 'State of the group, which decides whether its messages are sent.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON TABLE message_groups IS 'What belongs together: a bulk call, later a campaign or a drip step.';
      COMMENT ON COLUMN lanes.revision IS 'Raised by each intake, so that a claim can tell whether it saw all rows.';
      COMMENT ON COLUMN lanes.credits IS 'What each class is owed of its minimum share, in messages.';
      COMMENT ON TABLE message_keys IS 'WhatsApp ids of our messages; a resent message may have several. evidence: hook_id, info, or by likeness api_echo (told by the provider''s API) or echo (a hint that moves no state); likeness gives way to ids.';
      COMMENT ON COLUMN messages.origin IS 'What made the message, by kind: rule, campaign, drip, reply. Null: a request. Without a kind: a rule.';
      COMMENT ON COLUMN message_members.member IS '+E.164 or …@lid, as it was told.';
      COMMENT ON FUNCTION messages_ended() IS 'What follows from the end of a message, from its return to the lane and from a settled doubt: dead letter, candidate of evidence, content guard. History and counters of groups are written by messages_changed().';
      COMMENT ON COLUMN messages.source IS 'What the body is made of, by the source of bodies of the kind of its origin, right before the call; null once there is a body.';
      COMMENT ON COLUMN message_events.actor IS 'Name of the key or person that made the change; null: the system did, as its states and cause tell.';
      COMMENT ON COLUMN messages.state IS 'Where it stands. The arrows between states stand in libs/messaging/src/message-states.ts.';
      COMMENT ON COLUMN message_groups.kind IS 'What the group stands for.';
      COMMENT ON COLUMN message_groups.state IS 'Whether its messages are sent.';
    `);
  }
}
