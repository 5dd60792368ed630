import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Gives groups whose time zone the database does not know UTC: a claim of one that has a cap fails, and with it its lane. */
export class ZonesOfGroups1764006323000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `UPDATE message_groups SET time_zone = 'UTC' WHERE time_zone <> 'UTC' AND time_zone NOT IN (SELECT name FROM pg_timezone_names)`,
    );
  }

  async down(): Promise<void> {
    // The former zones are of no use to any version.
  }
}
