import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds a separate scope for bodies of callbacks. Keys that could read them keep that permission. */
export class CallbackBodiesScope1764003400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      UPDATE api_keys SET scopes = array_append(scopes, 'callbacks:bodies')
      WHERE 'callbacks:read' = ANY (scopes) AND NOT 'callbacks:bodies' = ANY (scopes)
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`UPDATE api_keys SET scopes = array_remove(scopes, 'callbacks:bodies') WHERE 'callbacks:bodies' = ANY (scopes)`);
  }
}
