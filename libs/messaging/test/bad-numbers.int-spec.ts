import { Suppressions } from '@heliograph/contacts';
import { type Database, type Loops, systemActor, TransactionFeed } from '@heliograph/kernel';
import { historySettles, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import type { Tenants } from '@heliograph/tenants';
import { BadNumbers } from '../src/dead-letters/bad-numbers';
import { MessageEvents } from '../src/history/message-events.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { messageClasses } from '../src/message';
import { aLane, aRow, aWorker } from '../testing';

const start = Date.parse('2026-03-02T10:00:00Z');
const dayMs = 24 * 3_600_000;

describe('numbers that cannot be reached', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());
  beforeEach(() => stopClock(db, new Date(start)));

  const number = '+447700900101';
  let minute = 0;

  /** A tenant with its rule, and processes that apply it to the history. */
  async function setup(rule: { days: number | null; after_failures: number } = { days: 90, after_failures: 3 }) {
    const lane = await aLane(db, { windowLimit: 0 });
    const tenants = { settingsOf: async (_: unknown, ids: string[]) => new Map(ids.map((id) => [id, { bad_numbers: rule }])) };
    const suppressions = new Suppressions(db);
    const aProcess = () => {
      const process = new BadNumbers(
        new TransactionFeed(db),
        new MessageEvents(),
        tenants as unknown as Tenants,
        suppressions,
        {} as Loops,
      );
      return { follow: () => historySettles(db).then(() => process.follow()) };
    };
    const [one, two] = [aProcess(), aProcess()];
    await one.follow();
    const store = new MessageStore();
    /** A message with this end. */
    const ends = async (state: string, cause: string | null, over: Partial<ReturnType<typeof aRow>> = {}) => {
      const row = aRow({ ...lane, recipient: number, ...over });
      await store.store(db, [row], 72);
      await db.query(`UPDATE messages SET state = 'calling', attempt = 1 WHERE id = $1`, [row.id]);
      if (cause !== 'invalid_recipient')
        await db.query(
          `UPDATE messages SET state = 'sent', due_at = NULL, sent_at = heliograph_now() + $2 * interval '1 minute' WHERE id = $1`,
          [row.id, ++minute],
        );
      if (state !== 'sent')
        await db.query(`UPDATE messages SET state = $2, cause = $3, due_at = NULL WHERE id = $1`, [row.id, state, cause]);
    };
    const listed = async () => (await suppressions.list(lane.tenantId, {}, { limit: 10 })).rows;
    /** State and cause of a further message to the number after its claim. */
    const claimed = async () => {
      const row = aRow({ ...lane, recipient: number, class: 'reply' });
      await store.store(db, [row], 72);
      await new LaneClaims(db).claim({
        sessionId: lane.sessionId,
        workerId: await aWorker(db),
        maxMessages: 5,
        revision: '-1',
        shiftMs: 0,
      });
      const [found] = await db.query<{ state: string; cause: string | null }>(`SELECT state, cause FROM messages WHERE id = $1`, [row.id]);
      await db.query(
        `UPDATE messages SET state = 'sent', due_at = NULL, sent_at = heliograph_now() WHERE session_id = $1 AND state = 'calling'`,
        [lane.sessionId],
      );
      await db.query(`UPDATE lanes SET turn_worker = NULL, in_flight = '{}' WHERE session_id = $1`, [lane.sessionId]);
      return [found?.state, found?.cause];
    };
    return { ...lane, one, two, suppressions, ends, listed, claimed, rule };
  }

  it.each(messageClasses)('are suppressed at once when they are not on WhatsApp, for a message of class %s', async (of) => {
    const { one, ends, listed, claimed } = await setup();
    await ends('failed', 'invalid_recipient', { class: of });
    await one.follow();
    expect(await listed()).toMatchObject([
      {
        address: number,
        reason: 'bad_number',
        note: 'Not on WhatsApp.',
        actor: systemActor('bad_numbers'),
        expiresAt: new Date(start + 90 * dayMs),
      },
    ]);
    expect(await claimed()).toEqual(['suppressed', 'bad_number']);
  });

  it('are suppressed after failures in a row, over all classes, which a delivery resets', async () => {
    const { one, ends, listed } = await setup();
    for (const kind of ['broadcast', 'reply'] as const) await ends('failed', 'provider_error', { class: kind });
    await ends('sent', null);
    for (let i = 0; i < 2; i++) await ends('failed', 'provider_error');
    await one.follow();
    expect(await listed()).toEqual([]);
    await ends('failed', 'provider_error', { class: 'transactional' });
    await one.follow();
    expect(await listed()).toMatchObject([{ reason: 'bad_number', note: 'Failed 3 times in a row.' }]);
  });

  it('ignore failures of other causes, other numbers and other tenants', async () => {
    const [mine, theirs] = [await setup(), await setup()];
    for (const cause of ['refused', 'expired', 'auth']) for (let i = 0; i < 3; i++) await mine.ends('failed', cause);
    await mine.ends('failed', 'provider_error', { recipient: '+447700900102' });
    for (let i = 0; i < 2; i++) await theirs.ends('failed', 'provider_error');
    await mine.ends('failed', 'provider_error');
    await mine.one.follow();
    expect([await mine.listed(), await theirs.listed()]).toEqual([[], []]);
  });

  it('can receive messages again when the suppression expires', async () => {
    const { one, ends, claimed } = await setup({ days: 30, after_failures: 3 });
    await ends('failed', 'invalid_recipient');
    await one.follow();
    await stopClock(db, new Date(start + 30 * dayMs - 1_000));
    expect(await claimed()).toEqual(['suppressed', 'bad_number']);
    await stopClock(db, new Date(start + 30 * dayMs));
    expect(await claimed()).toEqual(['calling', null]);
  });

  it('can receive messages again when it is removed or the person writes, until they fail again', async () => {
    const { tenantId, one, ends, listed, claimed, suppressions } = await setup();
    for (const lift of [
      () => suppressions.lift(tenantId, number, 'bad_number'),
      () => db.transaction((tx) => suppressions.reached(tx, [{ tenantId, address: number }])),
    ]) {
      await ends('failed', 'invalid_recipient');
      await one.follow();
      expect(await claimed()).toEqual(['suppressed', 'bad_number']);
      await lift();
      await one.follow();
      expect(await listed()).toEqual([]);
      expect(await claimed()).toEqual(['calling', null]);
    }
  });

  it('are not suppressed for a tenant that turned the rule off', async () => {
    const { one, ends, listed } = await setup({ days: null, after_failures: 1 });
    await ends('failed', 'invalid_recipient');
    await ends('failed', 'provider_error');
    await one.follow();
    expect(await listed()).toEqual([]);
  });

  it('are suppressed once by several processes, and a removed suppression stays removed', async () => {
    const { tenantId, one, two, ends, listed, suppressions } = await setup();
    await ends('failed', 'invalid_recipient');
    const added = jest.spyOn(suppressions, 'addWithin');
    await Promise.all([one.follow(), two.follow(), one.follow(), two.follow()]);
    await two.follow();
    expect(added).toHaveBeenCalledTimes(1);
    expect(await listed()).toHaveLength(1);
    await suppressions.lift(tenantId, number, undefined);
    await Promise.all([one.follow(), two.follow()]);
    expect(await listed()).toEqual([]);
  });

  it('do not block each other when the database refuses one failure', async () => {
    const { one, ends, listed, suppressions, tenantId } = await setup();
    await ends('failed', 'invalid_recipient', { recipient: '+447700900102' });
    await ends('failed', 'invalid_recipient');
    const add = suppressions.addWithin.bind(suppressions);
    const refusing = jest.spyOn(suppressions, 'addWithin').mockImplementation(async (tx, ofTenant, addresses, rest) => {
      if (ofTenant === tenantId && addresses.includes('+447700900102')) await tx.query('SELECT 1 / 0');
      return add(tx, ofTenant, addresses, rest);
    });
    await one.follow();
    expect(await listed()).toHaveLength(1);
    refusing.mockRestore();
  });

  it('are suppressed by the next process when one dies before its commit', async () => {
    const { one, two, ends, listed, suppressions } = await setup();
    await ends('failed', 'invalid_recipient');
    const dying = jest.spyOn(suppressions, 'addWithin').mockRejectedValueOnce(new Error('killed'));
    await expect(one.follow()).rejects.toThrow('killed');
    expect(await listed()).toEqual([]);
    await two.follow();
    expect(await listed()).toHaveLength(1);
    dying.mockRestore();
  });
});
