import { Database } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageEvents } from '../src/history/message-events.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import { aLane, aRow } from '../testing';

describe('moves of messages, by the transactions that wrote them', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  it('come in order, each once, also when an older transaction waited for a younger one', async () => {
    const { tenantId, sessionId } = await aLane(db, {});
    const row = aRow({ tenantId, sessionId });
    await new MessageStore().store(db, [row], 72);
    await db.query(`UPDATE messages SET state = 'calling' WHERE tenant_id = $1`, [tenantId]);
    const move = (sql: { query: Database['query'] }, to: string) =>
      sql.query(`UPDATE messages SET state = $2, due_at = NULL WHERE tenant_id = $1`, [tenantId, to]);
    const number = async (sql: { query: Database['query'] }) =>
      Number((await sql.query<{ tx: string }>(`SELECT pg_current_xact_id()::text AS tx`))[0]?.tx);

    let younger = 0;
    const older = await db.transaction(async (tx) => {
      const begun = await number(tx);
      younger = await db.transaction(async (other) => {
        await move(other, 'sent');
        return number(other);
      });
      await move(tx, 'delivered');
      return begun;
    });
    await move(db, 'read');

    expect(younger).toBeGreaterThan(older);
    const moved = (from: number, to: number) =>
      db.transaction(async (tx) => {
        const range = { from: String(from), to: String(to) };
        return (await new MessageEvents().moves(tx, range, [tenantId], ['sent', 'delivered', 'read'])).map((m) => m.to);
      });
    expect(await moved(older, younger)).toEqual(['sent', 'delivered']);
    expect(await moved(younger, younger + 1)).toEqual([]);
    expect(await moved(younger + 1, younger + 1_000)).toEqual(['read']);
    expect(await moved(older, younger + 1_000)).toEqual(['sent', 'delivered', 'read']);
  });
});
