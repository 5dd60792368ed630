import fc from 'fast-check';
import { type Actor, type Database } from '@heliograph/kernel';
import { openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { defaultTenantSettings } from '@heliograph/tenants';
import { aWorker, moveTo } from '@heliograph/messaging/testing';
import type { CampaignSchedule } from '../libs/campaigns/src/campaign-body';
import { startOf } from '../libs/campaigns/src/time/open-intervals';
import { dayMs, hourMs, minuteMs } from '../libs/campaigns/src/time/zone-clock';
import { timesOf } from '../libs/campaigns/src/time/zone-list';
import { aCampaignBody, aTemplate, aTenantWith, campaignParts, someContacts, writtenMessages } from '../libs/campaigns/testing';
import { LaneClaims } from '../libs/messaging/src/lanes/lane-claims.repository';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
/** Random campaigns that are planned and flown. `FLIGHTS=100` tries more of them. */
const flights = Number(process.env.FLIGHTS ?? 12);
const start = Date.parse('2027-03-01T08:00:00Z');

let test: TestDatabase;
let db: Database;
let workerId: string;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
  workerId = await aWorker(db);
});
afterAll(() => test.close());
beforeEach(() => stopClock(db, new Date(start)));

const [japan, brazil, britain] = [
  ['Asia/Tokyo', 'JP'],
  ['America/Sao_Paulo', 'BR'],
  ['Europe/London', 'GB'],
] as const;
/** Returns the place of a person, with the country when only its holidays count. */
function placeOf(phone: string, { holidays, recipient_holidays }: CampaignSchedule): string {
  const [zone, country] = phone.startsWith('+81') ? japan : phone.startsWith('+55') ? brazil : britain;
  return recipient_holidays ? `${zone}@${holidays.includes(country) ? country : '-'}` : zone;
}

/**
 * Returns the longest time for which one of several places is closed during a flight, in ms; 0 for one place. A plan knows how many people of each
 * place a number has, and not in which order it takes them: whether the last one waits for the place to open is chance.
 * @param times instants of the flight, sorted
 */
function closedMs(places: string[], timesIn: (place: string) => ReturnType<typeof timesOf>, times: number[]): number {
  const [from, to] = [times[0] as number, times.at(-1) as number];
  if (places.length < 2) return 0;
  const closed = places.flatMap((place) => {
    const open = timesIn(place)(from, to + 1);
    return [...open, { opens: to, closes: to }].map(({ opens }, i) => opens - (open[i - 1]?.closes ?? from));
  });
  return Math.max(...closed);
}

/**
 * Claims of a campaign's lanes by a moved clock, as workers would make them, with the messages of others that are there before it starts. Every
 * message is sent at its slot.
 */
