import { DeadLetters } from '@heliograph/dead-letters';
import { newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { BrokerPoison } from '../src/brokers/broker-poison.repository';

describe('a message of a broker that cannot be read', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await openTestDatabase()));
  afterAll(() => database.close());

  it('is kept once however often it is delivered, and beside another one of its id, also when only bytes differ that are not text', async () => {
    const { db } = database;
    const tenantId = newId();
    await db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [tenantId]);
    const poison = new BrokerPoison(db, new DeadLetters(db));
    const keep = (body: Buffer) =>
      poison.keep(
        { tenantId, source: 'orders', naturalKey: 'order-1', contentType: null, headers: {}, body, reason: 'not_json' },
        { cause: 'unreadable_broker_message', reason: 'not_json', detail: '' },
      );
    const bodies = [Buffer.from('José', 'latin1'), Buffer.from('Josè', 'latin1'), Buffer.from('José')];
    for (const body of [...bodies, ...bodies]) await keep(body);
    const kept = await db.query<{ body: Buffer }>(
      `SELECT coalesce(bytes, convert_to(body, 'UTF8')) AS body FROM broker_poison WHERE tenant_id = $1 ORDER BY id`,
      [tenantId],
    );
    expect(kept.map(({ body }) => body.toString('hex'))).toEqual(bodies.map((body) => body.toString('hex')));
    expect(await db.query(`SELECT 1 FROM dead_letters WHERE tenant_id = $1`, [tenantId])).toHaveLength(3);
  });
});
