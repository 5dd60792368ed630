import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tells the groups of launched campaigns that their messages need a consent. */
export class GroupsOfCampaignsNeedConsent1764006328571 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      // eslint-disable-next-line heliograph/one-writer -- filled once: messaging does not know which campaigns require a consent
      `UPDATE message_groups g SET needs_consent = true FROM campaigns c WHERE c.requires_consent AND g.tenant_id = c.tenant_id AND g.id = c.id`,
    );
  }

  async down(): Promise<void> {
    // The column goes with the migration before.
  }
}
