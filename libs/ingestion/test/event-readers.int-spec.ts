import { type Database, newId } from '@heliograph/kernel';
import { openTestDatabase } from '@heliograph/kernel/testing';
import { Events } from '../src/events/events.repository';

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let db: Database;
beforeAll(async () => {
  database = await openTestDatabase();
  db = database.db;
});
afterAll(() => database.close());

describe('events of several readers', () => {
  it('are read once each, also by a reader that looks while another one commits', async () => {
    const tenantId = newId();
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Test agency', 'GB')`, [tenantId]);
    await db.query(
      `INSERT INTO events (tenant_id, id, key, name, subject, payload, occurred_at, source, state, request_hash)
       SELECT $1, gen_random_uuid(), i::text, 'ordered', '{}', '{}', heliograph_now(), 'api', 'received', '\\x00' FROM generate_series(1, 400) i`,
      [tenantId],
    );
    const events = new Events(db, {} as never, {} as never);
    const read: string[] = [];
    const reader = async () => {
      while (read.length < 400)
        await db.transaction(async (tx) => {
          const taken = await events.take(tx, 1);
          if (taken.length === 0) return;
          await events.settle(
            tx,
            taken,
            taken.map(() => ({ state: 'done' as const, reason: null, detail: null, results: [], contactId: null })),
          );
          tx.afterCommit(() => read.push(...taken.map(({ id }) => id)));
        });
    };
    await Promise.all(Array.from({ length: 8 }, reader));
    expect(read.length).toBe(400);
    expect(new Set(read).size).toBe(400);
  });
});
