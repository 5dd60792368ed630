import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Says what the zone of a window may hold beside a time zone. */
export class PlacesOfWindows1764006328680 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `COMMENT ON COLUMN messages.window_zone IS 'Time zone in which the next window is computed, with the country whose holidays count after @ (- for another one); null: the zone of the group''s owner.'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `COMMENT ON COLUMN messages.window_zone IS 'Time zone in which the next window is computed; null: that of the group''s owner.'`,
    );
  }
}
