import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { UnboundMessages } from '../src/uncertain/unbound.repository';
import { aLane, aRow } from '../testing';

describe('messages due for a question to the provider', () => {
  let test: TestDatabase;
  beforeAll(async () => (test = await openTestDatabase()));
  afterAll(() => test.close());

  it('start with those of unknown outcome, for any number of sent ones that have waited longer', async () => {
    const { db } = test;
    const { tenantId, sessionId } = await aLane(db);
    const rows = Array.from({ length: 21 }, () => aRow({ tenantId, sessionId }));
    await new MessageStore().store(db, rows, 72);
    await db.query(
      `INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, provider_message_id, called_at, next_check_at)
       SELECT $1, 'h', m.id, $2, CASE WHEN m.id <> $3 THEN '1' END, heliograph_now() - interval '1 h',
         heliograph_now() - CASE WHEN m.id = $3 THEN interval '1 s' ELSE interval '1 h' END
       FROM messages m WHERE m.tenant_id = $2`,
      [sessionId, tenantId, rows[20]?.id],
    );
    const unbound = new UnboundMessages(db, { INFO_BUDGET_PER_MINUTE: 100, UNCERTAIN_GRACE_MS: 1_000 });
    const taken = await unbound.takeDue(5);
    expect(taken).toHaveLength(5);
    expect(taken.filter((message) => message.providerMessageId === null).map(({ messageId }) => messageId)).toEqual([rows[20]?.id]);
    expect(await unbound.takeDue(100)).toHaveLength(16);
  });

  it('get no second budget for a minute, when they waited for a reader of the next minute', async () => {
    const { db } = test;
    const { tenantId, sessionId } = await aLane(db);
    const row = aRow({ tenantId, sessionId });
    await new MessageStore().store(db, [row], 72);
    await db.query(
      `INSERT INTO unbound_messages (session_id, echo_hash, message_id, tenant_id, provider_message_id, called_at, next_check_at)
       VALUES ($1, 'h', $2, $3, '1', heliograph_now(), heliograph_now())`,
      [sessionId, row.id, tenantId],
    );
    const lane = `FROM lanes WHERE session_id = $1`;
    const { taken, minute } = await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 ${lane} FOR UPDATE`, [sessionId]);
      const taking = new UnboundMessages(db, { INFO_BUDGET_PER_MINUTE: 3, UNCERTAIN_GRACE_MS: 1_000 }).takeDue(5);
      await until(
        async () =>
          (await db.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length > 0,
      );
      await tx.query(
        `UPDATE lanes SET lookup_minute = date_trunc('minute', heliograph_now()) + interval '1 minute', lookups = 3 WHERE session_id = $1`,
        [sessionId],
      );
      return { taken: taking, minute: await tx.query(`SELECT lookup_minute, lookups ${lane}`, [sessionId]) };
    });
    expect(await taken).toEqual([]);
    expect(await db.query(`SELECT lookup_minute, lookups ${lane}`, [sessionId])).toEqual(minute);
  });
});