async function fly(parts: ReturnType<typeof campaignParts>, tenantId: string, id: string, sessionIds: string[], startsAt: number) {
  const claims = new LaneClaims(db);
  let own: Map<string, string> | null = null;
  const sent: { sessionId: string; phone: string; at: number }[] = [];
  const lanes = sessionIds.map((sessionId) => ({ sessionId, at: start, revision: '-1' }));
  for (let now = start; ;) {
    await stopClock(db, new Date(now));
    if (own === null && now >= startsAt) {
      while (await parts.expansion.step({ tenantId, id }));
      const messages = await db.query<{ id: string; recipient: string }>(`SELECT id, recipient FROM messages WHERE group_id = $1`, [id]);
      own = new Map(messages.map((message) => [message.id, message.recipient]));
      for (const lane of lanes) lane.at = Math.min(lane.at, now);
    }
    for (const run of await parts.expansion.windowed()) if (run.tenantId === tenantId) while (await parts.times.move(run));
    for (const lane of lanes.filter(({ at }) => at <= now)) {
      const answer = await claims.claim({ sessionId: lane.sessionId, workerId, maxMessages: 20, revision: lane.revision, shiftMs: 0 });
      if ('revision' in answer) lane.revision = answer.revision;
      if (answer.kind === 'messages') {
        const ids = answer.messages.map((message) => message.id);
        await db.query(
          `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE id = ANY ($1)`,
          [ids],
        );
        await moveTo(db, ids, 'sent');
        const slots = answer.messages.map((message) => ({ id: message.id, at: now + Math.max(0, message.slotInMs) }));
        for (const slot of slots) {
          const phone = own?.get(slot.id);
          if (phone !== undefined) sent.push({ sessionId: lane.sessionId, phone, at: slot.at });
        }
        lane.at = Math.max(...slots.map(({ at }) => at)) + 1;
      } else if (answer.kind === 'blocked' || answer.kind === 'idle') lane.at = now + Math.max(1, answer.inMs ?? Infinity);
    }
    const [row] = await db.query<{ next: Date | null; waiting: number }>(
      `SELECT min(window_ends_at) FILTER (WHERE window_ends_at > heliograph_now()) AS next, count(*) FILTER (WHERE group_id = $2)::int AS waiting
       FROM messages WHERE tenant_id = $1 AND due_at IS NOT NULL`,
      [tenantId, id],
    );
    if (own !== null && row?.waiting === 0) return sent;
    const next = Math.ceil(Math.min(...lanes.map(({ at }) => at), row?.next?.getTime() ?? Infinity, own === null ? startsAt : Infinity));
    // A lane that another one took messages from, or whose windows moved, claims again.
    if (next === row?.next?.getTime()) for (const lane of lanes) lane.at = Math.min(lane.at, next);
    if (next === Infinity) throw new Error('Messages wait that no lane sends.');
    now = Math.max(now + 1, next);
  }
}

/**
 * People of a campaign by zone, and those who are left out: they never agreed, opted out, are suppressed, are not on WhatsApp, have no name, no
 * address or no valid one, or are there twice.
 */
interface Addressees {
  british: number;
  japanese: number;
  unasked: number;
  optedOut?: number;
  nameless?: number;
  suppressed?: number;
  unreachable?: number;
  addressless?: number;
  invalid?: number;
  /** Brazilians who are there by both spellings of their number. */
  twice?: number;
}

/** Conditions besides the campaign and its lanes. */
interface Surroundings {
  quiet?: { from: string; to: string } | undefined;
  /** Caps that the lanes share. */
  pool?: { hourly_cap?: number | undefined; daily_cap?: number | undefined } | undefined;
  /** Britons who got a campaign `sentMs` ago, and the rule by which a person gets one in 24 hours. */
  capped?: { people: number; by: 'frequency_cap' | 'min_gap' } | undefined;
  /** Another campaign that runs in the same lanes. */
  other?: { people: number; weight: number } | undefined;
}

/** Time since which the people who are capped have their message. */
const sentMs = 20 * hourMs;
const capMs = dayMs;

async function addPeople(
  tenantId: string,
  { british, japanese, unasked, optedOut, nameless, suppressed, unreachable, addressless, invalid, twice }: Addressees,
) {
  await someContacts(db, tenantId, british);
  await someContacts(db, tenantId, japanese, { from: 819_000_000_000 });
  await someContacts(db, tenantId, unasked, { consent: null, from: 447_800_000_000 });
  await someContacts(db, tenantId, optedOut ?? 0, { consent: 'opt_out', from: 447_850_000_000 });
  const unnamed = await someContacts(db, tenantId, nameless ?? 0, { from: 447_860_000_000 });
  await db.query(`UPDATE contacts SET name = NULL WHERE id = ANY ($1::uuid[])`, [unnamed]);
  await someContacts(db, tenantId, suppressed ?? 0, { from: 447_900_000_000 });
  await someContacts(db, tenantId, unreachable ?? 0, { from: 447_400_000_000 });
  await db.query(
    `INSERT INTO suppressions (tenant_id, address, reason, actor) SELECT a.tenant_id, a.address, r.reason, 'Test'
     FROM contact_addresses a JOIN (VALUES ('manual', '+4479%'), ('bad_number', '+4474%')) AS r(reason, numbers) ON a.address LIKE r.numbers WHERE a.tenant_id = $1`,
    [tenantId],
  );
  const without = await someContacts(db, tenantId, addressless ?? 0, { from: 447_600_000_000 });
  await db.query(`DELETE FROM contact_addresses WHERE contact_id = ANY ($1::uuid[])`, [without]);
  const wrong = await someContacts(db, tenantId, invalid ?? 0, { from: 447_500_000_000 });
  await db.query(`UPDATE contact_addresses SET address = replace(address, '+', 'x') WHERE contact_id = ANY ($1::uuid[])`, [wrong]);
  await someContacts(db, tenantId, twice ?? 0, { from: 5_511_980_000_000 });
  await someContacts(db, tenantId, twice ?? 0, { from: 551_180_000_000 });
}

