import { InboundMessages } from '@heliograph/inbox';
import { ContactEditing, Suppressions } from '@heliograph/contacts';
import { type Actor, Database } from '@heliograph/kernel';
import { keyActor, until } from '@heliograph/kernel/testing';
import { MessageIntake } from '@heliograph/messaging';
import { Receiver } from '@heliograph/webhooks/testing';
import { ApiRig } from './api/api-rig';

let receiver: Receiver;
/** Reads hooks, with a worker. */
let rig: ApiRig;
/** Reads none by itself: two processes that a test has read what it likes. */
let still: ApiRig;
beforeAll(async () => {
  receiver = await Receiver.start();
  rig = await ApiRig.start({ EGRESS_ALLOWED: receiver.address, HOOK_BATCH: '17', HOOK_READERS: '3' });
  await rig.work();
  still = await ApiRig.start();
});
afterAll(async () => {
  await rig.stop();
  await still.stop();
  await receiver.close();
});

/** Numbers from 0 to below 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function shuffled<T>(all: T[], random: () => number): T[] {
  const left = [...all];
  for (let i = left.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [left[i], left[j]] = [left[j] as T, left[i] as T];
  }
  return left;
}

interface Somebody {
  phone: string;
  lid: string;
}

type Showing = 'phone' | 'lid' | 'both-by-phone' | 'both-by-lid';

/** The key of a message as the provider writes it, by what it shows of who wrote. */
function keyOf(id: string, { phone, lid }: Somebody, showing: Showing) {
  const phoneJid = `${phone}@s.whatsapp.net`;
  const shown = showing.startsWith('both') ? { senderPn: phoneJid, cleanedSenderPn: phone, senderLid: lid } : {};
  return showing.endsWith('phone')
    ? { id, fromMe: false, remoteJid: phoneJid, addressingMode: 'pn', ...shown }
    : { id, fromMe: false, remoteJid: lid, addressingMode: 'lid', ...shown };
}

function messageHook(id: string, who: Somebody, showing: Showing, text: string, over: object = {}) {
  const item = { key: keyOf(id, who, showing), messageBody: text, message: { conversation: text }, ...over };
  return { event: 'messages.received', timestamp: Math.floor(Date.now() / 1_000), data: { messages: item } };
}

function editHook(id: string, who: Somebody, of: string, text: string) {
  const timestamp = Math.floor(Date.now() / 1_000);
  const protocolMessage = { type: 14, key: { id: of }, editedMessage: { conversation: text } };
  const message = { editedMessage: { message: { protocolMessage } } };
  return {
    event: 'messages.upsert',
    timestamp,
    data: { messages: { key: keyOf(id, who, 'both-by-lid'), messageTimestamp: timestamp, message } },
  };
}

const peopleCount = 40;

/** 200 deliveries about 40 people of whom each shows both addresses at some time, and one who never does. */
function fixtureSet(seed: number) {
  const random = randomFrom(seed);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const people = Array.from({ length: peopleCount }, (_, i): Somebody => ({
    phone: `447700900${String(100 + i)}`,
    // The digits of a privacy id are those of somebody else's number as often as not.
    lid: i % 2 === 0 ? `447700900${String(100 + ((i + 1) % peopleCount))}@lid` : `23000000000${String(1_000 + i)}@lid`,
  }));
  const stranger = { phone: '447700900999', lid: '230000000009999@lid' };
  let n = 0;
  const written: { id: string; who: Somebody; showing: Showing }[] = [
    ...people.map((who) => ({ who, showing: pick(['both-by-phone', 'both-by-lid'] as const) })),
    ...[stranger, stranger].map((who, i) => ({ who, showing: i ? ('phone' as const) : ('lid' as const) })),
    ...Array.from({ length: 108 }, () => ({ who: pick(people), showing: pick(['phone', 'lid', 'both-by-phone', 'both-by-lid'] as const) })),
  ].map((one) => ({ ...one, id: `3AF0${seed}${String(++n).padStart(10, '0')}` }));
  const first = written.map(({ id, who, showing }) => messageHook(id, who, showing, `Hello ${id}`, { pushName: `P${who.phone}` }));
  const again = Array.from({ length: 200 - first.length }, () => {
    const hook = pick(first);
    const event = pick(['messages.received', 'messages.upsert', 'messages-personal.received'] as const);
    return { ...hook, event, data: { messages: event === 'messages.upsert' ? [hook.data.messages] : hook.data.messages } };
  });
  return { people, stranger, written, hooks: shuffled([...first, ...again], random) };
}

