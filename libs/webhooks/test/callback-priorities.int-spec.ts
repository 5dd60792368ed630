import type { Database, Tx } from '@heliograph/kernel';
import { keyActor, until } from '@heliograph/kernel/testing';
import { CallbackQueue } from '../src/outbound/callback-queue.repository';
import type { CallbackType } from '../src/outbound/callback-types';
import { CallbackRig, type Endpoint } from './callback-rig';

let rig: CallbackRig;
beforeAll(async () => (rig = await CallbackRig.start()));
afterEach(() => rig.clear());
afterAll(() => rig.stop());

const receipts = (count: number): { type: CallbackType; conversation: string }[] =>
  Array.from({ length: count }, (_, i) => ({ type: 'message.delivered', conversation: `recipient ${i}` }));

/** Events that the endpoint received, by post. */
const reported = (one: Endpoint) => one.posts().map((post) => post.json.events?.map((event) => event.id) ?? [post.json.id]);

/** Holds the endpoint's first POST, so that all others wait. @returns a function that ends the hold */
async function holdFirst(one: Endpoint): Promise<() => void> {
  const held: (() => void)[] = [];
  rig.receiver.behave = (post, response) =>
    void (post.path === one.path && one.posts().length === 1 ? held.push(() => response.end()) : response.end());
  rig.work();
  await until(() => held.length === 1);
  return () => held.forEach((end) => end());
}

/** Returns the number of rows this connection has read so far. */
async function tuplesRead(tx: Tx): Promise<number> {
  const [read] = await tx.query<{ tuples: number }>(
    `SELECT sum(seq_tup_read + idx_tup_fetch)::int AS tuples FROM pg_stat_xact_user_tables WHERE relname IN ('callbacks', 'callback_events')`,
  );
  return read?.tuples ?? 0;
}

const endpoints = [
  ['event by event', { concurrency: 1 }, 1],
  ['in batches', { concurrency: 1, batchSize: 10 }, 10],
  ['event by event, in order', { concurrency: 1, ordered: true }, 1],
  ['in batches, in order', { batchSize: 10, ordered: true }, 10],
] as const;

describe('an endpoint with 100 receipts that wait', () => {
  it.each(endpoints)('receives an entry, an opt-out and a dead letter before them, %s', async (_how, settings, size) => {
    const one = await rig.endpoint({ ...settings, types: null });
    const waiting = await rig.store(one.tenantId, receipts(100));
    const release = await holdFirst(one);
    const urgent = await rig.store(one.tenantId, [
      { type: 'dead_letter.created', conversation: 'a letter' },
      { type: 'message.received', conversation: 'somebody' },
      { type: 'contact.opted_out', conversation: 'somebody else' },
    ]);
    release();
    await one.drained();
    const [letter, written, optOut] = urgent.map((event) => event.id);
    const after = reported(one).flat().slice(size);
    if (size === 1) expect(after.slice(0, 3)).toEqual([written, optOut, letter]);
    else
      expect(new Set(after.slice(0, size))).toEqual(
        new Set([written, optOut, letter, ...waiting.slice(size, 2 * size - 3).map((e) => e.id)]),
      );
    expect(reported(one).flat()).toHaveLength(103);
  });

  it.each(endpoints.slice(2))(
    'receives those of a conversation before its entries, and both before the others, %s',
    async (_how, settings, size) => {
      const one = await rig.endpoint({ ...settings, types: null });
      const waiting = await rig.store(one.tenantId, [...receipts(100), { type: 'message.read', conversation: 'recipient 80' }]);
      const release = await holdFirst(one);
      const [written] = await rig.store(one.tenantId, [{ type: 'message.received', conversation: 'recipient 80' }]);
      release();
      await one.drained();
      const own = [waiting[80]?.id, waiting[100]?.id, written?.id];
      const after = reported(one).flat().slice(size);
      expect(after.slice(0, size === 1 ? 3 : size).filter((id) => own.includes(id))).toEqual(own);
    },
  );

  it('keeps a conversation in order when its receipts are replayed after an entry', async () => {
    const one = await rig.endpoint({ concurrency: 1, ordered: true, types: null });
    const [receipt] = await rig.store(one.tenantId, [{ type: 'message.delivered', conversation: 'somebody' }]);
    rig.work();
    await one.drained();
    await one.pause();
    const [written] = await rig.store(one.tenantId, [{ type: 'message.received', conversation: 'somebody' }]);
    await rig.store(one.tenantId, receipts(20));
    await rig.log.replay(one.tenantId, one.id, { eventIds: [receipt?.id as string] }, keyActor('Test'));
    await one.resume();
    await one.drained();
    expect(reported(one).flat().slice(1, 3)).toEqual([receipt?.id, written?.id]);
  });
});

describe('what is due', () => {
  const kinds = [
    ['event by event', { batchSize: 1 }],
    ['in batches', { batchSize: 100 }],
    ['in batches, in order', { batchSize: 100, ordered: true }],
  ] as const;
  beforeAll(() => rig.db.query('ALTER TABLE callbacks SET (autovacuum_enabled = off)'));
  afterAll(() => rig.db.query('ALTER TABLE callbacks RESET (autovacuum_enabled)'));

  it.each([
    ...kinds.map(([how, settings]) => [how, 'with their statistics', settings] as const),
    ...kinds.map(([how, settings]) => [how, 'with statistics from before they were there', settings] as const),
  ])('is read from the index for any number of pending callbacks, %s, %s', async (_how, when, settings) => {
    const one = await rig.endpoint({ ...settings, types: null });
    await rig.db.query('ANALYZE');
    for (let i = 0; i < 4; i++) await rig.store(one.tenantId, receipts(5_000));
    await rig.store(one.tenantId, [{ type: 'message.received', conversation: 'somebody' }]);
    if (when === 'with their statistics') await rig.db.query('ANALYZE');
    await rig.db.transaction(async (tx) => {
      const before = await tuplesRead(tx);
      const queue = new CallbackQueue(tx as unknown as Database, rig.letters, rig.events);
      const [turn] = await queue.takeTurns();
      expect(turn?.id).toBe(one.id);
      const due =
        settings.batchSize > 1 ? await queue.dueBatch(turn as never, [], 100) : await queue.due(turn as never, [], [100, 100, 100]);
      expect(due?.posts.flatMap((post) => post.callbacks)).toHaveLength(settings.batchSize > 1 ? 100 : 101);
      expect((await tuplesRead(tx)) - before).toBeLessThan(1_000);
    });
  });
});

describe('a batch that is formed', () => {
  it('has no callback that an earlier turn settles while it waits for the rows', async () => {
    const one = await rig.endpoint({ batchSize: 10, types: null });
    await rig.store(one.tenantId, receipts(3));
    const queue = new CallbackQueue(rig.db, rig.letters, rig.events);
    const turn = (await queue.takeTurns()).find(({ id }) => id === one.id);
    let forming: ReturnType<CallbackQueue['dueBatch']> = Promise.resolve(null);
    await rig.db.transaction(async (tx) => {
      await tx.query(`UPDATE callbacks SET state = 'delivered' WHERE endpoint_id = $1`, [one.id]);
      forming = queue.dueBatch(turn as never, [], 10);
      await until(async () => {
        const held = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        return (await rig.db.query(held)).length > 0;
      });
    });
    expect(await forming).toMatchObject({ posts: [] });
  });
});
