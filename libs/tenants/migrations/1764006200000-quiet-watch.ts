import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keeps quiet about looks at sessions that send: each made every process read the session's credentials again. */
export class QuietWatch1764006200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(changedExcept('{status_checked_at,next_check_at,checks,watched_at}'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(changedExcept('{status_checked_at,next_check_at,checks}'));
  }
}

const changedExcept = (columns: string): string => `
  CREATE OR REPLACE TRIGGER sessions_changed AFTER UPDATE ON sessions FOR EACH ROW
    WHEN (to_jsonb(OLD) - '${columns}'::text[] IS DISTINCT FROM to_jsonb(NEW) - '${columns}'::text[])
    EXECUTE FUNCTION heliograph_notify_change();
`;