const post = (at: ApiRig, session: { hookPath: string; secret: string }, body: unknown) =>
  at.call('POST', session.hookPath, { body, headers: { 'x-webhook-signature': session.secret }, of: '/hooks/wasender/{token}' });
const allRead = (tenantId: string) =>
  until(async () => {
    const [row] = await rig
      .get(Database)
      .query<{ n: string }>(`SELECT count(*) AS n FROM hook_inbox WHERE tenant_id = $1 AND processed_at IS NULL`, [tenantId]);
    return row?.n === '0';
  }, 30_000);

describe('people who show a number, a privacy id, or both', () => {
  it.each([1, 2, 3, 4, 5])('are one contact each, in whichever order 200 deliveries tell of them (order %i)', async (seed) => {
    const { id: tenantId, key } = await rig.tenant();
    const session = await rig.session(tenantId);
    const { people, stranger, written, hooks } = fixtureSet(seed);
    expect(hooks).toHaveLength(200);
    for (let i = 0; i < hooks.length; i += 20)
      for (const reply of await Promise.all(hooks.slice(i, i + 20).map((hook) => post(rig, session, hook)))) expect(reply.status).toBe(200);
    await allRead(tenantId);
    const db = rig.get(Database);
    expect(
      await db.query(
        `SELECT outcome, count(*)::int AS n FROM hook_inbox WHERE tenant_id = $1 AND outcome NOT IN ('applied', 'duplicate') GROUP BY 1`,
        [tenantId],
      ),
    ).toEqual([]);

    const page = await rig.call('GET', '/v1/contacts?limit=500', { key, of: '/v1/contacts' });
    const contacts = page.body.data as { id: string; addresses: string[]; name: string }[];
    const expected = [...people.map(({ phone, lid }) => [`+${phone}`, lid]), [`+${stranger.phone}`], [stranger.lid]];
    const sorted = (all: string[][]) => all.map((addresses) => [...addresses].sort().join(' ')).sort();
    expect(sorted(contacts.map((c) => c.addresses))).toEqual(sorted(expected));

    const entries = await db.query<{ key_id: string; contact_id: string; session_id: string }>(
      `SELECT e.key_id, c.contact_id FROM entries e JOIN conversations c ON c.tenant_id = e.tenant_id AND c.id = e.conversation_id WHERE e.tenant_id = $1`,
      [tenantId],
    );
    expect(entries).toHaveLength(written.length);
    const owner = new Map(contacts.flatMap((c) => c.addresses.map((address) => [address, c.id])));
    const byKey = new Map(entries.map((e) => [e.key_id, e.contact_id]));
    for (const { id, who, showing } of written)
      expect(byKey.get(id)).toBe(owner.get(showing.endsWith('phone') ? `+${who.phone}` : who.lid));
    const conversations = (await rig.call('GET', '/v1/conversations?limit=500', { key, of: '/v1/conversations' })).body.data as {
      contact_id: string;
      unread: number;
    }[];
    expect(conversations.map((c) => c.contact_id).sort()).toEqual(contacts.map((c) => c.id).sort());
    expect(conversations.reduce((sum, c) => sum + c.unread, 0)).toBe(written.length);

    // Of those that were merged, each tells what it became, and nothing refers to what is gone.
    const merged = await db.query<{ id: string; merged_into: string }>(
      `SELECT id, merged_into FROM contacts WHERE tenant_id = $1 AND merged_into IS NOT NULL`,
      [tenantId],
    );
    const there = new Set(contacts.map((c) => c.id));
    for (const { id, merged_into: became } of merged) {
      expect(there.has(became)).toBe(true);
      expect((await rig.call('GET', `/v1/contacts/${id}`, { key, of: '/v1/contacts/{id}' })).body.id).toBe(became);
    }
    const changes = await db.query(`SELECT 1 FROM contact_changes WHERE tenant_id = $1 AND kind = 'merged'`, [tenantId]);
    expect(changes).toHaveLength(merged.length);
  });
});

