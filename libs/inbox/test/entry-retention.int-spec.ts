import { newId } from '@heliograph/kernel';
import { moveClock, openTestDatabase, type TestDatabase, testPurges } from '@heliograph/kernel/testing';
import { EntryRetention } from '../src/entry-retention.repository';

const dayMs = 24 * 3_600_000;

describe('the purge of conversations', () => {
  let test: TestDatabase;
  const tenantId = newId();
  const sessionId = newId();

  beforeAll(async () => {
    test = await openTestDatabase();
    await test.db.query(`INSERT INTO tenants (id, name, default_country) VALUES ($1, 'Agency', 'GB')`, [tenantId]);
  });
  afterEach(() => moveClock(test.db, 0));
  afterAll(() => test.close());

  const purge = (days: number, limit?: number) => {
    const { purges } = testPurges(test.db);
    new EntryRetention(purges, { ENTRY_RETENTION_DAYS: days });
    return purges.purgeDue(limit);
  };
  async function aConversation(unread: number, ages: number[]) {
    const id = newId();
    await test.db.query(
      `INSERT INTO conversations (tenant_id, id, session_id, kind, address, unread, last_entry_at, last_text) VALUES ($1, $2, $3, 'person', $4, $5, heliograph_now(), 'Hello')`,
      [tenantId, id, sessionId, id, unread],
    );
    for (const age of ages)
      await test.db.query(
        `INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, kind, received_at) VALUES ($1, $2, $3, $4, $5, 'text', heliograph_now() + interval '100 days' - $6 * interval '1 day')`,
        [tenantId, sessionId, newId(), newId(), id, age],
      );
    return id;
  }
  const stateOf = async (id: string) =>
    (
      await test.db.query(
        `SELECT unread, last_text AS text, (SELECT count(*)::int FROM entries e WHERE e.tenant_id = c.tenant_id AND e.conversation_id = c.id) AS entries FROM conversations c WHERE id = $1`,
        [id],
      )
    )[0];

  it('deletes old entries and changes in chunks; unread counts and previews follow, conversations stay', async () => {
    const emptied = await aConversation(5, [99, 98, 97, 96, 95, 94, 93]);
    const partly = await aConversation(4, [99, 98, 10, 5]);
    const read = await aConversation(0, [99, 5]);
    await test.db.query(
      `INSERT INTO entry_changes (tenant_id, id, session_id, key_id, kind, at) SELECT $1, id, $2, 'x', 'reaction', heliograph_now() + n * interval '1 day'
       FROM unnest($3::uuid[]) WITH ORDINALITY AS g(id, n)`,
      [tenantId, sessionId, [newId(), newId(), newId()]],
    );
    await moveClock(test.db, 100 * dayMs);
    expect(await purge(0)).toEqual({});
    expect(await purge(120)).toEqual({});

    expect(await purge(90, 3)).toEqual({ entries: 10, entry_changes: 3 });

    expect(await stateOf(emptied)).toEqual({ unread: 0, text: null, entries: 0 });
    expect(await stateOf(partly)).toEqual({ unread: 2, text: 'Hello', entries: 2 });
    expect(await stateOf(read)).toEqual({ unread: 0, text: 'Hello', entries: 1 });
  });
});
