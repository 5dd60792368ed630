import { Consents, marketing } from '@heliograph/contacts';
import { ChangeFeed, newId, systemActor, TransactionFeed } from '@heliograph/kernel';
import { historySettles, openTestDatabase, processLoops, type TestDatabase } from '@heliograph/kernel/testing';
import { Invariants, MessageOutcomes } from '@heliograph/messaging';
import { aGroup, aLane, aRow } from '@heliograph/messaging/testing';
import { CampaignAnswers } from '../src/campaign-answers';
import { Conversations } from '../src/conversations.repository';
import { Entries, type NewEntry } from '../src/entries.repository';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

/** A tenant with a campaign, and a person who got one message of it. */
async function setup() {
  const { db } = database;
  const [entries, conversations, consents] = [new Entries(), new Conversations(db, new ChangeFeed({ DATABASE_URL: '' })), new Consents(db)];
  const answers = new CampaignAnswers(new TransactionFeed(db), entries, consents, new MessageOutcomes(), processLoops().loops);
  const { tenantId, sessionId } = await aLane(db);
  const groupId = await aGroup(db, tenantId, { kind: 'campaign' });
  const contactId = newId();
  const address = '+447700900101';
  await db.query(`INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, 'Asha')`, [tenantId, contactId]);
  await db.query(`INSERT INTO contact_addresses (tenant_id, contact_id, address) VALUES ($1, $2, $3)`, [tenantId, contactId, address]);
  const sent = async (group: string | null, hoursAgo = 1, recipient = address) => {
    const { id } = aRow({ tenantId, sessionId });
    await db.query(
      `INSERT INTO messages (tenant_id, id, session_id, group_id, class, state, recipient, kind, body, created_at, expires_at, sent_at, origin)
       VALUES ($1, $2, $3, $4, 3, 'sent', $5, 'text', '{}', heliograph_now(), heliograph_now(), heliograph_now() - $6 * interval '1 hour', $7)`,
      [tenantId, id, sessionId, group, recipient, hoursAgo, group && JSON.stringify({ kind: 'campaign', campaignId: group })],
    );
    return id;
  };
  const write = async (text: string, over: Partial<NewEntry> = {}) => {
    const entry = await db.transaction(async (tx) => {
      const [conversationId] = await conversations.open(tx, [{ tenantId, sessionId, kind: 'person', contactId, address, at: null }]);
      const none = { author: null, pushName: null, choiceId: null, choice: null, media: null, quotedKeyId: null };
      const sender = { chat: address, phone: address, lid: null };
      const keyId = newId();
      const fact = { type: 'inbound', keyId, sender, rawChat: address, kind: 'text', text, at: new Date(), ...none } as NewEntry['fact'];
      const written: NewEntry = {
        tenantId,
        sessionId,
        keyId,
        id: newId(),
        fact,
        conversationId: conversationId as string,
        historical: false,
        answers: null,
        actionable: [],
        ...over,
      };
      await entries.add(tx, [written]);
      if (text === 'STOP') await optOut(tx, written.id);
      return written;
    });
    return entry.id;
  };
  const optOut = (tx: Parameters<Consents['record']>[0], entryId: string | null) =>
    consents.record(tx, [
      {
        tenantId,
        contactId,
        address,
        purpose: marketing,
        channel: 'whatsapp',
        action: 'opt_out',
        source: entryId ? 'keyword' : 'api',
        textVersion: null,
        text: null,
        proof: { entry_id: entryId },
        actor: systemActor('opt_out_keyword'),
        sessionId,
      },
    ]);
  const follow = () => historySettles(db).then(() => answers.follow());
  await follow();
  const outcomes = async () =>
    db.query(`SELECT message_id AS message, kind FROM message_outcomes WHERE tenant_id = $1 ORDER BY kind, message_id`, [tenantId]);
  const counts = async (group = groupId) =>
    Object.fromEntries(
      (
        await db.query<{ kind: string; count: number }>(
          `SELECT kind, sum(count)::int AS count FROM message_outcome_counts WHERE tenant_id = $1 AND group_id = $2 GROUP BY 1`,
          [tenantId, group],
        )
      ).map(({ kind, count }) => [kind, count]),
    );
  return { db, tenantId, groupId, sent, write, optOut, follow, outcomes, counts };
}

describe('an answer to a campaign', () => {
  it('counts once for the last message of a campaign, however often the person writes', async () => {
    const { tenantId, groupId, db, sent, write, follow, outcomes, counts } = await setup();
    await sent(groupId, 5);
    const last = await sent(groupId, 2);
    await sent(null, 1);
    await write('Hello');
    await follow();
    await write('Are you there?');
    await follow();
    expect(await outcomes()).toEqual([{ message: last, kind: 'reply' }]);
    expect(await counts()).toEqual({ reply: 1 });
    const breaches = async () => (await new Invariants(db).check()).filter(({ invariant }) => invariant.endsWith('_counts'));
    expect(await breaches()).toEqual([]);
    await db.query(`UPDATE message_outcome_counts SET count = 2 WHERE tenant_id = $1`, [tenantId]);
    expect(await breaches()).toEqual([{ invariant: 'outcome_counts', count: 1, examples: [groupId] }]);
    await db.query(`UPDATE message_outcome_counts SET count = 1 WHERE tenant_id = $1`, [tenantId]);
  });

  it('counts for the message that it quotes, and for none after 72 hours', async () => {
    const { tenantId, db, groupId, sent, write, follow, outcomes } = await setup();
    const old = await sent(groupId, 100);
    await write('Too late');
    await follow();
    expect(await outcomes()).toEqual([]);
    const other = await aGroup(db, tenantId, { kind: 'campaign' });
    await sent(other, 1);
    await write('About the first one', { answers: { id: old, by: 'quote' } });
    await follow();
    expect(await outcomes()).toEqual([{ message: old, kind: 'reply' }]);
  });

  it('counts a text that opts out as an opt-out only, and an opt-out from elsewhere too', async () => {
    const { db, groupId, sent, write, optOut, follow, outcomes, counts } = await setup();
    const first = await sent(groupId);
    await write('STOP');
    await follow();
    expect(await outcomes()).toEqual([{ message: first, kind: 'opt_out' }]);
    await write('Sorry, why?');
    await db.transaction((tx) => optOut(tx, null));
    await follow();
    expect(await counts()).toEqual({ opt_out: 1, reply: 1 });
  });

  it('counts for the person behind every address', async () => {
    const { db, tenantId, groupId, sent, write, follow, outcomes } = await setup();
    await db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, '77@lid', '+447700900101')`, [tenantId]);
    const id = await sent(groupId, 1, '77@lid');
    await write('Hello');
    await follow();
    expect(await outcomes()).toEqual([{ message: id, kind: 'reply' }]);
  });

  it('is not read from replayed history, nor of tenants without a campaign', async () => {
    const { groupId, sent, write, follow, outcomes } = await setup();
    await sent(groupId);
    await write('Last year', { historical: true });
    await follow();
    expect(await outcomes()).toEqual([]);
  });
});