describe('a message that is read more than once', () => {
  const stop: Somebody = { phone: '447700900101', lid: '230000000000007@lid' };
  const settings = { opt_out: { confirm_opt_out: 'You will hear no more from us.' } };

  async function setup() {
    const { id: tenantId, key } = await still.tenant();
    expect((await still.call('PATCH', '/v1/tenant', { key, body: { settings }, of: '/v1/tenant' })).status).toBe(200);
    const session = await still.session(tenantId);
    const readers = still.apps.map((app) => app.get(InboundMessages, { strict: false }));
    let n = 0;
    const told = (
      text: string,
      who: { phone?: string; lid?: string } = { phone: '+447700900101' },
      id = `3A${String(++n).padStart(18, '0')}`,
    ) => ({
      tenantId,
      sessionId: session.id,
      fact: {
        type: 'inbound' as const,
        keyId: id,
        sender: { phone: who.phone ?? null, lid: who.lid ?? null, chat: who.lid ?? who.phone ?? null },
        author: null,
        pushName: 'Priya',
        text,
        kind: 'text' as const,
        choiceId: null,
        choice: null,
        rawChat: null,
        media: null,
        quotedKeyId: null,
        at: new Date(),
      },
    });
    const counts = async () => {
      const [row] = await still.get(Database).query(
        `SELECT (SELECT count(*) FROM entries WHERE tenant_id = $1)::int AS entries, (SELECT count(*) FROM consents WHERE tenant_id = $1)::int AS consents,
           (SELECT count(*) FROM messages WHERE tenant_id = $1)::int AS confirmations, (SELECT count(*) FROM contacts WHERE tenant_id = $1 AND merged_into IS NULL)::int AS contacts,
           (SELECT count(*) FROM conversations WHERE tenant_id = $1)::int AS conversations, (SELECT coalesce(sum(unread), 0) FROM conversations WHERE tenant_id = $1)::int AS unread`,
        [tenantId],
      );
      return row;
    };
    const suppressed = async () =>
      (
        await still
          .get(Database)
          .query<{ address: string }>(`SELECT address FROM suppressions WHERE tenant_id = $1 ORDER BY address`, [tenantId])
      ).map((r) => r.address);
    return { tenantId, key, session, readers: readers as [InboundMessages, InboundMessages], told, counts, suppressed };
  }
  const once = { entries: 1, consents: 1, confirmations: 1, contacts: 1, conversations: 1, unread: 1 };

  it('is one entry, one consent, one confirmation of one contact: again, in the same batch, and in two processes at once', async () => {
    const { readers, told, counts, suppressed } = await setup();
    const message = told('STOP', { phone: '+447700900101', lid: stop.lid });
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => (readers[i % 2] as InboundMessages).store([message, message])));
    expect(answers.flat().filter(Boolean)).toHaveLength(1);
    expect(await readers[0].store([message])).toEqual([false]);
    expect(await counts()).toEqual(once);
    expect(await suppressed()).toEqual(['+447700900101', stop.lid]);
  });

  it('leaves nothing behind when its reader dies, and is whole the next time', async () => {
    const { readers, told, counts, suppressed } = await setup();
    const message = told('STOP');
    const dying = jest.spyOn(still.get(MessageIntake), 'storeWithin').mockRejectedValueOnce(new Error('killed'));
    await expect(readers[0].store([message])).rejects.toThrow('killed');
    dying.mockRestore();
    expect(await counts()).toEqual({ entries: 0, consents: 0, confirmations: 0, contacts: 0, conversations: 0, unread: 0 });
    expect(await suppressed()).toEqual([]);
    await readers[1].store([message]);
    expect(await counts()).toEqual(once);
  });

  it('that says STOP from either address at the same moment, is one consent and one confirmation', async () => {
    const { key, readers, told, counts, suppressed } = await setup();
    // One by hand: nothing but the contact tells that the two are one.
    const made = await still.call('PUT', '/v1/contacts', {
      key,
      body: { addresses: ['+447700900101', '230000000000007@lid'] },
      of: '/v1/contacts',
    });
    expect(made.status).toBe(201);
    const stops = Array.from({ length: 12 }, (_, i) =>
      told(i % 3 ? 'Stop' : 'unsubscribe', i % 2 ? { phone: '+447700900101' } : { lid: stop.lid }),
    );
    await Promise.all(stops.map((message, i) => (readers[i % 2] as InboundMessages).store([message])));
    expect(await counts()).toEqual({ entries: 12, consents: 1, confirmations: 1, contacts: 1, conversations: 1, unread: 12 });
    expect(await suppressed()).toEqual(['+447700900101', stop.lid]);
  });

  it('is in the order told: of a STOP and a START in one batch the later one holds, and what was written last stands last', async () => {
    for (let i = 0; i < 6; i++) {
      const { key, readers, told, suppressed } = await setup();
      // Ids that sort the other way around as well.
      const texts = i % 2 ? ['Start', 'Stop'] : ['Stop', 'Start'];
      await readers[0].store(texts.map((text, n) => told(text, undefined, `3A${i < 3 ? n : 9 - n}`)));
      expect(await suppressed()).toEqual(i % 2 ? ['+447700900101'] : []);
      const [conversation] = (await still.call('GET', '/v1/conversations', { key, of: '/v1/conversations' })).body.data as {
        id: string;
        last_text: string;
      }[];
      expect(conversation?.last_text).toBe(texts[1]);
      const entries = await still.call('GET', `/v1/conversations/${conversation?.id as string}/entries`, {
        key,
        of: '/v1/conversations/{id}/entries',
      });
      expect((entries.body.data as { text: string; direction: string }[]).filter((e) => e.direction === 'in').map((e) => e.text)).toEqual(
        texts.toReversed(),
      );
    }
  });

  it('is no bad number’s: who writes can be reached, and answered', async () => {
    const { tenantId, key, readers, told } = await setup();
    const suppress = (reason: 'bad_number' | 'manual', address: string) =>
      still.get(Suppressions).add(tenantId, [address], { reason, note: null, actor: keyActor('Test'), expiresAt: null });
    await suppress('bad_number', '+447700900101');
    await suppress('bad_number', '+447700900102');
    await suppress('manual', '+447700900101');
    await readers[0].store([told('Hello')]);
    const left = (await still.call('GET', '/v1/suppressions', { key, of: '/v1/suppressions' })).body.data as {
      address: string;
      reason: string;
    }[];
    expect(left.map((s) => `${s.address} ${s.reason}`)).toEqual(['+447700900101 manual', '+447700900102 bad_number']);
  });

  it('is not confirmed where the opt-out holds for answers too', async () => {
    const { key, readers, told, counts, suppressed } = await setup();
    const none = { settings: { opt_out: { exempt_classes: [], confirm_opt_in: 'Welcome back.' } } };
    expect((await still.call('PATCH', '/v1/tenant', { key, body: none, of: '/v1/tenant' })).status).toBe(200);
    await readers[0].store([told('STOP')]);
    expect(await counts()).toEqual({ ...once, confirmations: 0 });
    expect(await suppressed()).toEqual(['+447700900101']);
    await readers[0].store([told('START')]);
    expect(await counts()).toMatchObject({ consents: 2, confirmations: 1 });
  });

  it('that is near to a keyword is in one review of its contact, until somebody decides or the person says so clearly', async () => {
    const { key, readers, told, suppressed } = await setup();
    const call = (method: string, path: string, body?: object) =>
      still.call(method, path, { key, ...(body && { body }), of: path.replace(/\?.*/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, '{id}') });
    const who = (n: number) => ({ phone: `+44770090030${n}` });
    const say = (n: number, ...texts: string[]) => readers[n % 2]?.store(texts.map((said) => told(said, who(n))));
    const contact = async (n: number) =>
      ((await call('GET', `/v1/contacts?address=${encodeURIComponent(who(n).phone)}`)).body.data as { id: string }[])[0]?.id as string;
    const reviews = async (query = '') =>
      (await call('GET', `/v1/opt-out-reviews?${query}`)).body.data as {
        id: string;
        contact_id: string;
        state: string;
        text: string;
        decided_by: Actor | null;
      }[];
    const of = async (n: number) =>
      (await reviews(`contact_id=${await contact(n)}`)).map((r) =>
        [r.text, r.state, r.decided_by?.name].filter((x) => x !== undefined).join(' | '),
      );

    // At once, from two processes: one.
    await Promise.all(Array.from({ length: 6 }, (_, i) => (readers[i % 2] as InboundMessages).store([told('Stop please', who(1))])));
    await say(1, 'pls stop now');
    expect(await of(1)).toEqual(['pls stop now | open']);
    // Clear words, by whichever way, settle it; so does a keyword in the same batch.
    await say(1, 'STOP');
    await say(2, 'please stop');
    await call('POST', `/v1/contacts/${await contact(2)}/consents`, { action: 'opt_out', source: 'phone call' });
    await say(3, 'please stop');
    await call('POST', `/v1/contacts/${await contact(3)}/consents`, { action: 'opt_in', source: 'signup-form' });
    expect(await of(3)).toEqual(['please stop | open']);
    await say(3, 'START');
    await say(4, 'please stop', 'STOP');
    await say(5, 'please stop', 'START');
    await say(6, 'START', 'please stop');
    expect(await Promise.all([1, 2, 3, 4, 5, 6].map(of))).toEqual([
      ['pls stop now | confirmed | opt out keyword'],
      ['please stop | confirmed | Test'],
      ['please stop | dismissed | opt in keyword'],
      [],
      [],
      ['please stop | open'],
    ]);
    // Nobody who is out is asked about again.
    await say(1, 'please stop');
    expect(await of(1)).toHaveLength(1);
    expect(await suppressed()).toEqual([who(1), who(2), who(4)].map((w) => w.phone));

    const decide = async (id: string | undefined, how: string) => {
      const reply = await call('POST', `/v1/opt-out-reviews/${id as string}/${how}`);
      return [reply.status, reply.body.code ?? reply.body.state];
    };
    const [sixth] = await reviews('state=open');
    expect(await decide(sixth?.id, 'dismiss')).toEqual([200, 'dismissed']);
    expect(await decide(sixth?.id, 'dismiss')).toEqual([200, 'dismissed']);
    expect(await decide(sixth?.id, 'confirm')).toEqual([409, 'review_decided']);
    expect((await call('GET', `/v1/opt-out-reviews/${sixth?.id as string}`)).body).toMatchObject({
      state: 'dismissed',
      decided_by: { kind: 'key', name: 'Test' },
    });
    // What comes after a decision is another.
    await say(6, 'unsubscribe me please');
    expect(await of(6)).toEqual(['unsubscribe me please | open', 'please stop | dismissed | Test']);

    // Merged: both are the one's; of one who is out nothing is open.
    await say(7, 'stop svp');
    const seventh = await contact(7);
    await call('POST', `/v1/contacts/${await contact(6)}/merge`, { other_id: seventh });
    expect(await of(7)).toEqual(['stop svp | open', 'unsubscribe me please | open', 'please stop | dismissed | Test']);
    expect((await reviews(`contact_id=${seventh}`)).every((r) => r.contact_id !== seventh)).toBe(true);
    expect(await decide((await reviews('state=open'))[0]?.id, 'confirm')).toEqual([200, 'confirmed']);
    expect(await reviews('state=open')).toEqual([]);
    await say(8, 'stop svp');
    await call('POST', `/v1/contacts/${await contact(1)}/merge`, { other_id: await contact(8) });
    expect(await of(8)).toContain('stop svp | confirmed | Test');

    const all = await reviews();
    expect(all).toHaveLength(7);
    const pages: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await call('GET', `/v1/opt-out-reviews?limit=3${cursor && `&cursor=${cursor}`}`);
      pages.push(...(body.data as { id: string }[]).map((r) => r.id));
      cursor = body.next_cursor as string | null;
    }
    expect(pages).toEqual(all.map((r) => r.id));
  });

  it('from a chat that nobody can read counts all the same', async () => {
    const { readers, told, counts, suppressed } = await setup();
    const message = told('STOP');
    message.fact.sender.chat = null;
    await readers[0].store([message]);
    expect(await counts()).toEqual(once);
    expect(await suppressed()).toEqual(['+447700900101']);
  });

  it('ends with one contact and one conversation for each person when processes learn, merge and read the same people at once', async () => {
    const { tenantId, readers, told, counts } = await setup();
    const editing = still.apps.map((app) => app.get(ContactEditing, { strict: false }));
    const random = randomFrom(7);
    const people = Array.from({ length: 8 }, (_, i) => ({ phone: `+44770090020${i}`, lid: `23000000000020${i}@lid` }));
    const work = Array.from({ length: 60 }, (_, i) => {
      const some = shuffled(people, random).slice(0, 4);
      const reader = readers[i % 2] as InboundMessages;
      if (i % 5 === 0) return () => reader.learnPairs(some.map((p) => ({ tenantId, ...p })));
      if (i % 7 === 0) return () => (editing[i % 2] as ContactEditing).put(tenantId, [some[0]?.phone as string], { tags: [`t${i}`] });
      return () =>
        reader.store(some.map((p, k) => told('Hello', (i + k) % 3 === 0 ? { phone: p.phone } : (i + k) % 3 === 1 ? { lid: p.lid } : p)));
    });
    const running = work.map((one) => one());
    expect((await Promise.allSettled(running)).filter((r) => r.status === 'rejected')).toEqual([]);
    await readers[0].learnPairs(people.map((p) => ({ tenantId, ...p })));
    const found = (await counts()) as Record<string, number>;
    expect(found).toMatchObject({ contacts: 8, conversations: 8 });
    expect(found.unread).toBe(found.entries);
    expect(found.entries).toBeGreaterThan(100);
    const dangling = await still.get(Database).query(
      `SELECT 1 FROM entries e LEFT JOIN conversations c ON c.tenant_id = e.tenant_id AND c.id = e.conversation_id LEFT JOIN contacts p ON p.tenant_id = c.tenant_id AND p.id = c.contact_id
       WHERE e.tenant_id = $1 AND (c.id IS NULL OR p.id IS NULL OR p.merged_into IS NOT NULL)`,
      [tenantId],
    );
    expect(dangling).toEqual([]);
  });
});

