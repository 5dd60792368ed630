import { ChangeFeed, newId, type Tx } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { type ConversationKey, Conversations } from '../src/conversations.repository';
import { Entries, type NewEntry } from '../src/entries.repository';
import { Timelines } from '../src/timelines.repository';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

/** A tenant with conversations that have no entries yet. */
function setup() {
  const { db } = database;
  const conversations = new Conversations(db, new ChangeFeed({ DATABASE_URL: '' }));
  const entries = new Entries();
  const tenantId = newId();
  const sessionId = newId();
  const aContact = async (name: string) => {
    const id = newId();
    await db.query(`INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, $3)`, [tenantId, id, name]);
    return id;
  };
  const open = async (key: Partial<ConversationKey> & { address: string }) => {
    const [id] = await db.transaction((tx) =>
      conversations.open(tx, [{ tenantId, sessionId, kind: key.contactId ? 'person' : 'group', contactId: null, at: null, ...key }]),
    );
    return id as string;
  };
  /** Stores entries with these texts, in order. */
  const writeIn = async (tx: Tx, conversationId: string, chat: string, texts: string[], historical = false): Promise<string[]> => {
    const written = texts.map((text): NewEntry => {
      const keyId = newId();
      const sender = { chat, phone: chat, lid: null };
      const none = { author: null, pushName: null, choiceId: null, choice: null, media: null, quotedKeyId: null };
      const fact = { type: 'inbound', keyId, sender, rawChat: chat, kind: 'text', text, at: new Date(), ...none } as NewEntry['fact'];
      return { tenantId, sessionId, keyId, id: newId(), fact, conversationId, historical, answers: null, actionable: [] };
    });
    await entries.add(tx, written);
    await conversations.addEntries(tx, written);
    return written.map(({ keyId }) => keyId);
  };
  const write = (...[conversationId, chat, texts, historical]: [string, string, string[], boolean?]) =>
    db.transaction((tx) => writeIn(tx, conversationId, chat, texts, historical));
  const list = async (filter: Parameters<Conversations['list']>[1] = {}) =>
    (await conversations.list(tenantId, filter, { limit: 50 })).rows;
  return { conversations, entries, tenantId, sessionId, aContact, open, write, writeIn, list };
}