/** Starts a campaign to people of its own, as it stands in lanes beside another one. @returns its people */
async function flyBeside(
  parts: ReturnType<typeof campaignParts>,
  tenantId: string,
  { people, weight }: { people: number; weight: number },
) {
  const ids = await someContacts(db, tenantId, people, { from: 447_650_000_000 });
  const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { pace: { weight } }));
  await parts.launches.launch(tenantId, ann, id);
  while (await parts.expansion.step({ tenantId, id }));
  return ids;
}

/** Has sent a campaign to people of their own, some time ago. */
async function sendBefore(parts: ReturnType<typeof campaignParts>, tenantId: string, people: number) {
  await someContacts(db, tenantId, people, { from: 447_550_000_000 });
  await stopClock(db, new Date(start - sentMs));
  const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
  await parts.launches.launch(tenantId, ann, id);
  const messages = await writtenMessages(db, parts.expansion, tenantId, id);
  await moveTo(
    db,
    messages.map((message) => message.id),
    'sent',
  );
  await db.query(`UPDATE campaigns SET state = 'completed' WHERE id = $1`, [id]);
  await stopClock(db, new Date(start));
}

/** Plans and launches a campaign over two numbers, and flies it. @param lanes settings of the lanes, in SQL */
async function planAndFlight(
  addressees: Addressees,
  over: (sessionIds: string[]) => object,
  lanes: string,
  { quiet, pool, capped, other }: Surroundings = {},
) {
  await stopClock(db, new Date(start));
  const quiet_hours = quiet ? { ...quiet, classes: ['broadcast' as const] } : null;
  const frequency_caps = capped?.by === 'frequency_cap' ? [{ messages: 1, hours: capMs / hourMs }] : [];
  const min_gap_s = capped?.by === 'min_gap' ? capMs / 1_000 : 0;
  const parts = campaignParts(db, { quiet_hours, frequency_caps, min_gap_s });
  const { tenantId, sessionIds } = await aTenantWith(db, 2);
  const settings = { ...defaultTenantSettings, quiet_hours, frequency_caps, min_gap_s };
  await db.query(`UPDATE tenants SET settings = $2 WHERE id = $1`, [tenantId, JSON.stringify(settings)]);
  if (capped) await sendBefore(parts, tenantId, capped.people);
  const others = other ? await flyBeside(parts, tenantId, other) : [];
  await addPeople(tenantId, addressees);
  const message = { template_id: await aTemplate(db, tenantId, 'Hello {{ contact.name }}') };
  const { id, schedule } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { message, ...over(sessionIds) }));
  await db.query(
    `DELETE FROM contact_list_members WHERE contact_id = ANY ($2::uuid[]) AND list_id = (SELECT (audience->'include'->0->>'id')::uuid FROM campaigns WHERE id = $1)`,
    [id, others],
  );
  // A plan gives each number its lane.
  await parts.plans.get(tenantId, id);
  if (pool) {
    await db.query(`INSERT INTO cap_pools (tenant_id, name, hourly_cap, daily_cap) VALUES ($1, 'shared', $2, $3)`, [
      tenantId,
      pool.hourly_cap ?? null,
      pool.daily_cap ?? null,
    ]);
    await db.query(`UPDATE lanes SET cap_pool = 'shared' WHERE tenant_id = $1`, [tenantId]);
  }
  if (lanes) await db.query(`UPDATE lanes SET ${lanes} WHERE tenant_id = $1`, [tenantId]);
  const plan = await parts.plans.get(tenantId, id);
  // A campaign that its plan does not end is launched by nobody.
  if (plan.unsent > 0) return { plan, sent: null, missed: 0, capped: {}, uncapped: 0, closed: 0 };
  const { run } = await parts.launches.launch(tenantId, ann, id, { people: plan.people, hash: plan.hash });
  const sent = await fly(parts, tenantId, id, sessionIds, new Date(run?.startsAt ?? start).getTime());
  // In the times that the schedule and the quiet hours leave to people of the place.
  const timesIn = (place: string) => timesOf(schedule, place, start, quiet ?? null);
  const outside = sent.filter(({ phone, at }) => timesIn(placeOf(phone, schedule))(at, at + 1).length === 0);
  expect(outside).toEqual([]);
  const places = [...new Set(sent.map(({ phone }) => placeOf(phone, schedule)))];
  const times = [plan.firstSendAt, plan.lastSendAt].flatMap((at) => at?.getTime() ?? []).concat(sent.map(({ at }) => at));
  const closed = closedMs(
    places,
    timesIn,
    times.sort((a, b) => a - b),
  );
  const [late] = await db.query<{ missed: number }>(
    `SELECT count(*)::int AS missed FROM messages WHERE group_id = $1 AND state = 'expired' AND cause = 'missed_window'`,
    [id],
  );
  // What the other campaign has left is nobody's any more.
  await db.query(`UPDATE campaigns SET state = 'completed' WHERE tenant_id = $1`, [tenantId]);
  const isCapped = startOf(schedule, 'Europe/London', start) < start - sentMs + capMs;
  return {
    ...{ plan, sent, missed: late?.missed ?? 0, closed },
    ...{ capped: capped && isCapped ? { [capped.by]: capped.people } : {}, uncapped: capped && !isCapped ? capped.people : 0 },
  };
}