describe('a post of a channel', () => {
  it('needs no answer, also with a question mark', async () => {
    const { id: tenantId } = await rig.tenant();
    const session = await rig.session(tenantId);
    const channel = { phone: '', lid: '120363990000000009@newsletter' };
    await post(rig, session, messageHook('3ACHANNEL1', channel, 'lid', 'Have you seen this?'));
    await post(rig, session, messageHook('3APERSON1', { phone: '447700900151', lid: '' }, 'phone', 'Have you seen this?'));
    await allRead(tenantId);
    expect(
      await rig.get(Database).query(`SELECT key_id, actionable FROM entries WHERE tenant_id = $1 ORDER BY key_id`, [tenantId]),
    ).toEqual([
      { key_id: '3ACHANNEL1', actionable: [] },
      { key_id: '3APERSON1', actionable: ['question'] },
    ]);
  });
});

describe('history that is replayed after linking anew', () => {
  const daysAgo = (days: number) => ({ messageTimestamp: Math.floor(Date.now() / 1_000) - days * 86_400 });
  const linkAnew = async (session: Awaited<ReturnType<ApiRig['session']>>, key: string) => {
    // In the history, since a look at the provider may end a state within a moment.
    const entries = async (status: string) =>
      (
        (await rig.call('GET', `/v1/sessions/${session.id}/events`, { key, of: '/v1/sessions/{id}/events' })).body.data as { to: string }[]
      ).filter(({ to }) => to === status).length;
    for (const status of ['disconnected', 'need_scan', 'connected']) {
      const before = await entries(status);
      await post(rig, session, { event: 'session.status', timestamp: Math.floor(Date.now() / 1_000), data: { status } });
      await until(async () => (await entries(status)) > before);
    }
  };

  it('is stored, but neither told, nor unread, nor near to an opt-out; a STOP in it counts', async () => {
    const { id: tenantId, key } = await rig.tenant();
    const session = await rig.session(tenantId);
    const made = await rig.call('POST', '/v1/callback-endpoints', {
      key,
      body: { name: 'Core', url: `${receiver.url}/${tenantId}` },
      of: '/v1/callback-endpoints',
    });
    expect(made.status).toBe(201);
    const heard = (type: string) => receiver.at(`/${tenantId}`).filter((p) => p.json.type === type);
    await linkAnew(session, key);
    const who = { phone: '447700900101', lid: '230000000000007@lid' };
    await post(rig, session, messageHook('3AOLD1', who, 'both-by-lid', 'From last week?', daysAgo(7)));
    await post(rig, session, messageHook('3AOLD2', who, 'phone', 'STOP', daysAgo(6)));
    await post(rig, session, messageHook('3AOLD3', who, 'phone', 'Please stop', daysAgo(6)));
    await allRead(tenantId);
    const conversations = () =>
      rig
        .call('GET', '/v1/conversations', { key, of: '/v1/conversations' })
        .then((r) => r.body.data as { id: string; unread: number; last_text: string | null; last_entry_at: string }[]);
    expect(await conversations()).toMatchObject([{ unread: 0, last_text: null }]);
    expect(Date.parse((await conversations())[0]?.last_entry_at as string)).toBeLessThan(Date.now() - 5 * 86_400_000);
    expect((await rig.call('GET', '/v1/conversations/unread', { key, of: '/v1/conversations/unread' })).body).toEqual({
      conversations: 0,
      messages: 0,
    });
    expect((await rig.call('GET', '/v1/opt-out-reviews', { key, of: '/v1/opt-out-reviews' })).body.data).toEqual([]);
    expect((await rig.call('GET', '/v1/suppressions', { key, of: '/v1/suppressions' })).body.data).toMatchObject([
      { address: '+447700900101', reason: 'opt_out' },
      { address: '230000000000007@lid', reason: 'opt_out' },
    ]);

    await post(rig, session, messageHook('3ANEW1', who, 'both-by-lid', 'Are you there?', daysAgo(0)));
    await until(() => heard('message.received').length > 0);
    expect(heard('message.received').map((p) => p.json.data.text)).toEqual(['Are you there?']);
    expect(heard('contact.opted_out')).toHaveLength(1);
    const [conversation] = await conversations();
    expect(conversation).toMatchObject({ unread: 1, last_text: 'Are you there?' });
    const entries = await rig.call('GET', `/v1/conversations/${conversation?.id as string}/entries`, {
      key,
      of: '/v1/conversations/{id}/entries',
    });
    expect((entries.body.data as { text: string; historical: boolean }[]).map((e) => [e.text, e.historical])).toEqual([
      ['Are you there?', false],
      ['Please stop', true],
      ['STOP', true],
      ['From last week?', true],
    ]);
  });

  it('counts for its opt-outs when a text of it is edited, and for nothing else', async () => {
    const { id: tenantId, key } = await rig.tenant();
    const session = await rig.session(tenantId);
    await linkAnew(session, key);
    const [stops, hints, starts] = [1, 2, 3].map((n) => ({ phone: `44770090012${n}`, lid: `23000000000012${n}@lid` })) as [
      Somebody,
      Somebody,
      Somebody,
    ];
    for (const [i, who] of [stops, hints, starts].entries())
      await post(rig, session, messageHook(`3AOLDER${i}`, who, 'both-by-lid', 'Hello', daysAgo(6)));
    await post(rig, session, editHook('3AOLDER3', hints, '3AOLDER1', 'Stpo'));
    await post(rig, session, editHook('3AOLDER4', starts, '3AOLDER2', 'START'));
    await post(rig, session, editHook('3AOLDER5', stops, '3AOLDER0', 'STOP'));
    await allRead(tenantId);
    const data = async (path: string) => (await rig.call('GET', path, { key, of: path })).body.data as Record<string, unknown>[];
    expect((await data('/v1/suppressions')).map(({ address }) => address)).toEqual([`+${stops.phone}`, stops.lid]);
    expect(await data('/v1/opt-out-reviews')).toEqual([]);
    expect(await rig.get(Database).query(`SELECT action FROM consents WHERE tenant_id = $1`, [tenantId])).toEqual([{ action: 'opt_out' }]);
    expect(await data('/v1/messages')).toEqual([]);
  });
});

