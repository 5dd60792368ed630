import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Comments that begin with a noun, in plain words. */
export class InboxPlainComments1764006328306 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN conversations.address IS 'Address that answers go to: the one that was last written from.';
      COMMENT ON TABLE entries IS 'Messages in conversations: from people, from us by the inbox, typed on the phone itself. Each WhatsApp id is stored once, however often and in whichever event the provider reports it.';
      COMMENT ON COLUMN entries.historical IS 'True when it is older than the time from which the session receives messages, and was replayed when the session was linked. It is neither reported by callbacks nor unread.';
      COMMENT ON TABLE entry_changes IS 'Changes of entries and of our messages: edits, deletions, reactions. A report that repeats the last change adds no row.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      COMMENT ON COLUMN conversations.address IS 'Where an answer goes: the address that was last written from.';
      COMMENT ON TABLE entries IS 'What was written in conversations: by people, by us from the inbox, on the phone itself. Once for each WhatsApp id, however often and in whichever event it was told.';
      COMMENT ON COLUMN entries.historical IS 'Older than the time since which we have been listening, replayed when the session was linked: neither told nor unread.';
      COMMENT ON TABLE entry_changes IS 'What became of entries and of our messages: edited, deleted, reacted to. Told again without a change, it is not there again.';
    `);
  }
}