/** Messages of a number that may leave at the end of their window, or miss it, by what else its lane sends. */
const maxLate = 2;

type Flown = Awaited<ReturnType<typeof planAndFlight>> & { sent: object };

/**
 * Expects that the flight left out whom the plan left out, shared the others as planned, and began and ended when the plan said.
 * @param race what may differ by which number comes first: the end, by ms, and with a rate or cap that numbers share whose messages miss their window
 */
function expectAsPlanned(
  addressees: Addressees,
  { plan, sent, missed, capped, uncapped }: Flown,
  race: { ms: number; isShared: boolean } = { ms: 0, isShared: false },
): void {
  const { british, japanese, unasked, optedOut = 0, nameless = 0, suppressed = 0, unreachable = 0 } = addressees;
  const { addressless = 0, invalid = 0, twice = 0 } = addressees;
  const skips = {
    ...{ no_consent: unasked, opted_out: optedOut, missing_variable: nameless, suppressed, no_address: addressless },
    ...{ not_on_whatsapp: unreachable, invalid_address: invalid, duplicate: twice, ...capped },
  };
  const people = british + japanese + twice + uncapped;
  expect(sent.length + missed).toBe(people);
  expect(plan.people).toBe(people);
  const close = missed === 0 && plan.missed === 0 ? 0 : maxLate * plan.numbers.length;
  expect(Math.abs(plan.missed - missed)).toBeLessThanOrEqual(close);
  expect(plan.skips).toEqual(Object.fromEntries(Object.entries(skips).filter(([, count]) => count > 0)));
  for (const { sessionId, messages } of race.isShared && missed > 0 ? [] : plan.numbers)
    expect(Math.abs(sent.filter((one) => one.sessionId === sessionId).length - messages)).toBeLessThanOrEqual(close);
  if (sent.length === 0 || plan.missed === people) return;
  const first = Math.min(...sent.map(({ at }) => at));
  const last = Math.max(...sent.map(({ at }) => at));
  const allowed = Math.max(60_000, (last - first) * 0.05) + race.ms;
  expect(Math.abs((plan.firstSendAt?.getTime() ?? 0) - first)).toBeLessThan(60_000);
  expect(Math.abs((plan.lastSendAt?.getTime() ?? 0) - last)).toBeLessThan(allowed);
}

