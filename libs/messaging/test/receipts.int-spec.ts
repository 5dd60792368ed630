import fc from 'fast-check';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import type { ReceiptStatus } from '@heliograph/providers';
import { MessageStore } from '../src/intake/message-store.repository';
import { MessageQueries } from '../src/messages/message-queries.repository';
import { Receipts } from '../src/receipts/receipts.repository';
import type { MessageState } from '../src/message';
import { aLane, aRow, moveTo } from '../testing';

let database: TestDatabase;
beforeAll(async () => (database = await openTestDatabase()));
afterAll(() => database.close());

const ranks = { error: 0, pending: 1, sent: 2, delivered: 3, read: 4, played: 5 } satisfies Record<ReceiptStatus, number>;
const states = ['sent', 'sent', 'sent', 'delivered', 'read', 'played'];
const arrows = new Set(['sent>delivered', 'sent>failed', 'failed>delivered', 'delivered>read', 'read>played']);

/** Messages that the provider accepted and whose WhatsApp ids are known. */
async function taken(count: number, state: MessageState = 'sent') {
  const { db } = database;
  const { tenantId, sessionId } = await aLane(db);
  const rows = Array.from({ length: count }, (_, i) => aRow({ tenantId, sessionId, recipient: `+4477${String(10_000_000 + i)}` }));
  await new MessageStore().store(db, rows, 72);
  await moveTo(
    db,
    rows.map(({ id }) => id),
    state,
  );
  await db.query(
    `INSERT INTO message_keys (session_id, key_id, tenant_id, message_id, evidence) SELECT $1, 'K' || m.id::text, $2, m.id, 'info' FROM messages m WHERE tenant_id = $2`,
    [sessionId, tenantId],
  );
  const ids = rows.map((row) => row.id);
  return {
    tenantId,
    sessionId,
    ids,
    receipt: (nth: number, status: ReceiptStatus, at: Date | null = null) => ({ sessionId, keyId: `K${ids[nth]}`, status, at }),
    read: async () => {
      const found = await db.query<{ id: string; state: string; delivered_at: Date | null; read_at: Date | null; played_at: Date | null }>(
        'SELECT id, state, delivered_at, read_at, played_at FROM messages WHERE tenant_id = $1',
        [tenantId],
      );
      const byId = new Map(found.map((row) => [row.id, row]));
      return ids.map((id) => byId.get(id)!);
    },
  };
}

/** State that a message must have after these receipts, in any order: a receipt of the person outranks every failure. */
function after(statuses: ReceiptStatus[]): string {
  const rank = Math.max(2, ...statuses.map((status) => ranks[status]));
  return rank === 2 && statuses.includes('error') ? 'failed' : states[rank]!;
}

