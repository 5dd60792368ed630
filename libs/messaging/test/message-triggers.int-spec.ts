import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { Client } from 'pg';
import { MessageStore } from '../src/intake/message-store.repository';
import { aLane, aRow } from '../testing';

describe('the trigger that writes the history of messages', () => {
  let test: TestDatabase;
  beforeAll(async () => (test = await openTestDatabase()));
  afterAll(() => test.close());

  it('runs without JIT compilation, also in a session with default settings', async () => {
    const { tenantId, sessionId } = await aLane(test.db);
    const row = aRow({ tenantId, sessionId });
    await new MessageStore().store(test.db, [row], 72);
    const client = new Client({ connectionString: test.url });
    await client.connect();
    const plans: string[] = [];
    client.on('notice', ({ message }) => plans.push(message ?? ''));
    try {
      await client.query(`LOAD 'auto_explain'`);
      for (const [name, value] of Object.entries({
        jit: 'on',
        'auto_explain.log_min_duration': '0',
        'auto_explain.log_nested_statements': 'on',
        'auto_explain.log_level': 'notice',
      }))
        await client.query('SELECT set_config($1, $2, false)', [name, value]);
      await client.query(`UPDATE messages SET state = 'cancelled', due_at = NULL WHERE id = $1`, [row.id]);
    } finally {
      await client.end();
    }
    const ofTrigger = plans.filter((plan) => plan.includes('message_group_counts'));
    expect(ofTrigger).toHaveLength(1);
    expect(plans.filter((plan) => plan.includes('JIT:'))).toEqual([]);
  });
});
