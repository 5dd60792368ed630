import fc from 'fast-check';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { MessageQueries } from '../src/messages/message-queries.repository';
import { PollVotes } from '../src/receipts/poll-votes.repository';
import { aLane, aRow } from '../testing';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

const [asha, ashaLid, bela] = ['+447700900101', '230000000000007@lid', '+447700900102'];
const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 10, 0, second));

/** A poll that reached WhatsApp. */
async function aPoll() {
  const { db } = database;
  const { tenantId, sessionId } = await aLane(db);
  const content = { kind: 'poll' as const, question: 'When?', options: ['Morning', 'Noon', 'Evening'] };
  const row = aRow({ tenantId, sessionId, body: { content } });
  await new MessageStore().store(db, [row], 72);
  const keyId = `K${row.id}`;
  await db.query(`INSERT INTO message_keys (session_id, key_id, tenant_id, message_id, evidence) VALUES ($1, $2, $3, $4, 'info')`, [
    sessionId,
    keyId,
    tenantId,
    row.id,
  ]);
  const result = (second: number, chosen: Record<string, string[]>) => ({
    sessionId,
    keyId,
    at: at(second),
    options: content.options.map((name) => ({ name, voters: chosen[name] ?? [] })),
  });
  const polls = new PollVotes(db);
  return {
    tenantId,
    result,
    polls,
    votes: async () => (await new MessageQueries(db).get(tenantId, row.id, 72)).votes.map((v) => [v.voter, ...v.options]),
  };
}

describe('votes of a poll', () => {
  it('are shown with the message, the latest vote of each voter', async () => {
    const { polls, result, votes } = await aPoll();
    expect(await polls.apply([result(1, { Morning: [asha, bela] }), { ...result(1, {}), keyId: 'nobody' }])).toEqual([true, false]);
    await polls.apply([result(3, { Evening: [asha] })]);
    await polls.apply([result(2, { Noon: [asha, bela], Evening: [bela] })]);
    expect(await votes()).toEqual([
      [asha, 'Evening'],
      [bela, 'Evening', 'Noon'],
    ]);
  });

  it('under the number and the privacy id belong to one person', async () => {
    const { polls, result, votes, tenantId } = await aPoll();
    await polls.apply([result(1, { Morning: [asha] }), result(2, { Noon: [ashaLid] })]);
    await database.db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, $2, $3)`, [tenantId, ashaLid, asha]);
    expect(await votes()).toEqual([[asha, 'Noon']]);
  });

  it('have the same result in every order and batching', async () => {
    const vote = fc.record({
      second: fc.nat({ max: 3 }),
      voter: fc.constantFrom(asha, bela, ashaLid),
      option: fc.constantFrom('Morning', 'Noon', 'Evening'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(vote, { minLength: 1, maxLength: 8 }), async (given) => {
        const [one, other] = [await aPoll(), await aPoll()];
        await one.polls.apply(given.map((v) => one.result(v.second, { [v.option]: [v.voter] })));
        for (const v of given.toReversed()) await other.polls.apply([other.result(v.second, { [v.option]: [v.voter] })]);
        expect(await other.votes()).toEqual(await one.votes());
      }),
      { numRuns: 25 },
    );
  });
});
