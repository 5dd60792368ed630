import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stores the id of the actor also for letters that evidence resolves. */
export class ResolvedByEvidence1764004742000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION resolve_letter(tenant_id uuid, kind text, subject_id text, resolution text) RETURNS void LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      BEGIN
        UPDATE dead_letters d SET state = 'resolved', resolved_at = heliograph_now(), resolved_by = 'evidence', resolved_by_ref = 'system:evidence', resolution = $4
        WHERE d.tenant_id = $1 AND d.kind = $2 AND d.subject_id = $3 AND d.state = 'open';
      END $$;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE OR REPLACE FUNCTION resolve_letter(tenant_id uuid, kind text, subject_id text, resolution text) RETURNS void LANGUAGE plpgsql AS $$
      #variable_conflict use_column
      BEGIN
        UPDATE dead_letters d SET state = 'resolved', resolved_at = heliograph_now(), resolved_by = 'evidence', resolution = $4
        WHERE d.tenant_id = $1 AND d.kind = $2 AND d.subject_id = $3 AND d.state = 'open';
      END $$;
    `);
  }
}
