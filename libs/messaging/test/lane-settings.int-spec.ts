import { Database, newId } from '@heliograph/kernel';
import { explaining, keyActor, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { capPoolBody, CapPools } from '../src/lanes/cap-pools.repository';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { laneLimitsPatch } from '../src/lanes/lane-limits';
import { LaneSettings } from '../src/lanes/lane-settings.repository';
import { MessageExplainer } from '../src/messages/message-why.repository';
import { aLane, aRow, aWorker } from '../testing';

const start = Date.parse('2026-03-02T10:00:00Z');

describe('limits of a lane', () => {
  let test: TestDatabase;
  let db: Database;
  let settings: LaneSettings;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    settings = new LaneSettings(db);
  });
  afterAll(() => test.close());
  beforeEach(() => stopClock(db, new Date(start)));

  it.each([
    { warm_up: [2_147_483_648] },
    { hourly_cap: 2_147_483_648 },
    { daily_cap: 9_007_199_254_740_991 },
    ...['+05:30', '+0530', 'AET', 'EST5EDT', 'GMT', 'UCT', 'utc', 'europe/london', 'posix/Europe/London', 'Europe', 'Mars/Base', ''].map(
      (time_zone) => ({
        time_zone,
      }),
    ),
  ])('are refused when the database reads them differently or not at all: %j', (patch) => {
    expect(laneLimitsPatch.safeParse(patch).success).toBe(false);
    if (!('warm_up' in patch)) expect(capPoolBody.safeParse(patch).success).toBe(false);
  });

  it('accept the maximum of each column, and claims and views compute with it', async () => {
    const { tenantId, sessionId } = await aLane(db);
    const max = 2_147_483_647;
    const patch = laneLimitsPatch.parse({
      hourly_cap: max,
      daily_cap: max,
      warm_up: [max, 1],
      window_ms: 86_400_000,
      window_limit: 1_000_000,
      jitter_ms: 600_000,
      burst_size: 10_000,
      burst_pause_ms: 86_400_000,
    });
    expect(await settings.set(tenantId, keyActor('desk'), sessionId, patch)).toMatchObject({ leftThisHour: max, leftToday: max });
    await new CapPools(db).put(tenantId, 'all', capPoolBody.parse({ hourly_cap: max, daily_cap: max }));
    await settings.set(tenantId, keyActor('desk'), sessionId, { cap_pool: 'all' });
    const row = aRow({ tenantId, sessionId });
    await new MessageStore().store(db, [row], 72);
    const claims = new LaneClaims(db);
    const answer = await claims.claim({ sessionId, workerId: await aWorker(db), maxMessages: 20, revision: '-1', shiftMs: 0 });
    expect(answer).toMatchObject({ kind: 'messages', messages: [{ id: row.id }] });
  });

  it.each(['Europe/London', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'America/Port-au-Prince', 'UTC'])(
    'accept the zone %s',
    async (time_zone) => {
      const { tenantId, sessionId } = await aLane(db);
      const patch = laneLimitsPatch.parse({ time_zone });
      expect(await settings.set(tenantId, keyActor('desk'), sessionId, patch)).toMatchObject({ timeZone: time_zone });
    },
  );

  it('are not stored when the database refuses them', async () => {
    const { tenantId, sessionId } = await aLane(db);
    const before = await settings.get(tenantId, sessionId);
    await expect(settings.set(tenantId, keyActor('desk'), sessionId, { time_zone: 'Nowhere/Land', hourly_cap: 7 })).rejects.toMatchObject({
      reason: 'invalid_time_zone',
    });
    await expect(settings.set(tenantId, keyActor('desk'), sessionId, { warm_up: [2_147_483_648], hourly_cap: 7 })).rejects.toMatchObject({
      reason: 'invalid_limits',
    });
    await expect(new CapPools(db).put(tenantId, 'p', { hourly_cap: 1, daily_cap: 1, time_zone: 'Nowhere/Land' })).rejects.toMatchObject({
      reason: 'invalid_time_zone',
    });
    expect(await settings.get(tenantId, sessionId)).toEqual(before);
    expect(await new CapPools(db).list(tenantId)).toEqual([]);
  });

  it('show how many messages wait without reading those of other lanes', async () => {
    const { tenantId, sessionId } = await aLane(db);
    const crowded = newId();
    await db.query(
      `INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'wasender', 'Crowded line', 'connected')`,
      [tenantId, crowded],
    );
    await db.query(`ALTER TABLE messages DISABLE TRIGGER USER`);
    await db.query(
      `INSERT INTO messages (tenant_id, id, session_id, class, state, recipient, kind, body, created_at, due_at, expires_at)
       SELECT $1, gen_random_uuid(), $2, 3, 'queued', '+4477' || (10000000 + i), 'text', '{"content":{"kind":"text","text":"Hello"}}', now(), now(), now() + interval '1 day'
       FROM generate_series(1, 50000) i`,
      [tenantId, crowded],
    );
    await db.query(`ALTER TABLE messages ENABLE TRIGGER USER`);
    await db.query('ANALYZE messages');
    await new MessageStore().store(db, [aRow({ tenantId, sessionId }), aRow({ tenantId, sessionId })], 72);
    const { db: counted, costs } = explaining(db);
    expect((await new LaneSettings(counted).ofSessions(tenantId, [sessionId])).get(sessionId)).toMatchObject({ waiting: 2 });
    expect(costs.map(({ scanned }) => scanned).flat()).toEqual([]);
    expect(Math.max(...costs.map(({ buffers }) => buffers))).toBeLessThan(200);
  });

  it('are shown when they are invalid in the database, explain waiting messages, and open when corrected', async () => {
    const { tenantId, sessionId } = await aLane(db);
    const row = aRow({ tenantId, sessionId });
    await new MessageStore().store(db, [row], 72);
    await db.query(`UPDATE lanes SET warm_up = '[2147483648]', warm_up_from = '2026-03-02' WHERE session_id = $1`, [sessionId]);
    const claims = new LaneClaims(db);
    const claim = async () => claims.claim({ sessionId, workerId: await aWorker(db), maxMessages: 20, revision: '-1', shiftMs: 0 });
    expect((await claim()).kind).toBe('invalid');
    expect(await settings.get(tenantId, sessionId)).toMatchObject({ closedReason: 'lane_invalid', leftToday: null });
    expect(await new MessageExplainer(db).why(tenantId, row.id)).toMatchObject({ waitsFor: ['lane_invalid'] });
    expect(await settings.set(tenantId, keyActor('desk'), sessionId, { warm_up: null })).toMatchObject({
      closedReason: null,
      closedUntil: null,
    });
    expect((await claim()).kind).toBe('messages');
  });

  describe('of a warm-up', () => {
    it('begin today in the zone of the same call', async () => {
      await stopClock(db, new Date('2026-03-02T23:30:00Z'));
      const { tenantId, sessionId } = await aLane(db, { timeZone: 'Pacific/Auckland' }); // the 3rd there
      const view = await settings.set(tenantId, keyActor('desk'), sessionId, { warm_up: [10, 20, 5_000], time_zone: 'America/New_York' });
      expect(view.leftToday).toBe(10);
      await stopClock(db, new Date('2026-03-03T05:00:00Z'));
      expect((await settings.get(tenantId, sessionId)).leftToday).toBe(20);
    });

    it('never count from the end of the curve before the first day has begun', async () => {
      const { tenantId, sessionId } = await aLane(db);
      await settings.set(tenantId, keyActor('desk'), sessionId, { warm_up: [10, 20, 5_000], time_zone: 'Pacific/Auckland' });
      await settings.set(tenantId, keyActor('desk'), sessionId, { time_zone: 'Pacific/Pago_Pago' });
      await stopClock(db, new Date('2026-03-01T10:00:00Z'));
      expect((await settings.get(tenantId, sessionId)).leftToday).toBe(10);
    });
  });
});
