import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Functions with which triggers of other tables open and resolve dead letters. */
export class LetterFunctions1764004300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // PL/pgSQL keeps their plans; a function in SQL is planned at each call.
    await runner.query(`
      CREATE FUNCTION open_letter(tenant_id uuid, kind text, subject_id text, session_id uuid, group_id uuid, cause text, detail text) RETURNS void LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      BEGIN
        INSERT INTO dead_letters (tenant_id, kind, subject_id, session_id, group_id, cause, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id, kind, subject_id) WHERE state = 'open' DO NOTHING;
      END $$;
      COMMENT ON FUNCTION open_letter IS 'Opens a dead letter, unless one about this subject is open.';

      CREATE FUNCTION resolve_letter(tenant_id uuid, kind text, subject_id text, resolution text) RETURNS void LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      BEGIN
        UPDATE dead_letters d SET state = 'resolved', resolved_at = heliograph_now(), resolved_by = 'evidence', resolution = $4
        WHERE d.tenant_id = $1 AND d.kind = $2 AND d.subject_id = $3 AND d.state = 'open';
      END $$;
      COMMENT ON FUNCTION resolve_letter IS 'Closes the open dead letter about a subject that evidence has settled.';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION resolve_letter(uuid, text, text, text);
      DROP FUNCTION open_letter(uuid, text, text, uuid, uuid, text, text);
    `);
  }
}