describe('a flight', () => {
  const everyDay = [1, 2, 3, 4, 5, 6, 7];
  it.each([
    ['at the pace of its numbers', {}, ''],
    ['with a rate of its own', { pace: { window_ms: 60_000, window_limit: 6 } }, ''],
    ['under daily caps and a warm-up', {}, `daily_cap = 9, warm_up = '[3, 6]', warm_up_from = '2027-03-01'`],
    ['under hourly caps', {}, `hourly_cap = 5`],
    ['with a daily cap of its own', { pace: { daily_cap: 12 } }, ''],
    ['in windows', { schedule: { windows: [{ days: everyDay, from: '08:01', to: '08:03' }] } }, ''],
    [
      'in one window a person, with as many who miss it',
      { schedule: { windows: [{ days: everyDay, from: '08:01', to: '08:03' }], when_closed: 'skip' } },
      `window_ms = 12000`,
    ],
    [
      'without the holidays of the country of each person',
      { schedule: { start: 'at', at: '2027-03-21T08:00:00Z', holidays: ['JP', 'DE'], recipient_holidays: true, recipient_zone: true } },
      '',
    ],
    [
      'in windows of the people, from a local start',
      {
        schedule: {
          windows: [{ days: everyDay, from: '09:00', to: '09:02' }],
          recipient_zone: true,
          start: 'local',
          local: '2027-03-02T07:00',
        },
      },
      '',
    ],
    ['in the windows of its numbers', {}, `send_window = '{"days":[1,2,3,4,5],"from":"08:02","to":"08:04","exempt_classes":[]}'`],
  ])(
    '%s ends when its plan says, with the messages of each number and day',
    async (_, over, lanes) => {
      const addressees = { british: 20, japanese: 10, unasked: 4 };
      const { sent, ...flown } = await planAndFlight(addressees, () => over, lanes);
      if (!sent) throw new Error('The plan has no end.');
      expectAsPlanned(addressees, { sent, ...flown });
      const byDay = Map.groupBy(sent, ({ at }) => new Date(at).toISOString().slice(0, 10));
      expect(flown.plan.days).toMatchObject([...byDay].sort().map(([date, { length }]) => ({ date, messages: length })));
    },
    180_000,
  );

  const chance = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { freq: 2, nil: undefined });
  const clockTime = fc.constantFrom('08:00', '08:03', '09:00', '10:30', '13:00');
  const laneSettings = fc.record({
    window_limit: chance(fc.integer({ min: 1, max: 40 })),
    hourly_cap: chance(fc.integer({ min: 3, max: 20 })),
    daily_cap: chance(fc.integer({ min: 4, max: 20 })),
    warm_up: chance(fc.array(fc.integer({ min: 2, max: 12 }), { minLength: 1, maxLength: 4 })),
    send_window: chance(fc.record({ days: fc.constantFrom(everyDay, [1, 2, 3, 4, 5]), from: clockTime, exempt_classes: fc.constant([]) })),
  });
  const campaign = fc.record({
    pace: chance(
      fc.record(
        { window_ms: fc.constant(60_000), window_limit: fc.integer({ min: 2, max: 30 }), daily_cap: fc.integer({ min: 5, max: 30 }) },
        { requiredKeys: ['window_ms', 'window_limit'] },
      ),
    ),
    windows: chance(fc.record({ days: fc.constantFrom(everyDay, [2, 3, 4]), from: clockTime })),
    isLocal: fc.boolean(),
    skips: fc.boolean(),
    holidays: fc.subarray(['JP', 'BR', 'GB']),
    hasOwnHolidays: fc.boolean(),
    start: chance(
      fc.oneof(
        // The last is a public holiday in Japan.
        fc
          .constantFrom(20, 90, 300, 1_700, 28_700)
          .map((minutes) => ({ start: 'at', at: new Date(start + minutes * minuteMs).toISOString() })),
        fc.constantFrom('2027-03-01T18:30', '2027-03-02T07:00').map((local) => ({ start: 'local', local })),
      ),
    ),
    weights: chance(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))),
    addressees: fc.record({
      british: fc.integer({ min: 1, max: 25 }),
      japanese: fc.nat(12),
      unasked: fc.nat(4),
      optedOut: fc.nat(2),
      nameless: fc.nat(2),
      suppressed: fc.nat(3),
      unreachable: fc.nat(2),
      addressless: fc.nat(2),
      invalid: fc.nat(2),
      twice: fc.nat(3),
    }),
  });
  const surroundings = fc.record({
    quiet: chance(
      fc.constantFrom(
        { from: '20:00', to: '08:00' },
        { from: '20:00', to: '09:00' },
        { from: '08:02', to: '08:30' },
        { from: '00:00', to: '06:00' },
      ),
    ),
    pool: chance(fc.record({ hourly_cap: chance(fc.integer({ min: 3, max: 20 })), daily_cap: chance(fc.integer({ min: 6, max: 30 })) })),
    capped: chance(
      fc.record({ people: fc.integer({ min: 1, max: 4 }), by: fc.constantFrom('frequency_cap' as const, 'min_gap' as const) }),
    ),
    other: chance(fc.record({ people: fc.integer({ min: 1, max: 30 }), weight: fc.integer({ min: 1, max: 5 }) })),
  });

  /**
   * Returns the period of the longest cap of a number, in ms; 0 without one. Numbers race for the last messages of a day that the cap of their
   * campaign or their pool allows, and the plan shares them evenly. A number that the race leaves with one message more than its own cap allows
   * sends it one period later.
   */
  const capPeriodMs = ({ hourly_cap, daily_cap, warm_up }: { hourly_cap?: number; daily_cap?: number; warm_up?: number[] }): number => {
    if (daily_cap !== undefined || warm_up !== undefined) return 86_400_000;
    return hourly_cap !== undefined ? 3_600_000 : 0;
  };

  it(
    'of any campaign ends when its plan says, with the messages of each number',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          laneSettings,
          campaign,
          surroundings,
          async (given, { pace, windows, isLocal, skips, holidays, hasOwnHolidays, start: begin, weights, addressees }, around) => {
            const over = (sessionIds: string[]) => ({
              ...(pace && { pace }),
              ...(weights && {
                numbers: { session_ids: sessionIds, weights: Object.fromEntries(sessionIds.map((id, i) => [id, weights[i]])) },
              }),
              schedule: {
                ...begin,
                ...(windows && { windows: [{ ...windows, to: '19:00' }], recipient_zone: isLocal }),
                ...{ when_closed: skips ? 'skip' : 'hold', holidays, recipient_holidays: hasOwnHolidays },
              },
            });
            const window = given.send_window && { ...given.send_window, to: '20:00' };
            const lanes = [
              given.window_limit && `window_limit = ${given.window_limit}`,
              given.hourly_cap && `hourly_cap = ${given.hourly_cap}`,
              given.daily_cap && `daily_cap = ${given.daily_cap}`,
              given.warm_up && `warm_up = '${JSON.stringify(given.warm_up)}', warm_up_from = '2027-03-01'`,
              window && `send_window = '${JSON.stringify(window)}'`,
            ];
            const { sent, ...flown } = await planAndFlight(addressees, over, lanes.filter(Boolean).join(', '), around);
            fc.pre(sent !== null);
            const isRaced = pace?.daily_cap !== undefined || around.pool !== undefined;
            expectAsPlanned(
              addressees,
              { sent, ...flown },
              { ms: flown.closed + (isRaced ? capPeriodMs(given) : 0), isShared: pace !== undefined || around.pool !== undefined },
            );
          },
        ),
        { numRuns: flights },
      );
    },
    60_000 + flights * 15_000,
  );
});
