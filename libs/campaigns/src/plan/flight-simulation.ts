import { classRank, messageClasses } from '@heliograph/tenants';
import { minuteMs } from '../time/zone-clock';
import { CapCounter } from './cap-counter';
import { type Flight, type FlightInput, type FlightLane, type FlightLimit, type FlightSend, groupGapMs, laneGapMs } from './flight';
import { TimeLine, type Times } from './time-line';

const broadcastRank = classRank('broadcast');
/** Messages that a class is owed at most, as in the claim. */
const maxCredit = 2;

interface Cell {
  at: number;
  group: Group;
  classRank: number;
  left: number;
  line: TimeLine;
  quietless: TimeLine | null;
  endsAt: number;
  /** Begin of its open time. */
  since: number;
  /** Messages that it had at the begin of its open time. */
  opened: number;
}

interface Group {
  at: number;
  weight: number;
  gapMs: number;
  next: number;
  caps: CapCounter | null;
  /** Messages that it may give in this step, over all lanes. */
  budget: number;
}

/** Cells of a group and a class that are open in a lane. */
interface Queue {
  group: Group;
  cells: Cell[];
  left: number;
  /** Messages that it may give in this step. */
  quota: number;
}

interface Lane {
  at: number;
  spec: FlightLane;
  gapMs: number;
  next: number;
  caps: CapCounter;
  pool: CapCounter | null;
  window: TimeLine | null;
  cells: Cell[];
  /** Open queues by class, until `changesAt`. */
  queues: Queue[][];
  changesAt: number;
  ownLeft: number;
  credits: number[];
  /** Position of each group in the order of turns. */
  positions: Map<number, number>;
}

/** Ms after which a forecast lets other work of the process go on. */
const sliceMs = 10;

/**
 * Forecasts when messages leave their lanes, minute by minute over cells, by the rules of the claim: the pace, caps and windows of a lane, the
 * caps of its pool, minimum shares of classes, and rate, cap and weight of groups. It does not know what will be sent besides the cells. It works in
 * slices, so that a process that answers requests is not held up.
 * @param onSend gets each send, for a test to hold against the limits
 */
export async function simulateFlight(input: FlightInput, onSend?: (send: FlightSend) => void): Promise<Flight> {
  const simulation = new Simulation(input, onSend);
  while (!simulation.advance(performance.now() + sliceMs)) await new Promise(setImmediate);
  return simulation.result();
}

class Simulation {
  private readonly groups: Group[];
  private readonly lanes: Lane[];
  private readonly pools = new Map<string, CapCounter>();
  private readonly flight: Flight;
  private readonly own: Group;
  private turn = 0;
  private now: number;
  /** Messages of the campaign that are left. */
  private waiting: number;

  constructor(
    private readonly input: FlightInput,
    private readonly onSend: ((send: FlightSend) => void) | undefined,
  ) {
    const { now } = input;
    const line = (times: Times) => new TimeLine(times);
    for (const [name, caps] of input.pools) this.pools.set(name, new CapCounter(caps, now));
    this.groups = input.groups.map((group, at) => {
      const caps = new CapCounter(group, now);
      return { at, weight: group.weight, gapMs: groupGapMs(group), next: -Infinity, caps: caps.isOpen ? null : caps, budget: Infinity };
    });
    this.own = this.groups[0] as Group;
    this.lanes = input.lanes.map((spec, at) => ({
      at,
      spec,
      gapMs: laneGapMs(spec),
      next: spec.nextSlotAt ?? -Infinity,
      caps: new CapCounter(spec, now),
      pool: (spec.pool !== null && this.pools.get(spec.pool)) || null,
      window: spec.window && line(spec.window.times),
      cells: [],
      queues: [],
      changesAt: -Infinity,
      ownLeft: 0,
      credits: messageClasses.map(() => 0),
      positions: new Map(),
    }));
    input.cells.forEach((cell, at) => {
      if (cell.count <= 0) return;
      const lane = this.lanes[cell.lane] as Lane;
      const group = this.groups[cell.group] as Group;
      lane.cells.push({
        at,
        group,
        classRank: cell.classRank,
        left: cell.count,
        line: line(cell.times),
        quietless: cell.timesWithoutQuiet ? line(cell.timesWithoutQuiet) : null,
        endsAt: cell.endsAt ?? Infinity,
        since: -Infinity,
        opened: cell.count,
      });
      if (group === this.own) lane.ownLeft += cell.count;
    });
    this.now = now;
    this.waiting = this.lanes.reduce((sum, { ownLeft }) => sum + ownLeft, 0);
    this.flight = {
      sent: 0,
      unsent: 0,
      missed: 0,
      firstSendAt: null,
      lastSendAt: null,
      days: new Map(),
      daySpans: new Map(),
      lanes: this.lanes.map(() => ({ messages: 0, lastSendAt: null })),
      waited: new Map(),
      warmingUp: new Set(),
      steps: 0,
    };
  }

