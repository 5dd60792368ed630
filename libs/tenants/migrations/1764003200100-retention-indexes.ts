import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds indexes of sessions' history and sticky routes by age, for the purge. */
export class RetentionIndexes1764003200100 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    // History is append-only and never updated, so a BRIN index is enough.
    await createIndexConcurrently(runner, 'session_events_at_idx', 'ON session_events USING brin (at) WITH (autosummarize = on)');
    await createIndexConcurrently(runner, 'contact_routes_used_idx', 'ON contact_routes (used_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX session_events_at_idx, contact_routes_used_idx');
  }
}
