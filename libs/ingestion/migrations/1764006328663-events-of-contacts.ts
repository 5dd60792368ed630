import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Finds the events about a contact, by type and time. Built while others write, so outside a transaction; the migration can be repeated. */
export class EventsOfContacts1764006328663 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(
      runner,
      'events_contact_idx',
      'ON events (tenant_id, contact_id, name, occurred_at) WHERE contact_id IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX IF EXISTS events_contact_idx');
  }
}
