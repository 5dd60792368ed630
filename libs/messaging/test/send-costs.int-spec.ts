import { explaining, openTestDatabase, type TestDatabase, withoutAutovacuum } from '@heliograph/kernel/testing';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { Ledger } from '../src/send/ledger.repository';
import { aLane, aWorker } from '../testing';

const messages = 100_000;
const others = 40;

describe('a statement of sending', () => {
  let test: TestDatabase;
  let tenantId: string;
  let sessionId: string;
  let workerId: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    // As in the first minutes of an installation: the tables have no statistics.
    await withoutAutovacuum(test.db);
    workerId = await aWorker(test.db);
    ({ tenantId, sessionId } = await aLane(test.db, { windowLimit: 0 }));
    for (let lane = 0; lane < others; lane++) {
      const other = lane === 0 ? sessionId : (await aLane(test.db, { windowLimit: 0 })).sessionId;
      await test.db.query(
        `INSERT INTO messages (tenant_id, id, session_id, class, state, recipient, kind, body, created_at, due_at, expires_at)
         SELECT $1, gen_random_uuid(), $2, 3, 'queued', '+44770' || (1000000 + $4::int * 10000 + i), 'text', '{"content":{"kind":"text","text":"Hello"}}', now(), now(), now() + interval '1 day'
         FROM generate_series(1, $3::int) i`,
        [tenantId, other, messages / others, lane],
      );
    }
  });
  afterAll(() => test.close());

  it.each([
    'before statistics are there',
    'with statistics of a time when nothing waited',
    'with statistics of many lanes',
    'with statistics of one lane',
  ])('reads only the rows of its own messages, %s', async (when) => {
    if (when === 'with statistics of one lane') await test.db.query(`DELETE FROM messages WHERE session_id <> $1`, [sessionId]);
    if (when === 'with statistics of a time when nothing waited') {
      await test.db.query('ALTER TABLE messages DISABLE TRIGGER USER');
      await test.db.query(`CREATE TABLE times AS SELECT id, due_at FROM messages`);
      await test.db.query('UPDATE messages SET due_at = NULL');
      await test.db.query('VACUUM ANALYZE messages');
      await test.db.query('UPDATE messages m SET due_at = t.due_at FROM times t WHERE t.id = m.id');
      await test.db.query('ALTER TABLE messages ENABLE TRIGGER USER');
    } else if (when !== 'before statistics are there') await test.db.query('VACUUM ANALYZE messages');
    const { db, costs } = explaining(test.db);
    const claims = new LaneClaims(db);
    const ledger = new Ledger(db);
    const claim = () => claims.claim({ sessionId, workerId, maxMessages: 20, revision: '-1', shiftMs: 0 });
    const first = await claim();
    if (first.kind !== 'messages') throw new Error(first.kind);
    for (const { id, attempt, state } of first.messages) {
      const step = { tenantId, id, sessionId, attempt };
      if (state === 'claimed') await ledger.advance({ ...step, to: 'calling', workerId });
      await ledger.advance({ ...step, to: 'sent', providerMessageId: id });
    }
    // The second one reads the messages in flight of the first.
    expect((await claim()).kind).toBe('messages');

    expect(costs).toHaveLength(2 + 39);
    // Only the number of pages shows an index that is read from end to end.
    expect(costs.filter(({ rowsRead, buffers }) => rowsRead >= 300 || buffers >= 1_000)).toEqual([]);
  });
});