  /** Goes on until the end, or until `performance.now()` is `sliceEnd`. @returns whether the end was reached */
  advance(sliceEnd: number): boolean {
    const { until } = this.input;
    for (let i = 0; this.waiting > 0 && this.now < until; i++) {
      if (i % 16 === 15 && performance.now() > sliceEnd) return false;
      const { next, sent } = this.step(this.now);
      this.waiting -= sent;
      this.now = next;
      this.flight.steps++;
    }
    return true;
  }

  result(): Flight {
    this.flight.sent = this.flight.lanes.reduce((sum, { messages }) => sum + messages, 0);
    this.flight.unsent = this.waiting;
    return this.flight;
  }

  /** Sends what may leave from `now` to the end of the minute. @returns when the next step begins, and the messages of the campaign that left */
  private step(now: number): { next: number; sent: number } {
    const lanes = this.lanes.filter(({ cells }) => cells.length > 0);
    let end = Math.min((Math.floor(now / minuteMs) + 1) * minuteMs, this.input.until);
    for (const lane of lanes) {
      if (lane.changesAt <= now) this.open(lane, now);
      end = Math.min(end, lane.changesAt);
    }
    const able = this.lanesAble(lanes, now, end);
    this.shareGroups(able, now, end);
    let sent = 0;
    const served = new Map<Lane, Served>();
    // Lanes of one pool take turns in being first.
    const first = this.turn++ % Math.max(1, able.length);
    for (let i = 0; i < able.length; i++) {
      const { lane, slots } = able[(first + i) % able.length] as Able;
      const maxSent = Math.min(slots, lane.pool?.left(now) ?? Infinity);
      const result = this.serve(lane, maxSent, now, end);
      sent += result.own;
      if (result.all > 0) served.set(lane, result);
    }
    const next = served.size > 0 ? end : Math.max(end, Math.min(this.input.until, ...lanes.map((lane) => this.wakesAt(lane, now, end))));
    for (const lane of lanes) if (lane.ownLeft > 0) this.noteWaiting(lane, served.get(lane), now, next);
    return { next, sent };
  }

  /** Finds the open queues of a lane, and until when they stay the same. */
  private open(lane: Lane, now: number): void {
    const queues: Queue[][] = messageClasses.map(() => []);
    let changesAt = Infinity;
    const window = lane.window?.at(now);
    if (window) changesAt = window.until;
    for (const { group, left, endsAt } of lane.cells) {
      if (group !== this.own || endsAt > now) continue;
      lane.ownLeft -= left;
      this.waiting -= left;
      this.flight.missed += left;
    }
    lane.cells = lane.cells.filter(({ left, endsAt }) => left > 0 && endsAt > now);
    for (const cell of lane.cells) {
      const { isOpen, until, since } = cell.line.at(now);
      changesAt = Math.min(changesAt, until);
      // A cause of waiting ends where quiet hours begin or end.
      if (cell.quietless && !isOpen) changesAt = Math.min(changesAt, cell.quietless.at(now).until);
      if (cell.since !== since) cell.opened = cell.left;
      cell.since = since;
      if (!isOpen || (window?.isOpen === false && !lane.spec.window?.exempt.includes(cell.classRank))) continue;
      const ofClass = queues[cell.classRank] as Queue[];
      let queue = ofClass.find(({ group }) => group === cell.group);
      if (!queue) ofClass.push((queue = { group: cell.group, cells: [], left: 0, quota: Infinity }));
      queue.cells.push(cell);
      queue.left += cell.left;
    }
    for (const queue of queues.flat()) queue.cells.sort((a, b) => a.since - b.since);
    lane.queues = queues;
    lane.changesAt = Math.max(changesAt, now + 1);
  }

