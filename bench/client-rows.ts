import type { PoolClient } from 'pg';
import { asReplica, dropIndexes } from './list-rows';
import type { Stage } from './stage';

/** Days of figures that a client has. */
const figureDays = 31;
const [sessionsEach, messagesEach, lettersEach] = [4, 60, 60];

/** Tables of figures. Triggers would fill the second of each pair. */
const figureTables = ['message_counts', 'message_days', 'message_flow', 'message_flow_totals'];

/**
 * Stores so many clients, each with sessions, messages and open dead letters of the last day, and with figures of a month: 12 quarters of an hour
 * and 15 minutes a day in which something moved.
 */
export async function storeClients({ db }: Stage, count: number): Promise<void> {
  await asReplica(db, async (client) => {
    await client.query(
      `INSERT INTO tenants (id, name, default_country) SELECT gen_random_uuid(), 'Client ' || n, 'GB' FROM generate_series(1, $1::int) n
       WHERE NOT EXISTS (SELECT 1 FROM tenants t WHERE t.name = 'Client ' || n)`,
      [count],
    );
    await client.query(
      `INSERT INTO sessions (tenant_id, id, provider, name, status) SELECT t.id, gen_random_uuid(), 'wasender', 'Line ' || n, 'connected'
       FROM tenants t CROSS JOIN generate_series(1, ${sessionsEach}) n WHERE t.name LIKE 'Client %' AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.tenant_id = t.id)`,
    );
    await client.query(
      `INSERT INTO lanes (tenant_id, session_id, next_due_at) SELECT s.tenant_id, s.id, now() FROM sessions s ON CONFLICT DO NOTHING`,
    );
    const shown = `FROM tenants t CROSS JOIN LATERAL (SELECT s.id FROM sessions s WHERE s.tenant_id = t.id LIMIT 1) s`;
    await client.query(
      `INSERT INTO messages (tenant_id, id, session_id, created_at, sent_at, expires_at, class, state, recipient, kind, body)
       SELECT t.id, uuidv7(-age), s.id, now() - age, now() - age, now(), 0, 'read', '+4475' || (10000000 + n), 'text', '{"content":{"kind":"text","text":"Hello."}}'
       ${shown} CROSS JOIN LATERAL (SELECT n, n * interval '20 minutes' AS age FROM generate_series(1, ${messagesEach}) n) m WHERE t.name LIKE 'Client %'`,
    );
    await client.query(
      `INSERT INTO dead_letters (tenant_id, kind, subject_id, cause, created_at, session_id)
       SELECT t.id, 'message', gen_random_uuid()::text, 'invalid_recipient', now() - n * interval '20 minutes', s.id
       ${shown} CROSS JOIN generate_series(1, ${lettersEach}) n WHERE t.name LIKE 'Client %'`,
    );
    await client.query(`TRUNCATE ${figureTables.join(', ')}`);
    const indexes: string[] = [];
    for (const table of figureTables) indexes.push(...(await dropIndexes(client, table)));
    // As a reader that counts does: one day after the other.
    for (let daysAgo = figureDays - 1; daysAgo >= 0; daysAgo--) await addFigures(client, daysAgo);
    for (const index of indexes) await client.query(index);
  });
  await db.query(`VACUUM ANALYZE tenants, sessions, lanes, messages, dead_letters, ${figureTables.join(', ')}`);
}

/** Adds the figures of a day of every tenant. */
async function addFigures(client: PoolClient, daysAgo: number): Promise<void> {
  const midnight = `date_trunc('day', now(), 'UTC') - $1::int * interval '1 day'`;
  const outcomes = `unnest(ARRAY['read', 'delivered', 'failed', 'unsent'])`;
  await client.query(
    `INSERT INTO message_counts (tenant_id, quarter, outcome, count)
     SELECT t.id, ${midnight} + q * interval '1 hour', o, 7 FROM generate_series(7, 18) q CROSS JOIN tenants t CROSS JOIN ${outcomes} o`,
    [daysAgo],
  );
  await client.query(
    `INSERT INTO message_days (tenant_id, day, outcome, count) SELECT t.id, ((${midnight}) AT TIME ZONE 'UTC')::date, o, 12 * 7 FROM tenants t CROSS JOIN ${outcomes} o`,
    [daysAgo],
  );
  await client.query(
    `INSERT INTO message_flow (tenant_id, minute, sent, delivered, failed)
     SELECT t.id, ${midnight} + (420 + 48 * m) * interval '1 minute', 3, 3, 1 FROM generate_series(0, 14) m CROSS JOIN tenants t`,
    [daysAgo],
  );
  // Over all tenants something moves in every minute.
  await client.query(
    `INSERT INTO message_flow_totals (minute, sent, delivered, failed, throttled)
     SELECT ${midnight} + m * interval '1 minute', 300, 300, 100, 0 FROM generate_series(0, 1439) m`,
    [daysAgo],
  );
}
