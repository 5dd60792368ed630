import fc from 'fast-check';
import type { Actor, Database } from '@heliograph/kernel';
import { openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { LaneSettings } from '@heliograph/messaging';
import { aLane } from '@heliograph/messaging/testing';
import { campaignNumbers, campaignPace } from '../src';
import { CapCounter } from '../src/plan/cap-counter';
import { flightLane } from '../src/plan/flight-plan';
import { TimeLine } from '../src/plan/time-line';
import { hourMs, zoneClock } from '../src/time/zone-clock';
import { aCampaignBody, aListOfAll, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const start = new Date('2027-03-01T08:00:00Z');

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());
beforeEach(() => stopClock(db, start));

const setLanes = (tenantId: string, sql: string, params: unknown[] = []) =>
  db.query(`UPDATE lanes SET ${sql} WHERE tenant_id = $1`, [tenantId, ...params]);
const seconds = (at: Date | null) => Math.round(((at?.getTime() ?? NaN) - start.getTime()) / 1_000);

describe('a flight plan', () => {
  it('leaves out whom the check leaves out, and shares the others between the numbers', async () => {
    const parts = campaignParts(db);
    const { tenantId, sessionIds } = await aTenantWith(db, 3);
    await someContacts(db, tenantId, 300);
    await someContacts(db, tenantId, 7, { consent: null, from: 447_800_000_000 });
    const body = await aCampaignBody(db, tenantId, {
      numbers: { weights: { [sessionIds[0] as string]: 4 } },
    });
    const { id } = await parts.campaigns.create(tenantId, ann, body);
    const check = await parts.readiness.check(tenantId, ann, id);
    const plan = await parts.plans.get(tenantId, id);
    expect(plan).toMatchObject({
      people: check.sendable,
      skips: check.skips,
      unsent: 0,
      missed: 0,
      firstSendAt: start,
      limits: ['rate'],
      budgetToday: null,
    });
    expect(plan.days).toEqual([{ date: '2027-03-01', messages: 300, firstSendAt: plan.firstSendAt, lastSendAt: plan.lastSendAt }]);
    expect(plan.numbers.map(({ sessionId }) => sessionId).sort()).toEqual([...sessionIds].sort());
    const heavy = plan.numbers.find(({ sessionId }) => sessionId === sessionIds[0]);
    expect(heavy?.share).toBeGreaterThan(0.55);
    // One message in five seconds, and the reserve of the pace.
    expect(seconds(plan.lastSendAt)).toBeCloseTo(((heavy?.messages ?? 0) - 1) * 5.03, -1);
    expect(plan.faster.map(({ code }) => code)).toEqual(['even_shares', 'add_number']);
    expect(seconds(plan.faster[0]?.lastSendAt ?? null)).toBeLessThan(530);
  });

  it('spreads what is beyond the caps of the numbers over days, and says so', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 100);
    await setLanes(tenantId, `daily_cap = 60, warm_up = '[20, 30]', warm_up_from = '2027-03-01'`);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    const plan = await parts.plans.get(tenantId, id);
    expect(plan.budgetToday).toBe(20);
    expect(plan.days).toMatchObject([
      { date: '2027-03-01', messages: 20, firstSendAt: plan.firstSendAt },
      { date: '2027-03-02', messages: 30, firstSendAt: new Date('2027-03-02T00:00:00Z') },
      { date: '2027-03-03', messages: 50, lastSendAt: plan.lastSendAt },
    ]);
    expect(plan.limits[0]).toBe('warm_up');
    expect(plan.numbers).toMatchObject([{ isWarmingUp: true, isDown: false }]);
    expect(plan.faster.map(({ code }) => code)).toContain('add_number');
  });

  it('keeps windows and quiet hours in the zones of the recipients', async () => {
    const parts = campaignParts(db, { quiet_hours: { from: '21:00', to: '10:00', classes: ['broadcast'] } });
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 5, { from: 819_000_000_000 });
    await someContacts(db, tenantId, 5, { from: 5_511_900_000_000 });
    const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '11:00' }];
    const body = await aCampaignBody(db, tenantId, { schedule: { windows, recipient_zone: true } });
    const { id } = await parts.campaigns.create(tenantId, ann, body);
    const plan = await parts.plans.get(tenantId, id);
    // From 10 to 11 in Sao Paulo on the first day, and in Tokyo on the next.
    expect(plan.firstSendAt?.toISOString()).toBe('2027-03-01T13:00:00.000Z');
    expect(plan.lastSendAt?.toISOString().slice(0, 16)).toBe('2027-03-02T01:00');
    expect([...plan.limits].sort()).toEqual(['quiet_hours', 'windows']);
    expect(plan.faster).toMatchObject([{ code: 'windows' }]);
  });

  it('says how many it does not reach before its end', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 100);
    const ends = new Date(start.getTime() + 60_000).toISOString();
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { schedule: { ends_at: ends } }));
    const plan = await parts.plans.get(tenantId, id);
    expect(plan).toMatchObject({ people: 100, unsent: 88, limits: ['ends_at', 'rate'] });
  });

  it('counts running and scheduled campaigns in, by their weight', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 60);
    const plan = async () => {
      const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { pace: { weight: 1 } }));
      return parts.plans.get(tenantId, id);
    };
    const alone = seconds((await plan()).lastSendAt);
    const other = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { pace: { weight: 3 } }));
    await parts.plans.get(tenantId, other.id);
    await parts.launches.launch(tenantId, ann, other.id);
    const beside = await plan();
    expect(beside.limits[0]).toBe('other_campaigns');
    expect(seconds(beside.lastSendAt)).toBeGreaterThan(alone * 1.9);
    expect(beside.faster[0]).toMatchObject({ code: 'other_campaigns' });
    expect(seconds(beside.faster[0]?.lastSendAt ?? null)).toBe(alone);
    while (await parts.expansion.step({ tenantId, id: other.id }));
    expect(seconds((await plan()).lastSendAt)).toBe(seconds(beside.lastSendAt));
    expect((await plan()).pausedCampaigns).toBe(0);
    await parts.launches.pause(tenantId, ann, other.id);
    const unpaused = await plan();
    expect(seconds(unpaused.lastSendAt)).toBe(alone);
    expect(unpaused.pausedCampaigns).toBe(1);
  });

  it('does not name paused campaigns through other numbers', async () => {
    const parts = campaignParts(db);
    const { tenantId, sessionIds } = await aTenantWith(db, 2);
    await someContacts(db, tenantId, 4);
    const make = async (sessionId: string | undefined) =>
      (await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { numbers: { session_ids: [sessionId] } }))).id;
    const [own, other] = [await make(sessionIds[0]), await make(sessionIds[1])];
    await parts.launches.launch(tenantId, ann, other);
    await parts.launches.pause(tenantId, ann, other);
    expect((await parts.plans.get(tenantId, own)).pausedCampaigns).toBe(0);
  });

  it('counts the people of a launched campaign once until it changes, and none of one through other numbers', async () => {
    const counting = Object.create(db) as Database;
    let counts = 0;
    counting.readQuery = (text: string, values?: unknown[]) => {
      if (text.includes('GROUP BY 1, 2, 3 ORDER BY 1, 2, 3')) counts++;
      return db.readQuery(text, values) as never;
    };
    const parts = campaignParts(counting);
    const { tenantId, sessionIds } = await aTenantWith(db, 2);
    const [one, two] = sessionIds as [string, string];
    await someContacts(db, tenantId, 10);
    const make = async (sessionId: string) =>
      (await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { numbers: { session_ids: [sessionId] } }))).id;
    const [own, beside, apart] = [await make(one), await make(one), await make(two)];
    for (const id of [beside, apart]) await parts.launches.launch(tenantId, ann, id);
    const countsOf = async () => {
      counts = 0;
      const { lastSendAt } = await parts.plans.get(tenantId, own);
      return { counts, lastSendAt };
    };
    const first = await countsOf();
    expect(first.counts).toBe(2);
    expect(await countsOf()).toEqual({ counts: 1, lastSendAt: first.lastSendAt });
    await parts.paces.change(tenantId, ann, beside, { pace: campaignPace.parse({ weight: 2 }) });
    expect((await countsOf()).counts).toBe(2);
    expect((await countsOf()).counts).toBe(1);
  });

  it('begins another campaign by its schedule, whatever time was left in it from a former start', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 40);
    const lengthBeside = async (schedule: object) => {
      const other = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { schedule }));
      await parts.launches.launch(tenantId, ann, other.id);
      const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
      const { lastSendAt } = await parts.plans.get(tenantId, id);
      await parts.launches.cancel(tenantId, ann, other.id);
      return seconds(lastSendAt);
    };
    const later = new Date(start.getTime() + 9 * 24 * hourMs).toISOString();
    const local = { start: 'local', local: '2027-03-01T08:00', time_zone: 'UTC' };
    const beside = await lengthBeside(local);
    expect(beside).toBeGreaterThan((await lengthBeside({ start: 'at', at: later })) * 1.5);
    expect(await lengthBeside({ ...local, at: later })).toBe(beside);
  });

  it('counts launched campaigns in that have no plan, or one of what they no longer are, or are being written', async () => {
    const parts = campaignParts(db);
    const { tenantId, sessionIds } = await aTenantWith(db, 2);
    const [one, two] = sessionIds as [string, string];
    await someContacts(db, tenantId, 40);
    const numbers = (id: string) => campaignNumbers.parse({ session_ids: [id] });
    const make = async (over: object) => (await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, over))).id;
    const own = await make({ numbers: { session_ids: [one] } });
    const lengthS = async () => {
      const { firstSendAt, lastSendAt } = await parts.plans.get(tenantId, own);
      return ((lastSendAt?.getTime() ?? 0) - (firstSendAt?.getTime() ?? 0)) / 1_000;
    };
    const alone = await lengthS();
    const other = await make({ numbers: { session_ids: [one] } });
    await parts.launches.launch(tenantId, ann, other);
    const beside = await lengthS();
    expect(beside).toBeGreaterThan(alone * 1.5);
    // By its plan it is on the first session; by a change after that on the second.
    await parts.paces.change(tenantId, ann, other, { numbers: numbers(two) });
    expect(await lengthS()).toBe(alone);
    await parts.paces.change(tenantId, ann, other, { numbers: numbers(one) });
    await db.query(`UPDATE campaign_runs SET span = 20 WHERE campaign_id = $1`, [other]);
    await parts.expansion.step({ tenantId, id: other });
    await parts.expansion.step({ tenantId, id: other });
    const [written] = await db.query<{ count: number }>(`SELECT count(*)::int AS count FROM messages WHERE group_id = $1`, [other]);
    expect(written?.count).toBe(20);
    expect(await lengthS()).toBe(beside);
  });

  it('is gone with a change of the campaign, so that its end is that of nothing else', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 20);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    await parts.plans.get(tenantId, id);
    expect(await parts.plans.stored(tenantId, id)).not.toBeNull();
    await parts.campaigns.update(tenantId, id, ann, { pace: { window_ms: 60_000, window_limit: 1, daily_cap: null, weight: 1 } });
    expect(await parts.plans.stored(tenantId, id)).toBeNull();
  });

  it('stays as it was before the launch', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 20);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    const before = await parts.plans.get(tenantId, id);
    await parts.launches.launch(tenantId, ann, id);
    while (await parts.expansion.step({ tenantId, id }));
    await stopClock(db, new Date(start.getTime() + hourMs));
    await someContacts(db, tenantId, 5, { from: 447_800_000_000 });
    expect(await parts.plans.get(tenantId, id)).toEqual(before);
  });

  it('is not made of a campaign that was launched without one, nor kept when the launch came before its people were counted', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 5);
    const make = async () => (await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId))).id;
    const bare = await make();
    await parts.launches.launch(tenantId, ann, bare);
    while (await parts.expansion.step({ tenantId, id: bare }));
    await expect(parts.plans.get(tenantId, bare)).rejects.toMatchObject({ code: 'not_found', reason: 'no_plan' });
    expect(await parts.plans.stored(tenantId, bare)).toBeNull();
    // A request that began before the launch.
    const late = await make();
    const draft = await parts.campaigns.get(tenantId, late);
    await parts.launches.launch(tenantId, ann, late);
    await stopClock(db, new Date(start.getTime() + 1_000));
    const slow = campaignParts(db);
    slow.campaigns.get = () => Promise.resolve(draft);
    expect((await slow.plans.get(tenantId, late)).people).toBe(5);
    expect(await parts.plans.stored(tenantId, late)).toBeNull();
  });

  it('has another hash when text, audience, schedule or numbers are others', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db, 2);
    await someContacts(db, tenantId, 20);
    const list = await aListOfAll(db, tenantId);
    const { id, message } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    const hash = async () => (await parts.plans.get(tenantId, id)).hash;
    const hashes = [await hash()];
    for (const patch of [
      { message: { ...message, variables: { code: 'SUMMER' } } },
      { audience: { include: [{ kind: 'list' as const, id: list }], exclude: [], max_people: 10, random_order: false } },
      { pace: { window_ms: 60_000, window_limit: 5, daily_cap: null, weight: 1 } },
    ]) {
      await parts.campaigns.update(tenantId, id, ann, patch);
      hashes.push(await hash());
    }
    expect(new Set(hashes).size).toBe(4);
    expect(await hash()).toBe(hashes[3]);
  });
});