  /** Returns the lanes that may send, with the number of their slots. */
  private lanesAble(lanes: Lane[], now: number, end: number): Able[] {
    const able: Able[] = [];
    for (const lane of lanes) {
      if (lane.spec.closedUntil !== null && lane.spec.closedUntil > now) continue;
      if (!lane.queues.some((ofClass) => ofClass.some(({ left }) => left > 0))) continue;
      const slots = Math.min(slotsIn(lane.next, lane.gapMs, now, end), lane.caps.left(now), lane.pool?.left(now) ?? Infinity);
      if (slots > 0) able.push({ lane, slots });
    }
    return able;
  }

  /** Shares what groups with limits may send in this step between the lanes. */
  private shareGroups(able: Able[], now: number, end: number): void {
    for (const group of this.groups) {
      if (group.gapMs === 0 && group.caps === null) continue;
      const rate = group.gapMs === 0 ? Infinity : slotsIn(group.next, group.gapMs, now, end);
      group.budget = Math.min(rate, group.caps?.left(now) ?? Infinity);
      const wants = able.flatMap(({ lane, slots }) =>
        lane.queues.flatMap((ofClass) =>
          ofClass
            .filter((queue) => queue.group === group && queue.left > 0)
            .map((queue) => ({ queue, maxSent: Math.min(slots, queue.left) })),
        ),
      );
      wants.sort((a, b) => a.maxSent - b.maxSent || a.queue.left - b.queue.left);
      let left = group.budget;
      wants.forEach(({ queue, maxSent }, i) => {
        // The rest goes to the longest queues.
        queue.quota = left === Infinity ? Infinity : Math.min(maxSent, Math.floor(left / (wants.length - i)));
        if (left !== Infinity) left -= queue.quota;
      });
    }
  }

  /** Sends up to `maxSent` messages of a lane: urgent classes first, each class at least its share, groups of a class by weight. */
  private serve(lane: Lane, maxSent: number, now: number, end: number): Served {
    const served: Served = { own: 0, all: 0, maxSent };
    while (served.all < maxSent) {
      const ready = lane.queues.map((ofClass) => ofClass.filter(isReady));
      const ranks = ready.flatMap(({ length }, rank) => (length > 0 ? [rank] : []));
      if (ranks.length === 0) break;
      // With work of one class its groups share all slots at once; with more, slots are given one by one.
      const rank = ranks.length === 1 ? (ranks[0] as number) : this.chooseClass(lane, ranks);
      const queues = ready[rank] as Queue[];
      const counts = this.shareByWeight(lane, queues, ranks.length === 1 ? maxSent - served.all : 1);
      queues.forEach((queue, i) => {
        const count = counts[i] as number;
        if (count === 0) return;
        this.send(lane, queue, count, now, end);
        served.all += count;
        if (queue.group === this.own) served.own += count;
      });
    }
    return served;
  }

  /** Returns the class of the next slot: the most urgent, or one that is owed a message. */
  private chooseClass({ credits, spec }: Lane, ranks: number[]): number {
    for (const rank of ranks) credits[rank] = Math.min((credits[rank] as number) + (spec.shares[rank] ?? 0) / 100, maxCredit);
    const [mostUrgent = 0] = ranks;
    const rank = ranks.find((of) => (credits[of] as number) >= 1) ?? mostUrgent;
    credits[rank] = Math.max(0, (credits[rank] as number) - 1);
    return rank;
  }

