import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Turns JIT off inside the trigger that writes the history of messages. The trigger turns nested loops off, which PostgreSQL before 18 does
 * by adding 10^10 to their cost; a session with JIT on would therefore compile its statement on each update of messages.
 */
export class TriggerWithoutJit1764003300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER FUNCTION messages_changed() SET jit = off');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER FUNCTION messages_changed() RESET jit');
  }
}
