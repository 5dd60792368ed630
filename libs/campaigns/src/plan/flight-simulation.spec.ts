import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { openIntervals, within } from '../time/open-intervals';
import { dayMs, hourMs, minuteMs } from '../time/zone-clock';
import type { Caps } from './cap-counter';
import {
  type Flight,
  type FlightCell,
  type FlightGroup,
  type FlightInput,
  type FlightLane,
  type FlightSend,
  groupGapMs,
  laneGapMs,
} from './flight';
import { simulateFlight } from './flight-simulation';

const now = Date.parse('2027-03-01T08:00:00Z');
const noCaps: Caps = { hourlyCap: null, dailyCap: null, timeZone: 'UTC', sentThisHour: 0, sentToday: 0 };
const lane = (over: Partial<FlightLane> = {}): FlightLane => ({
  ...noCaps,
  windowMs: 60_000,
  windowLimit: 10,
  jitterMs: 0,
  burstSize: 0,
  burstPauseMs: 0,
  pool: null,
  shares: [0, 10, 10, 10],
  window: null,
  closedUntil: null,
  nextSlotAt: null,
  ...over,
});
const group = (over: Partial<FlightGroup> = {}): FlightGroup => ({ ...noCaps, weight: 1, windowMs: 60_000, windowLimit: null, ...over });
const always: FlightCell['times'] = (from, to) => [{ opens: from, closes: to }];
const cell = (over: Partial<FlightCell> = {}): FlightCell => ({ lane: 0, group: 0, classRank: 3, count: 100, times: always, ...over });
const input = (over: Partial<FlightInput> = {}): FlightInput => ({
  now,
  until: now + 366 * dayMs,
  lanes: [lane()],
  pools: new Map(),
  groups: [group()],
  cells: [cell()],
  dayOf: (at) => Math.floor(at / dayMs),
  ...over,
});
const minutes = (at: number | null) => ((at ?? NaN) - now) / minuteMs;
const causes = ({ waited }: Flight) => [...waited].sort((a, b) => b[1] - a[1]).map(([cause]) => cause);

