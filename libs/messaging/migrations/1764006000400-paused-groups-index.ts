import { createIndexConcurrently } from '@heliograph/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Indexes the groups that are paused, which are few and which alerts read often. */
export class PausedGroupsIndex1764006000400 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, 'message_groups_paused_idx', `ON message_groups (tenant_id, id) WHERE state = 'paused'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX message_groups_paused_idx');
  }
}