  /** Shares slots of a lane between groups: each next one goes to the group that is furthest behind its share. */
  private shareByWeight({ positions }: Lane, queues: Queue[], slots: number): number[] {
    const [only] = queues;
    if (queues.length === 1 && only) return [Math.min(slots, only.left, only.quota)];
    let newest = -Infinity;
    for (const { group } of queues) newest = Math.max(newest, positions.get(group.at) ?? -Infinity);
    if (newest === -Infinity) newest = 0;
    // A group that was away is owed one message at most, and a new one none.
    const at = queues.map(({ group }) => Math.max(positions.get(group.at) ?? newest, newest - 1));
    const limits = queues.map(({ left, quota }) => Math.min(left, quota));
    const counts = queues.map(() => 0);
    for (let slot = 0; slot < slots; slot++) {
      let best = -1;
      for (let i = 0; i < at.length; i++)
        if ((counts[i] as number) < (limits[i] as number) && (best === -1 || (at[i] as number) < (at[best] as number))) best = i;
      if (best === -1) break;
      counts[best] = (counts[best] as number) + 1;
      at[best] = (at[best] as number) + 1 / (queues[best] as Queue).group.weight;
    }
    queues.forEach(({ group }, i) => positions.set(group.at, at[i] as number));
    return counts;
  }

  private send(lane: Lane, queue: Queue, count: number, now: number, end: number): void {
    const { group } = queue;
    lane.next = Math.max(lane.next, now) + count * lane.gapMs;
    let sendAt = lane.next - lane.gapMs;
    let firstAt = lane.next - count * lane.gapMs;
    if (group.gapMs > 0) {
      group.next = Math.max(group.next, now) + count * group.gapMs;
      sendAt = Math.max(sendAt, group.next - group.gapMs);
      firstAt = Math.max(firstAt, group.next - count * group.gapMs);
    }
    sendAt = Math.min(sendAt, end - 1);
    lane.caps.take(count);
    lane.pool?.take(count);
    group.caps?.take(count);
    queue.quota -= count;
    queue.left -= count;
    for (const [cell, of] of shareCells(queue.cells, count)) {
      cell.left -= of;
      this.onSend?.({ lane: lane.at, group: group.at, cell: cell.at, from: now, to: end, count: of });
    }
    if (group !== this.own) return;
    lane.ownLeft -= count;
    const { flight } = this;
    const own = flight.lanes[lane.at] as Flight['lanes'][number];
    own.messages += count;
    own.lastSendAt = Math.max(own.lastSendAt ?? 0, sendAt);
    flight.firstSendAt = Math.min(flight.firstSendAt ?? Infinity, firstAt);
    flight.lastSendAt = Math.max(flight.lastSendAt ?? 0, sendAt);
    const day = this.input.dayOf(now);
    flight.days.set(day, (flight.days.get(day) ?? 0) + count);
    const span = flight.daySpans.get(day);
    flight.daySpans.set(day, { first: Math.min(span?.first ?? Infinity, firstAt), last: Math.max(span?.last ?? 0, sendAt) });
  }

  /** Returns when a lane that sent nothing may send. */
  private wakesAt(lane: Lane, now: number, end: number): number {
    if (lane.spec.closedUntil !== null && lane.spec.closedUntil > now) return lane.spec.closedUntil;
    const open = lane.queues.flat().filter(({ left }) => left > 0);
    if (open.length === 0) return lane.changesAt;
    const capped = lane.caps.block(now) ?? lane.pool?.block(now);
    if (capped) return capped.until;
    if (lane.next >= end) return lane.next;
    const groups = open.map(({ group }) => (group.caps?.block(now) ? (group.caps.block(now)?.until as number) : Math.max(group.next, end)));
    return Math.min(lane.changesAt, ...groups);
  }