describe('an edit', () => {
  it('to STOP is an opt-out, and the conversation and its reviews follow what is written now', async () => {
    const { id: tenantId, key } = await rig.tenant();
    const session = await rig.session(tenantId);
    const who = { phone: '447700900117', lid: '230000000000117@lid' };
    const data = async (path: string) => (await rig.call('GET', path, { key, of: path })).body.data as Record<string, unknown>[];
    await post(rig, session, messageHook('3AEDIT1', who, 'both-by-lid', 'Stpo'));
    await allRead(tenantId);
    expect(await data('/v1/opt-out-reviews')).toMatchObject([{ state: 'open', text: 'Stpo' }]);
    await post(rig, session, editHook('3AEDIT2', who, '3AEDIT1', 'Hello'));
    await until(async () => (await data('/v1/opt-out-reviews')).every((review) => review.state === 'dismissed'));
    expect(await data('/v1/suppressions')).toEqual([]);
    expect(await data('/v1/conversations')).toMatchObject([{ last_text: 'Hello', unread: 1 }]);
    await post(rig, session, editHook('3AEDIT3', who, '3AEDIT1', 'STOP'));
    await until(async () => (await data('/v1/suppressions')).length === 2);
    expect(await data('/v1/conversations')).toMatchObject([{ last_text: 'STOP', unread: 1 }]);
  });

  it('and a story are not taken for messages', async () => {
    const { id: tenantId, key } = await rig.tenant();
    const session = await rig.session(tenantId);
    const who = { phone: '447700900118', lid: '230000000000118@lid' };
    const story = messageHook('3ASTORY', who, 'both-by-phone', 'STOP');
    story.data.messages.key.remoteJid = 'status@broadcast';
    await post(rig, session, story);
    await allRead(tenantId);
    for (const path of ['/v1/conversations', '/v1/contacts', '/v1/suppressions'])
      expect((await rig.call('GET', path, { key, of: path })).body.data).toEqual([]);
  });
});