describe('the rules of lanes', () => {
  it('are the same in a plan as in the statements of the claim', async () => {
    const { tenantId, sessionId } = await aLane(db);
    const settings = new LaneSettings(db);
    const cap = fc.option(fc.integer({ min: 1, max: 50 }));
    const lane = fc.record({
      hourly: cap,
      daily: cap,
      used: fc.nat(60),
      zone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu', 'America/New_York'),
      warmUp: fc.option(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 })),
      warmUpAge: fc.nat(8),
      window: fc.option(
        fc.record({
          days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
          from: fc.constantFrom('00:00', '02:30', '09:00'),
          to: fc.constantFrom('12:00', '18:30', '23:59'),
          exempt_classes: fc.constant(['reply']),
        }),
      ),
      at: fc.integer({ min: 0, max: 364 * 24 * 12 }),
      later: fc.integer({ min: 0, max: 9 * 24 * 12 }),
    });
    await fc.assert(
      fc.asyncProperty(lane, async ({ hourly, daily, used, zone, warmUp, warmUpAge, window, at, later }) => {
        const now = Date.UTC(2027, 0, 1) + at * 300_000;
        const then = now + later * 300_000;
        await stopClock(db, new Date(now));
        await setLanes(
          tenantId,
          `hourly_cap = $2, daily_cap = $3, hour_used = $4, day_used = $4, hour_at = date_trunc('hour', heliograph_now()), day_at = date_trunc('day', heliograph_now(), $5),
           time_zone = $5, warm_up = $6, warm_up_from = (heliograph_now() AT TIME ZONE $5)::date - $7::int, send_window = $8`,
          [hourly, daily, used, zone, warmUp && JSON.stringify(warmUp), warmUpAge, window && JSON.stringify(window)],
        );
        const view = (await settings.ofSessions(tenantId, [sessionId])).get(sessionId);
        const planned = flightLane(view as NonNullable<typeof view>);
        const counter = new CapCounter(planned, now);
        await stopClock(db, new Date(then));
        const seen = (await settings.ofSessions(tenantId, [sessionId])).get(sessionId) as NonNullable<typeof view> & { outside: boolean };
        expect(counter.left(then)).toBe(Math.min(seen.leftThisHour ?? Infinity, seen.leftToday ?? Infinity));
        const clock = zoneClock(zone);
        const wall = clock.wall(then);
        if (planned.window && clock.first(wall) === clock.last(wall)) {
          expect(new TimeLine(planned.window.times).at(then).isOpen).toBe(!seen.outside);
        }
      }),
      { numRuns: 150 },
    );
  });
});
