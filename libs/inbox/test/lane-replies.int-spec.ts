import { Logger } from '@nestjs/common';
import { newId, TransactionFeed } from '@heliograph/kernel';
import { historySettles, openTestDatabase, processLoops, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageCounts } from '@heliograph/messaging';
import { aLane, aRow } from '@heliograph/messaging/testing';
import { LaneReplies } from '../src/lane-replies.repository';

describe('the people who answer a lane', () => {
  let database: TestDatabase;
  let lane: { tenantId: string; sessionId: string };
  beforeAll(async () => (database = await openTestDatabase()));
  afterAll(() => database.close());
  beforeEach(async () => (lane = await aLane(database.db)));

  const replies = () => new LaneReplies(new TransactionFeed(database.db), new MessageCounts(database.db), processLoops().loops);
  /** Counts what was answered so far, with two processes at once. */
  const settle = async () => {
    await historySettles(database.db);
    await Promise.all([replies().follow(), replies().follow()]);
    await replies().follow();
  };
  const replied = async () => (await new MessageCounts(database.db).ofLane(lane.tenantId, lane.sessionId, 30)).replied;
  const sent = async (daysAgo: number) => {
    const { id } = aRow(lane);
    await database.db.query(
      `INSERT INTO messages (tenant_id, id, session_id, class, state, recipient, kind, body, created_at, expires_at, sent_at)
       VALUES ($1, $2, $3, 3, 'sent', '+447700900101', 'text', '{}', heliograph_now(), heliograph_now(), heliograph_now() - $4 * interval '1 day' - interval '1 minute')`,
      [lane.tenantId, id, lane.sessionId, daysAgo],
    );
    return id;
  };
  const answer = (conversationId: string, answersId: string | null, historical = false) =>
    database.db.query(
      `INSERT INTO entries (tenant_id, session_id, key_id, id, conversation_id, direction, chat, kind, text, historical, answers_id, answers_by)
       VALUES ($1, $2, $3, $4, $5, 'in', '+447700900101', 'text', 'Yes', $6, $7, CASE WHEN $7::uuid IS NOT NULL THEN 'latest' END)`,
      [lane.tenantId, lane.sessionId, newId(), newId(), conversationId, historical, answersId],
    );

  it('are counted once for each day of which they answer a message', async () => {
    await settle();
    const [asha, ben] = [newId(), newId()];
    const [first, second, earlier] = [await sent(0), await sent(0), await sent(2)];
    await answer(asha, first);
    await answer(asha, second);
    await answer(ben, first);
    await settle();
    expect(await replied()).toBe(2);
    await answer(asha, first);
    await answer(ben, null);
    await answer(newId(), first, true);
    await settle();
    expect(await replied()).toBe(2);
    await answer(ben, earlier);
    await settle();
    expect(await replied()).toBe(3);
  });

  it('are counted in conversations beside one that cannot be counted', async () => {
    await settle();
    const errors = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const full = lane;
    const unheard = await sent(0);
    await database.db.query(
      `INSERT INTO lane_days (tenant_id, session_id, day, replied) VALUES ($1, $2, (heliograph_now() AT TIME ZONE 'UTC')::date, 2147483647)`,
      [full.tenantId, full.sessionId],
    );
    const poisoned = newId();
    await answer(poisoned, unheard);
    lane = await aLane(database.db);
    const [asha, ben] = [newId(), newId()];
    const first = await sent(0);
    await answer(asha, first);
    await answer(asha, first);
    await answer(ben, first);
    await settle();
    expect(await replied()).toBe(2);
    expect(errors.mock.calls.map(([line]) => line as object)).toMatchObject([{ event: 'answer.skipped', conversation: poisoned }]);
    errors.mockRestore();
    await answer(newId(), first);
    await settle();
    expect(await replied()).toBe(3);
  });
});
