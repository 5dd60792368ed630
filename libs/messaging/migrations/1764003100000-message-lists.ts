import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = {
  messages_recipient_idx: '(tenant_id, recipient, id)',
  messages_group_list_idx: '(tenant_id, group_id, id) WHERE group_id IS NOT NULL',
  messages_client_ref_list_idx: '(tenant_id, client_ref, id) WHERE client_ref IS NOT NULL',
};
/** Served by the new ones, whose first columns are the same. */
const former = {
  messages_group_idx: '(tenant_id, group_id) WHERE group_id IS NOT NULL',
  messages_client_ref_idx: '(tenant_id, client_ref) WHERE client_ref IS NOT NULL',
};

/**
 * Indexes of lists of messages, in the order of the lists. Built without blocking writes, so outside a transaction: what a broken run
 * left invalid is built anew, and the whole may be run again.
 */
export class MessageLists1764003100000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    const [{ timeout }] = (await runner.query(`SELECT current_setting('lock_timeout') AS timeout`)) as [{ timeout: string }];
    // A concurrent build waits for the transactions there are, and blocks nobody while it does.
    await runner.query('SET lock_timeout = 0');
    try {
      for (const [name, definition] of Object.entries(indexes)) {
        const broken = (await runner.query(`SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND NOT indisvalid`, [
          name,
        ])) as unknown[];
        if (broken.length > 0) await runner.query(`DROP INDEX CONCURRENTLY ${name}`);
        await runner.query(`CREATE INDEX CONCURRENTLY IF NOT EXISTS ${name} ON messages ${definition}`);
      }
      for (const name of Object.keys(former)) await runner.query(`DROP INDEX CONCURRENTLY IF EXISTS ${name}`);
    } finally {
      await runner.query(`SELECT set_config('lock_timeout', $1, false)`, [timeout]);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [name, definition] of Object.entries(former))
      await runner.query(`CREATE INDEX IF NOT EXISTS ${name} ON messages ${definition}`);
    for (const name of Object.keys(indexes)) await runner.query(`DROP INDEX IF EXISTS ${name}`);
  }
}