  private note(limit: FlightLimit, ms: number): void {
    this.flight.waited.set(limit, (this.flight.waited.get(limit) ?? 0) + ms);
  }

  /** Notes for which cause messages of the campaign waited in a lane until `next`. */
  private noteWaiting(lane: Lane, served: Served | undefined, now: number, next: number): void {
    const ms = next - now;
    const cause = this.blockOf(lane, now);
    if (cause === null) {
      // The lane sends all that it can, and shares it.
      const others = served ? (served.all - served.own) / served.all : 0;
      const isLimited = served !== undefined && served.all < served.maxSent;
      if (others > 0) this.note('other_campaigns', ms * others);
      if (others < 1) this.note(isLimited ? 'own_pace' : 'rate', ms * (1 - others));
    } else this.note(cause, ms);
  }

  /** Returns what keeps messages of the campaign in a lane from being sent; null: nothing but the pace. */
  private blockOf(lane: Lane, now: number): FlightLimit | null {
    if (lane.spec.closedUntil !== null && lane.spec.closedUntil > now) return 'number_closed';
    if (!lane.queues[broadcastRank]?.some(({ group, left }) => group === this.own && left > 0)) return this.closedBy(lane, now);
    const capped = lane.caps.block(now);
    if (capped?.reason === 'warm_up') this.flight.warmingUp.add(lane.at);
    if (capped) return capped.reason;
    if (lane.pool?.block(now)) return 'pool';
    if (this.own.caps?.block(now)) return 'own_daily_cap';
    return this.own.gapMs > 0 && this.own.next > lane.next ? 'own_pace' : null;
  }

  /** Returns which windows keep the messages of the campaign in a lane from being sent. */
  private closedBy(lane: Lane, now: number): FlightLimit {
    const own = lane.cells.filter(({ group, left }) => group === this.own && left > 0);
    if (own.some(({ line }) => line.at(now).isOpen)) return 'number_window';
    return own.some(({ quietless }) => quietless?.at(now).isOpen) ? 'quiet_hours' : 'windows';
  }
}

interface Able {
  lane: Lane;
  slots: number;
}

interface Served {
  /** Messages of the campaign. */
  own: number;
  all: number;
  /** Messages that the lane could have sent. */
  maxSent: number;
}

const isReady = ({ left, quota }: Queue): boolean => left > 0 && quota > 0;

/**
 * Shares messages of a queue between its cells: those that opened first come first. Cells that opened together are mixed, as people of several
 * places are in a list, so each gives the same part of what it had.
 * @param cells sorted by `since`
 */
function shareCells(cells: readonly Cell[], count: number): [cell: Cell, count: number][] {
  const shares: [Cell, number][] = [];
  let rest = count;
  for (let i = 0; i < cells.length && rest > 0;) {
    const { since } = cells[i] as Cell;
    const tied: [Cell, number][] = [];
    let left = 0;
    for (let cell = cells[i]; cell?.since === since; cell = cells[++i]) {
      if (cell.left > 0) tied.push([cell, 0]);
      left += cell.left;
    }
    const taken = Math.min(rest, left);
    rest -= taken;
    let uneven = taken;
    for (const share of tied) uneven -= share[1] = Math.floor((taken * share[0].left) / left);
    for (; uneven > 0; uneven--) tied.reduce((a, b) => (partLeft(b) > partLeft(a) ? b : a))[1]++;
    shares.push(...tied.filter(([, of]) => of > 0));
  }
  return shares;
}
const partLeft = ([cell, taken]: [Cell, number]): number => (cell.left - taken) / cell.opened;

/** Returns the number of slots from `now` to `end`. */
function slotsIn(next: number, gapMs: number, now: number, end: number): number {
  const first = Math.max(next, now);
  return first >= end ? 0 : Math.ceil((end - first) / gapMs);
}
