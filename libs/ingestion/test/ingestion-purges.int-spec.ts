import { createHash } from 'node:crypto';
import { newId } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, testPurges } from '@heliograph/kernel/testing';
import { DeadLetters } from '@heliograph/dead-letters';
import { BrokerPoisonRetention } from '../src/brokers/broker-poison-retention.repository';
import { EventRetention } from '../src/events/event-retention.repository';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

describe('the purge of events and of messages of brokers', () => {
  it('keeps waiting and young rows, and those with a dead letter', async () => {
    const { db } = database;
    const tenantId = newId();
    await db.query(
      `INSERT INTO events (tenant_id, id, key, request_hash, name, subject, payload, occurred_at, source, received_at, state)
       SELECT $1, md5('event' || n)::uuid, n::text, '', 'x', '{}', '{}', heliograph_now(), 'api', heliograph_now() - CASE WHEN n <= 7 THEN 40 ELSE 1 END * interval '1 day',
         CASE n WHEN 1 THEN 'received' WHEN 2 THEN 'failed' ELSE 'done' END FROM generate_series(1, 8) n`,
      [tenantId],
    );
    await db.query(
      `INSERT INTO broker_poison (tenant_id, id, source, natural_key, headers, body, reason, again_at)
       SELECT $1, md5('poison' || n)::uuid, 'orders', n::text, '{}', '', 'x', CASE n WHEN 1 THEN heliograph_now() END FROM generate_series(1, 7) n`,
      [tenantId],
    );
    const md5 = (text: string) =>
      createHash('md5')
        .update(text)
        .digest('hex')
        .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    await new DeadLetters(db).open(
      db,
      (['event', 'broker'] as const).map((kind) => ({
        tenantId,
        kind,
        subjectId: md5(kind === 'event' ? 'event2' : 'poison2'),
        sessionId: null,
        cause: 'x',
        detail: null,
      })),
    );
    const { purges } = testPurges(db);
    new EventRetention(purges, { EVENT_RETENTION_DAYS: 30 });
    new BrokerPoisonRetention(purges);

    // In chunks smaller than the total: each ends, and so does the whole.
    expect(await purges.purgeDue(2)).toEqual({ events: 5, broker_poison: 5 });

    expect(await db.query(`SELECT key FROM events WHERE tenant_id = $1 ORDER BY key`, [tenantId])).toEqual(
      ['1', '2', '8'].map((key) => ({ key })),
    );
    expect(await db.query(`SELECT natural_key AS key FROM broker_poison WHERE tenant_id = $1 ORDER BY 1`, [tenantId])).toEqual(
      ['1', '2'].map((key) => ({ key })),
    );
  });
});
