import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Causes of dead letters that somebody takes care of. */
export class LetterCares1764006190000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE letter_cares (
        tenant_id uuid NOT NULL,
        kind text NOT NULL,
        cause text NOT NULL,
        assignee text NOT NULL,
        note text,
        at timestamptz NOT NULL DEFAULT heliograph_now(),
        actor text NOT NULL,
        actor_ref text,
        PRIMARY KEY (tenant_id, kind, cause)
      );
      COMMENT ON TABLE letter_cares IS 'Causes of open dead letters that somebody takes care of.';
      COMMENT ON COLUMN letter_cares.assignee IS 'Name of the person who takes care.';
      COMMENT ON COLUMN letter_cares.at IS 'Time of the acknowledgement: letters from later on are new to the assignee.';
      SELECT heliograph_protect('letter_cares'::regclass);
      SELECT heliograph_audit_table('letter_cares', 'dead_letter_cause', 'cause', ARRAY['kind', 'assignee', 'note'], '{}', 'INSERT OR UPDATE OR DELETE', 'asked');
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE letter_cares;`);
  }
}