/** Starts work after a change that is not committed, and commits it once the work waits for its lock. @returns the result of the work */
async function besides<T>(change: (tx: Tx) => Promise<unknown>, work: () => Promise<T>): Promise<T> {
  const { db } = database;
  const { running } = await db.transaction(async (tx) => {
    await change(tx);
    const running = work();
    await until(
      async () =>
        (await db.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length > 0,
    );
    return { running };
  });
  return running;
}

describe('Conversations', () => {
  it('opens one conversation per session and contact, for any number of messages from any address', async () => {
    const { open, aContact, list } = setup();
    const contactId = await aContact('Asha');

    const first = await open({ contactId, address: '+447700900101' });
    const second = await open({ contactId, address: '230000000000001@lid' });
    const elsewhere = await open({ contactId, address: '+447700900101', sessionId: newId() });

    expect(second).toBe(first);
    expect(elsewhere).not.toBe(first);
    expect(await list()).toHaveLength(2);
    expect((await list()).map((c) => c.contactName)).toEqual(['Asha', 'Asha']);
  });

  it('counts unread messages, and starts again after the conversation is read', async () => {
    const { conversations, tenantId, open, aContact, write } = setup();
    const id = await open({ contactId: await aContact('Bela'), address: '+447700900102' });
    await write(id, '+447700900102', ['Hello', 'Are you open?']);

    expect(await conversations.get(tenantId, id)).toMatchObject({ unread: 2, lastText: 'Are you open?' });
    expect(await conversations.unread(tenantId)).toEqual({ conversations: 1, messages: 2 });

    const read = await conversations.markRead(tenantId, id);
    expect(read.conversation.unread).toBe(0);
    expect(read.last).not.toBeNull();
    // Messages that were marked as read before are not marked again.
    expect((await conversations.markRead(tenantId, id)).last).toBeNull();
    await write(id, '+447700900102', ['Still there?']);
    expect(await conversations.unread(tenantId)).toEqual({ conversations: 1, messages: 1 });
  });

  it('reads the entry that was being added, so that it is marked as read and not passed over', async () => {
    const { conversations, tenantId, open, aContact, writeIn } = setup();
    const id = await open({ contactId: await aContact('Cleo'), address: '+447700900112' });
    const added: string[] = [];
    const read = await besides(
      async (tx) => added.push(...(await writeIn(tx, id, '+447700900112', ['Hello']))),
      () => conversations.markRead(tenantId, id),
    );
    expect(read).toMatchObject({ conversation: { unread: 0, lastText: 'Hello' }, last: { keyId: added[0] } });
  });

  it('marks the other conversation as read when this one is being merged into it', async () => {
    const { conversations, tenantId, open, aContact, write } = setup();
    const [contactId, otherId] = [await aContact('Dora'), await aContact('Dora B')];
    const kept = await open({ contactId, address: '+447700900113' });
    const other = await open({ contactId: otherId, address: '230000000000113@lid' });
    await write(other, '230000000000113@lid', ['Hello']);
    const read = await besides(
      (tx) => conversations.merge(tx, [{ tenantId, contactId, otherId }]),
      () => conversations.markRead(tenantId, other),
    );
    expect(read).toMatchObject({ conversation: { id: kept, unread: 0, lastText: 'Hello' } });
    expect(await conversations.unread(tenantId)).toEqual({ conversations: 0, messages: 0 });
  });

  it('keeps the text of a newer entry that was being added while an older one is edited', async () => {
    const { conversations, entries, tenantId, sessionId, open, aContact, write, writeIn } = setup();
    const id = await open({ contactId: await aContact('Enid'), address: '+447700900114' });
    const [keyId = ''] = await write(id, '+447700900114', ['Helo']);
    const edit = { tenantId, sessionId, keyId, kind: 'edited' as const, author: '+447700900114', text: 'Hello', at: null };
    await besides(
      (tx) => writeIn(tx, id, '+447700900114', ['Are you open?']),
      () => database.db.transaction((tx) => entries.change(tx, [edit])),
    );
    expect(await conversations.get(tenantId, id)).toMatchObject({ lastText: 'Are you open?' });
  });

  it('does not count posts of channels and replayed history as unread', async () => {
    const { open, aContact, write, list } = setup();
    const channel = await open({ kind: 'channel', address: '120363000000000001@newsletter' });
    const person = await open({ contactId: await aContact('Chen'), address: '+447700900103' });
    await write(channel, '120363000000000001@newsletter', ['News']);
    await write(person, '+447700900103', ['Last year'], true);

    expect((await list()).map((c) => c.unread)).toEqual([0, 0]);
    expect(await list({ unread: true })).toEqual([]);
  });

  it('filters the list by session, contact, kind and unread', async () => {
    const { sessionId, open, aContact, write, list } = setup();
    const contactId = await aContact('Dewi');
    const mine = await open({ contactId, address: '+447700900104' });
    const other = await open({ contactId, address: '+447700900104', sessionId: newId() });
    const group = await open({ address: '120363000000000002@g.us' });
    await write(group, '120363000000000002@g.us', ['Hi all']);

    const ids = async (filter: Parameters<typeof list>[0]) => (await list(filter)).map((c) => c.id).sort();
    expect(await ids({ contactId })).toEqual([mine, other].sort());
    expect(await ids({ sessionId })).toEqual([mine, group].sort());
    expect(await ids({ contactId, sessionId })).toEqual([mine]);
    expect(await ids({ kind: 'group' })).toEqual([group]);
    expect(await ids({ unread: true })).toEqual([group]);
  });

  it('merges the conversations of merged contacts, and finds the result by both ids', async () => {
    const { conversations, tenantId, open, aContact, write, list } = setup();
    const [contactId, otherId] = [await aContact('Esi'), await aContact('Esi, by her privacy id')];
    const kept = await open({ contactId, address: '+447700900105' });
    const gone = await open({ contactId: otherId, address: '230000000000005@lid' });
    await write(kept, '+447700900105', ['From the number']);
    await write(gone, '230000000000005@lid', ['From the privacy id', 'And again']);

    await database.db.transaction((tx) => conversations.merge(tx, [{ tenantId, contactId, otherId }]));

    expect(await list()).toEqual([
      expect.objectContaining({ id: kept, contactId, unread: 3, lastText: 'And again', address: '230000000000005@lid' }),
    ]);
    expect(await conversations.get(tenantId, gone)).toEqual(await conversations.get(tenantId, kept));
  });

  it.each([
    ['one spelling', ['+5511987654321']],
    ['both spellings', ['+5511987654321', '+551187654321']],
  ])('shows a message once to a contact who has %s of a number', async (_, addresses) => {
    const { conversations, tenantId, sessionId, open, aContact } = setup();
    const contactId = await aContact('Bia');
    await database.db.query(`INSERT INTO contact_addresses (tenant_id, address, contact_id) SELECT $1, a, $2 FROM unnest($3::text[]) a`, [
      tenantId,
      contactId,
      addresses,
    ]);
    const messageId = newId();
    await database.db.query(
      `INSERT INTO messages (tenant_id, id, session_id, class, state, recipient, kind, body, created_at, expires_at, sent_at)
       VALUES ($1, $2, $3, 3, 'sent', '+551187654321', 'text', '{"content":{"kind":"text","text":"Hello"}}', heliograph_now(), heliograph_now(), heliograph_now())`,
      [tenantId, messageId, sessionId],
    );
    const id = await open({ contactId, address: '+5511987654321' });

    const { rows } = await new Timelines(database.db, conversations).read(tenantId, id, { limit: 50 });

    expect(rows.map((line) => [line.messageId, line.text])).toEqual([[messageId, 'Hello']]);
  });

  it('hides conversations from other tenants', async () => {
    const { open, aContact } = setup();
    const id = await open({ contactId: await aContact('Femi'), address: '+447700900106' });
    const stranger = setup();

    expect(await stranger.list()).toEqual([]);
    await expect(stranger.conversations.get(stranger.tenantId, id)).rejects.toMatchObject({ code: 'not_found' });
  });
});