function permutations<T>(items: T[]): T[][] {
  if (items.length < 2) return [items];
  return items.flatMap((item, i) => permutations(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}

async function walked(tenantId: string): Promise<string[]> {
  const rows = await database.db.query<{ step: string }>(
    `SELECT DISTINCT from_state || '>' || to_state AS step FROM message_events WHERE tenant_id = $1 AND from_state = 'sent' OR tenant_id = $1 AND from_state IN ('delivered', 'read', 'played', 'failed')`,
    [tenantId],
  );
  return rows.map(({ step }) => step);
}

describe('receipts', () => {
  it('are applied when the database refuses another receipt of the batch', async () => {
    const { sessionId, receipt, read } = await taken(6);
    const batch = [0, 1, 2, 3, 4, 5].map((nth) => receipt(nth, 'delivered'));
    batch.splice(3, 0, { sessionId, keyId: 'K\u0000', status: 'read', at: null });
    expect(await new Receipts(database.db).apply(batch)).toEqual(batch.map(() => true));
    expect((await read()).map(({ state }) => state)).toEqual(Array.from({ length: 6 }, () => 'delivered'));
  });

  it('do not change decisions of our own', async () => {
    const { receipt, ids, read } = await taken(1);
    await database.db.query(`UPDATE messages SET state = 'failed', cause = 'invalid_recipient' WHERE id = $1`, [ids[0]]);
    await new Receipts(database.db).apply([receipt(0, 'read')]);
    expect(await read()).toMatchObject([{ state: 'failed', read_at: null }]);
  });

  it('lead to the same state in every order, also with an error among them', async () => {
    const orders = permutations<ReceiptStatus>(['pending', 'sent', 'delivered', 'read', 'played', 'error']);
    const batch = await taken(orders.length);
    for (let step = 0; step < 6; step++) {
      const known = await new Receipts(database.db).apply(orders.map((order, nth) => batch.receipt(nth, order[step]!)));
      expect(known.every(Boolean)).toBe(true);
    }
    const rows = await batch.read();
    expect(rows.map(({ state }) => state)).toEqual(orders.map(after));
    for (const row of rows) if (row.state === 'played') expect([row.delivered_at, row.read_at, row.played_at]).not.toContain(null);
    expect((await walked(batch.tenantId)).filter((step) => !arrows.has(step))).toEqual([]);
  });

  it('never lower a state, in any repetition, mix and batching', async () => {
    const status = fc.constantFrom<ReceiptStatus>('pending', 'sent', 'delivered', 'read', 'played');
    const receipts = fc.array(fc.record({ nth: fc.nat({ max: 7 }), status }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(receipts, { minLength: 1, maxLength: 4 }), async (batches) => {
        const messages = await taken(8);
        const applied = messages.ids.map(() => [] as ReceiptStatus[]);
        let before = Array.from({ length: 8 }, () => 2);
        for (const batch of batches) {
          await new Receipts(database.db).apply(batch.map(({ nth, status: s }) => messages.receipt(nth, s)));
          for (const { nth, status: s } of batch) applied[nth]?.push(s);
          const now = (await messages.read()).map(({ state }) => states.lastIndexOf(state));
          expect(now.every((rank, nth) => rank >= before[nth]!)).toBe(true);
          before = now;
        }
        expect((await messages.read()).map(({ state }) => state)).toEqual(applied.map(after));
      }),
      { numRuns: 40 },
    );
  });

  it('give the same timeline in one batch or several, in every order', async () => {
    const status = fc.constantFrom<ReceiptStatus>('pending', 'sent', 'delivered', 'read', 'played');
    await fc.assert(
      fc.asyncProperty(fc.array(status, { minLength: 1, maxLength: 6 }), fc.nat({ max: 5 }), async (statuses, cut) => {
        const messages = await taken(3);
        const receipts = new Receipts(database.db);
        await receipts.apply([
          ...statuses.map((s) => messages.receipt(0, s)),
          ...statuses.slice(0, cut).map((s) => messages.receipt(1, s)),
        ]);
        await receipts.apply(statuses.slice(cut).map((s) => messages.receipt(1, s)));
        for (const s of statuses.toReversed()) await receipts.apply([messages.receipt(2, s)]);
        const rows = await database.db.query<{ id: string; path: string[] }>(
          `SELECT message_id AS id, array_agg(from_state || '>' || to_state ORDER BY seq) AS path FROM message_events
           WHERE tenant_id = $1 AND from_state IN ('sent', 'delivered', 'read') GROUP BY 1`,
          [messages.tenantId],
        );
        const paths = messages.ids.map((id) => rows.find((row) => row.id === id)?.path ?? []);
        expect(paths[1]).toEqual(paths[0]);
        expect(paths[2]).toEqual(paths[0]);
      }),
      { numRuns: 40 },
    );
  });

  it('keep the earliest time of each step', async () => {
    const { receipt, read } = await taken(1);
    const [early, late] = [new Date('2026-11-20T10:00:00Z'), new Date('2026-11-20T10:05:00Z')];
    const receipts = new Receipts(database.db);
    await receipts.apply([receipt(0, 'delivered', late), receipt(0, 'delivered', early)]);
    await receipts.apply([receipt(0, 'read', late)]);
    await receipts.apply([receipt(0, 'delivered', late), receipt(0, 'read', early)]);
    expect(await read()).toMatchObject([{ state: 'read', delivered_at: early, read_at: late }]);
  });

  it('open one dead letter for an error, resolve it on delivery, and open none for a later error', async () => {
    const { receipt, read, tenantId } = await taken(3);
    const receipts = new Receipts(database.db);
    await receipts.apply([receipt(0, 'error'), receipt(1, 'delivered'), receipt(2, 'error')]);
    await receipts.apply([receipt(0, 'error'), receipt(1, 'error')]);
    await receipts.apply([receipt(0, 'delivered')]);
    expect((await read()).map(({ state }) => state)).toEqual(['delivered', 'delivered', 'failed']);
    const dead = await database.db.query('SELECT state FROM dead_letters WHERE tenant_id = $1 ORDER BY state', [tenantId]);
    expect(dead).toEqual([{ state: 'open' }, { state: 'resolved' }]);
  });

  it('for an unknown id, or a message that is being called, must be offered again', async () => {
    const [underWay, sent] = [await taken(1, 'uncertain'), await taken(1)];
    const unknown = { ...sent.receipt(0, 'read'), keyId: 'nobody' };
    const receipts = [unknown, underWay.receipt(0, 'read'), sent.receipt(0, 'read')];
    expect(await new Receipts(database.db).apply(receipts)).toEqual([false, false, true]);
    expect([...(await underWay.read()), ...(await sent.read())].map(({ state }) => state)).toEqual(['uncertain', 'read']);
  });

  describe('of group members', () => {
    const [asha, ashaLid, bela] = ['+447700900101', '230000000000007@lid', '+5491123456701'];
    async function toGroup() {
      const messages = await taken(1);
      await database.db.query(`UPDATE messages SET recipient = '120363040000000001@g.us' WHERE id = $1`, [messages.ids[0]]);
      const receipts = new Receipts(database.db);
      return {
        ...messages,
        from: (member: string, status: ReceiptStatus, at: Date | null = null) =>
          receipts.apply([{ ...messages.receipt(0, status, at), member }]),
        whole: (status: ReceiptStatus) => receipts.apply([messages.receipt(0, status)]),
        shown: async () => {
          const { state, members } = await new MessageQueries(database.db).get(messages.tenantId, messages.ids[0]!, 72);
          return { state, members: members.map(({ address, state: s }) => `${address} ${s}`) };
        },
      };
    }

    it('are stored per member and only raised; the first delivers the whole, and its own receipts read it', async () => {
      const { from, whole, shown, tenantId } = await toGroup();
      await from(bela, 'error');
      expect(await shown()).toEqual({ state: 'sent', members: [`${bela} failed`] });
      for (const status of ['played', 'read', 'delivered', 'error'] as const) await from(asha, status);
      await from(bela, 'delivered');
      expect(await shown()).toEqual({ state: 'delivered', members: [`${asha} played`, `${bela} delivered`] });
      expect(await database.db.query('SELECT 1 FROM dead_letters WHERE tenant_id = $1', [tenantId])).toEqual([]);
      await whole('read');
      expect(await shown()).toMatchObject({ state: 'read' });
    });

    it('under a number, another spelling and a privacy id belong to one person, whenever the pair is learned', async () => {
      const { from, shown, tenantId } = await toGroup();
      await from(ashaLid, 'read', new Date('2026-11-20T10:00:00Z'));
      await from(asha, 'delivered', new Date('2026-11-20T09:59:00Z'));
      await from(bela, 'delivered');
      await from('+541123456701', 'read');
      expect((await shown()).members).toEqual([`${asha} delivered`, `+541123456701 read`, `${ashaLid} read`]);
      await database.db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, $2, $3)`, [tenantId, ashaLid, asha]);
      expect((await shown()).members).toEqual([`${asha} read`, `+541123456701 read`]);
    });

    it('lead to the same result in every order and batching', async () => {
      const receipt = fc.record({
        member: fc.constantFrom(asha, bela),
        status: fc.constantFrom<ReceiptStatus>('error', 'pending', 'sent', 'delivered', 'read', 'played'),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(receipt, { minLength: 1, maxLength: 8 }), async (given) => {
          const [one, other] = [await toGroup(), await toGroup()];
          await new Receipts(database.db).apply(given.map(({ member, status }) => ({ ...one.receipt(0, status), member })));
          for (const { member, status } of given.toReversed()) await other.from(member, status);
          expect(await other.shown()).toEqual(await one.shown());
          expect((await one.shown()).state).toBe(given.some(({ status }) => ranks[status] >= 3) ? 'delivered' : 'sent');
        }),
        { numRuns: 30 },
      );
    });

    it('wait for a message that is not known, and move a private message as a whole', async () => {
      const { receipt, read } = await taken(1);
      const receipts = new Receipts(database.db);
      expect(await receipts.apply([{ ...receipt(0, 'read'), keyId: 'nobody', member: asha }])).toEqual([false]);
      expect(await receipts.apply([{ ...receipt(0, 'read'), member: asha }])).toEqual([true]);
      expect(await read()).toMatchObject([{ state: 'read' }]);
    });
  });
});