describe('simulateFlight', () => {
  it('sends at the pace of the lane, with its reserve', async () => {
    const flight = await simulateFlight(input());
    expect(flight).toMatchObject({ sent: 100, unsent: 0, firstSendAt: now });
    expect((flight.lastSendAt as number) - now).toBeCloseTo(99 * 6_036, -2);
    expect(causes(flight)).toEqual(['rate']);
  });

  it('is as fast as all lanes together, and tells the end of each', async () => {
    const flight = await simulateFlight(
      input({ lanes: [lane(), lane({ windowLimit: 20 })], cells: [cell({ count: 50 }), cell({ lane: 1, count: 50 })] }),
    );
    expect(flight.lanes.map(({ messages }) => messages)).toEqual([50, 50]);
    expect(minutes(flight.lanes[0]?.lastSendAt ?? null)).toBeCloseTo(4.93, 1);
    expect(minutes(flight.lanes[1]?.lastSendAt ?? null)).toBeCloseTo(2.46, 1);
  });

  it('spreads what is beyond the daily cap over days, and counts what was sent today', async () => {
    const flight = await simulateFlight(input({ lanes: [lane({ dailyCap: 40, sentToday: 30 })] }));
    expect([...flight.days.values()]).toEqual([10, 40, 40, 10]);
    const spans = [...flight.daySpans.values()];
    expect(spans.map(({ first }) => first)).toEqual([
      flight.firstSendAt,
      ...[2, 3, 4].map((day) => Date.parse(`2027-03-0${day}T00:00:00Z`)),
    ]);
    expect(spans.at(-1)?.last).toBe(flight.lastSendAt);
    expect(causes(flight)).toEqual(['daily_cap', 'rate']);
  });

  it('follows the warm-up day by day, then the daily cap', async () => {
    const flight = await simulateFlight(
      input({ lanes: [lane({ warmUp: [10, 20, 40], warmUpDay: 2, dailyCap: 30 })], cells: [cell({ count: 110 })] }),
    );
    expect([...flight.days.values()]).toEqual([20, 30, 30, 30]);
    expect([...flight.warmingUp]).toEqual([0]);
  });

  it('keeps hourly caps, and caps of a pool over its lanes', async () => {
    const hourly = await simulateFlight(input({ lanes: [lane({ hourlyCap: 30 })] }));
    expect(new Date(hourly.lastSendAt as number).toISOString().slice(0, 13)).toBe('2027-03-01T11');
    const pooled = await simulateFlight(
      input({
        lanes: [lane({ pool: 'all' }), lane({ pool: 'all' })],
        pools: new Map([['all', { ...noCaps, dailyCap: 60 }]]),
        cells: [cell({ count: 60 }), cell({ lane: 1, count: 60 })],
      }),
    );
    expect([...pooled.days.values()]).toEqual([60, 60]);
    expect(causes(pooled)[0]).toBe('pool');
  });

  it('shares a lane between campaigns by weight', async () => {
    const groups = [group({ weight: 1 }), group({ weight: 3 })];
    const flight = await simulateFlight(input({ groups, cells: [cell({ count: 50 }), cell({ group: 1, count: 1_000 })] }));
    // A quarter of ten a minute.
    expect(minutes(flight.lastSendAt)).toBeGreaterThan(19);
    expect(minutes(flight.lastSendAt)).toBeLessThan(21.5);
    expect(causes(flight)[0]).toBe('other_campaigns');
  });

  it('mixes the people of places that open together, by how many each has, and takes those of a place that opens later afterwards', async () => {
    const from = (opens: number, closes: number) => (a: number, b: number) => within([{ opens, closes }], a, b);
    const sends: FlightSend[] = [];
    const cells = [
      cell({ count: 60, times: from(now, now + 10 * minuteMs) }),
      cell({ count: 30, times: from(now, now + 6 * minuteMs) }),
      cell({ count: 30, times: from(now + minuteMs, Infinity) }),
    ];
    const flight = await simulateFlight(input({ cells }), (send) => sends.push(send));
    const sent = (at: number) => sends.filter((send) => send.cell === at).map(({ from: minute, count }) => [minutes(minute), count]);
    // Ten a minute, a third of them to the second place, which closes after six.
    expect(sent(1).map(([, count]) => count)).toEqual([3, 4, 3, 3, 4, 3]);
    expect(flight.unsent).toBe(10);
    expect(sent(0).at(-1)).toEqual([7, 10]);
    expect(sent(2)[0]).toEqual([8, 10]);
  });

  it('sends urgent messages first, but for the share of its class', async () => {
    const flight = await simulateFlight(
      input({ groups: [group(), group()], cells: [cell({ count: 10 }), cell({ group: 1, classRank: 1, count: 60 })] }),
    );
    // One of ten until the others are gone.
    expect(minutes(flight.lastSendAt)).toBeGreaterThan(6);
    expect(minutes(flight.lastSendAt)).toBeLessThan(8);
  });

  it('keeps the own rate and the own cap of the campaign over all its lanes', async () => {
    const lanes = [lane(), lane(), lane()];
    const cells = [0, 1, 2].map((at) => cell({ lane: at, count: 40 }));
    const paced = await simulateFlight(input({ lanes, cells, groups: [group({ windowLimit: 6 })] }));
    expect(minutes(paced.lastSendAt)).toBeGreaterThan(19);
    expect(minutes(paced.lastSendAt)).toBeLessThan(21);
    expect(causes(paced)[0]).toBe('own_pace');
    const capped = await simulateFlight(input({ lanes, cells, groups: [group({ dailyCap: 50 })] }));
    expect([...capped.days.values()]).toEqual([50, 50, 20]);
    expect(causes(capped)[0]).toBe('own_daily_cap');
  });

  it('waits for windows, and tells windows from quiet hours and from windows of the number', async () => {
    const daily =
      (from: string, to: string): FlightCell['times'] =>
      (begin, end) =>
        openIntervals(
          { windows: [{ days: [1, 2, 3, 4, 5, 6, 7], from, to }], holidays: [], time_zone: 'UTC', recipient_zone: false },
          'UTC',
          begin,
          end,
        );
    const windows = await simulateFlight(input({ cells: [cell({ times: daily('10:00', '10:05') })] }));
    expect(new Date(windows.firstSendAt as number).toISOString()).toBe('2027-03-01T10:00:00.000Z');
    expect([...windows.days.values()]).toEqual([50, 50]);
    expect(causes(windows)[0]).toBe('windows');
    const quiet = await simulateFlight(input({ cells: [cell({ times: daily('10:00', '10:05'), timesWithoutQuiet: always })] }));
    expect(causes(quiet)[0]).toBe('quiet_hours');
    const number = await simulateFlight(input({ lanes: [lane({ window: { times: daily('10:00', '10:05'), exempt: [0, 1] } })] }));
    expect([...number.days.values()]).toEqual([50, 50]);
    expect(causes(number)[0]).toBe('number_window');
    const exempt = await simulateFlight(input({ lanes: [lane({ window: { times: daily('10:00', '10:05'), exempt: [3] } })] }));
    expect(exempt.firstSendAt).toBe(now);
  });

  it('says how many are not sent by the end', async () => {
    expect(await simulateFlight(input({ until: now + 5 * minuteMs }))).toMatchObject({ sent: 50, unsent: 50 });
    expect(await simulateFlight(input({ cells: [cell({ times: () => [] })] }))).toMatchObject({ sent: 0, unsent: 100, firstSendAt: null });
  });

  it('counts as missed what is left when the only window of a cell ends', async () => {
    const of = (minutes: number) => ({
      times: (from: number, to: number) => within([{ opens: now, closes: now + minutes * minuteMs }], from, to),
    });
    const late = cell({ ...of(5), endsAt: now + 5 * minuteMs });
    expect(await simulateFlight(input({ cells: [late] }))).toMatchObject({ sent: 50, unsent: 0, missed: 50 });
    // It ends before its window does.
    expect(await simulateFlight(input({ cells: [late], until: now + 2 * minuteMs }))).toMatchObject({ sent: 20, unsent: 80, missed: 0 });
    expect(await simulateFlight(input({ cells: [cell({ times: () => [], endsAt: now })] }))).toMatchObject({
      sent: 0,
      unsent: 0,
      missed: 100,
    });
  });

  const cap = fc.option(fc.integer({ min: 1, max: 400 }));
  const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kathmandu');
  const someCaps = fc.record({ hourlyCap: cap, dailyCap: cap, timeZone: zone, sentThisHour: fc.nat(20), sentToday: fc.nat(50) });
  const someWindow = fc
    .record({ from: fc.integer({ min: 0, max: 12 }), to: fc.integer({ min: 13, max: 24 }), zone })
    .map(({ from, to, zone: of }) => {
      const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
      const schedule = {
        windows: [{ days: [1, 2, 3, 5, 6], from: clock(from), to: clock(to) }],
        holidays: [],
        time_zone: of,
        recipient_zone: false,
      };
      return (begin: number, end: number) => openIntervals(schedule, of, begin, end);
    });
  const someLane = fc
    .record({
      caps: someCaps,
      windowMs: fc.constantFrom(1_000, 5_000, 60_000, 300_000),
      windowLimit: fc.integer({ min: 1, max: 30 }),
      jitterMs: fc.constantFrom(0, 2_000),
      burstSize: fc.constantFrom(0, 10),
      burstPauseMs: fc.constantFrom(0, 30_000),
      warm: fc.option(
        fc.record({
          warmUp: fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 5 }),
          warmUpDay: fc.integer({ min: 1, max: 6 }),
        }),
      ),
      pool: fc.constantFrom(null, 'p'),
      window: fc.option(fc.record({ times: someWindow, exempt: fc.constant([0, 1]) })),
      nextSlotAt: fc.option(fc.integer({ min: -60_000, max: 60_000 }).map((ms) => now + ms)),
    })
    .map(({ caps, warm, ...rest }) => lane({ ...caps, ...rest, ...warm }));
  const someGroup = fc
    .record({ caps: someCaps, weight: fc.integer({ min: 1, max: 5 }), windowLimit: fc.option(fc.integer({ min: 1, max: 60 })) })
    .map(({ caps, ...rest }) => group({ ...caps, hourlyCap: null, sentThisHour: 0, ...rest }));
  const someInput = fc
    .record({
      lanes: fc.array(someLane, { minLength: 1, maxLength: 3 }),
      groups: fc.array(someGroup, { minLength: 1, maxLength: 3 }),
      pool: someCaps,
    })
    .chain(({ lanes, groups, pool }) =>
      fc
        .array(
          fc.record({
            lane: fc.nat(lanes.length - 1),
            group: fc.nat(groups.length - 1),
            classRank: fc.constantFrom(3, 3, 3, 1),
            count: fc.integer({ min: 1, max: 600 }),
            times: fc.oneof(fc.constant(always), someWindow),
          }),
          { minLength: 1, maxLength: 6 },
        )
        .map((cells) =>
          input({
            lanes,
            groups,
            pools: new Map([['p', pool]]),
            cells: cells.map((of) => (of.group === 0 ? { ...of, classRank: 3 } : of)),
            until: now + 20 * dayMs,
          }),
        ),
    );

  it('never sends more than lanes, pools and groups allow, nor outside open times', async () => {
    await fc.assert(
      fc.asyncProperty(someInput, async (given) => {
        const sends: FlightSend[] = [];
        const flight = await simulateFlight(given, (send) => sends.push(send));
        expect(faultsOf(given, sends)).toEqual([]);
        const own = given.cells.filter((of) => of.group === 0).reduce((sum, { count }) => sum + count, 0);
        expect(flight.sent + flight.unsent).toBe(own);
        expect([...flight.days.values()].reduce((sum, count) => sum + count, 0)).toBe(flight.sent);
        expect([...flight.daySpans.keys()]).toEqual([...flight.days.keys()]);
        const spans = [...flight.daySpans.values()];
        if (spans.length > 0) {
          expect(Math.min(...spans.map(({ first }) => first))).toBe(flight.firstSendAt);
          expect(Math.max(...spans.map(({ last }) => last))).toBe(flight.lastSendAt);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('leaves no message waiting that could be sent: it ends no later with more of a limit', async () => {
    await fc.assert(
      fc.asyncProperty(someInput, async (given) => {
        const only = { ...given, cells: given.cells.filter((of) => of.group === 0) };
        fc.pre(only.cells.length > 0);
        const faster = await simulateFlight({
          ...only,
          groups: [group()],
          lanes: only.lanes.map((of) => ({ ...of, ...noCaps, warmUp: null, pool: null, timeZone: of.timeZone })),
        });
        const { sent, lastSendAt } = await simulateFlight(only);
        expect(faster.sent).toBeGreaterThanOrEqual(sent);
        if (faster.sent === sent && lastSendAt !== null) expect(faster.lastSendAt).toBeLessThanOrEqual(lastSendAt + minuteMs);
      }),
      { numRuns: 100 },
    );
  });
});

/** Checks sends by the rules in another way than the simulation: by sums over the whole list. */
function faultsOf({ lanes, groups, pools, cells }: FlightInput, sends: FlightSend[]): string[] {
  const faults: string[] = [];
  const rate = (name: string, of: FlightSend[], gapMs: number) => {
    // Any stretch of steps has at most one message more than its length has gaps, and one for the begin of the minute.
    for (let i = 0; i < of.length; i++) {
      let count = 0;
      for (let j = i; j < Math.min(of.length, i + 40); j++) {
        count += of[j]?.count as number;
        const span = (of[j]?.to as number) - (of[i]?.from as number);
        if (count > span / gapMs + 1 + 1e-6) faults.push(`${name}: ${count} in ${span} ms`);
      }
    }
  };
  const caps = (name: string, of: FlightSend[], { hourlyCap, dailyCap, timeZone, sentThisHour, sentToday, warmUp, warmUpDay }: Caps) => {
    const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
    const hours = new Map<number, number>([[Math.floor(now / hourMs), sentThisHour]]);
    const days = new Map<number, number>([[0, sentToday]]);
    for (const { from, count } of of) {
      const hour = Math.floor(from / hourMs);
      const day = today.until(Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(timeZone).toPlainDate()).days;
      hours.set(hour, (hours.get(hour) ?? 0) + count);
      days.set(day, (days.get(day) ?? 0) + count);
      const daily = Math.min(dailyCap ?? Infinity, (warmUpDay && warmUp?.[warmUpDay - 1 + day]) || Infinity);
      if ((hours.get(hour) as number) > (hourlyCap ?? Infinity)) faults.push(`${name}: ${hours.get(hour)} in an hour`);
      if ((days.get(day) as number) > daily) faults.push(`${name}: ${days.get(day)} on day ${day}`);
    }
  };
  lanes.forEach((of, at) => {
    const mine = sends.filter((send) => send.lane === at);
    rate(`lane ${at}`, mine, laneGapMs(of));
    caps(`lane ${at}`, mine, of);
    for (const { from, to, cell: of_ } of mine) {
      const { classRank } = cells[of_] as FlightCell;
      const isOpen = of.window === null || of.window.exempt.includes(classRank) || covers(of.window.times, from, to);
      if (!isOpen) faults.push(`lane ${at}: sent at ${new Date(from).toISOString()}, outside its window`);
    }
  });
  for (const [name, of] of pools)
    caps(
      `pool ${name}`,
      sends.filter((send) => lanes[send.lane]?.pool === name),
      of,
    );
  groups.forEach((of, at) => {
    const mine = sends.filter((send) => send.group === at);
    if (groupGapMs(of) > 0) rate(`group ${at}`, mine, groupGapMs(of));
    caps(`group ${at}`, mine, of);
  });
  cells.forEach((of, at) => {
    const mine = sends.filter((send) => send.cell === at);
    if (mine.reduce((sum, { count }) => sum + count, 0) > of.count) faults.push(`cell ${at}: more than it has`);
    for (const { from, to } of mine) if (!covers(of.times, from, to)) faults.push(`cell ${at}: sent outside its times`);
  });
  return faults;
}

function covers(times: FlightCell['times'], from: number, to: number): boolean {
  return times(from, to).some(({ opens, closes }) => opens <= from && closes >= to);
}
