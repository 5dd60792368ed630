import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Turns JIT off inside the trigger that writes the history of messages. It switches nested loops off, which PostgreSQL before 18 does
 * by a cost of 10^10, and any session that updates messages with JIT on would compile its statement each time.
 */
export class TriggerWithoutJit1764003300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER FUNCTION messages_changed() SET jit = off');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER FUNCTION messages_changed() RESET jit');
  }
}
