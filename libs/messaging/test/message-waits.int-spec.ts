import type { Database } from '@heliograph/kernel';
import { keyActor, openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { SessionEvents } from '@heliograph/tenants';
import { GroupSettling } from '../src/groups/group-settling.repository';
import { MessageGroups } from '../src/groups/message-groups.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { MessageQueries } from '../src/messages/message-queries.repository';
import { MessageWaits } from '../src/messages/message-waits.repository';
import type { PastReason } from '../src/messages/past-waits';
import { Ledger } from '../src/send/ledger.repository';
import { aGroup, aLane, aRow, aWorker, campaignLanes, claimStart as start, type LaneLimits, type TestLane } from '../testing';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const someone = keyActor('desk');

let test: TestDatabase;
let db: Database;
let worker: string;
let waits: MessageWaits;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
  worker = await aWorker(db);
  waits = new MessageWaits(db, new SessionEvents());
  // The history by the stopped clock, like everything else.
  await db.query('ALTER TABLE message_events ALTER COLUMN at SET DEFAULT heliograph_now()');
});
afterAll(() => test.close());
beforeEach(() => at(0));

const { at } = campaignLanes(() => ({ db, worker }));
const groups = () => new MessageGroups(db, new GroupSettling(db, { ring: () => undefined } as unknown as LaneBell));

/** Claims what the lane gives, and settles each call so. */
async function send({ tenantId, sessionId }: TestLane, as: 'sent' | 'not_sent' | 'throttled' = 'sent', inMs = 0): Promise<string[]> {
  const claims = new LaneClaims(db);
  const ledger = new Ledger(db);
  const answer = await claims.claim({ sessionId, workerId: worker, maxMessages: 100, revision: '-1', shiftMs: 0 });
  const messages = answer.kind === 'messages' ? answer.messages : [];
  for (const { id, attempt, state } of messages) {
    const step = { tenantId, id, sessionId, attempt };
    if (state === 'claimed') await ledger.advance({ ...step, to: 'calling', workerId: worker });
    if (as === 'sent') await ledger.advance({ ...step, to: 'sent', providerMessageId: id });
    if (as === 'not_sent') await ledger.advance({ ...step, to: 'queued', cause: 'not_sent', dueInMs: inMs, countsTry: true });
    if (as === 'throttled') await ledger.advance({ ...step, to: 'queued', cause: 'throttled', dueInMs: 0, closeLaneMs: inMs });
  }
  // Gives the lane back, so that a pause of it begins with nothing in flight.
  await claims.claim({ sessionId, workerId: worker, maxMessages: 0, revision: '-1', shiftMs: 0 });
  return messages.map(({ id }) => id);
}

async function store(lane: TestLane, over: Partial<Parameters<typeof aRow>[0]> = {}): Promise<string> {
  const row = aRow({ ...lane, class: 'transactional', expiresAfterMs: 40 * 24 * hour, ...over });
  await new MessageStore().store(db, [row], 72);
  return row.id;
}

/** Moves a session as a report of its status does. */
async function moveSession({ tenantId, sessionId }: TestLane, to: 'connected' | 'disconnected'): Promise<void> {
  await db.query(
    `WITH was AS (SELECT status FROM sessions WHERE id = $2), moved AS (UPDATE sessions SET status = $3 WHERE id = $2)
     INSERT INTO session_events (tenant_id, session_id, from_status, to_status, source) SELECT $1, $2, status, $3, 'hook' FROM was`,
    [tenantId, sessionId, to],
  );
}

/** Seconds for which a message waited, by reason. */
async function waited({ tenantId }: TestLane, id: string): Promise<Partial<Record<PastReason, number>>> {
  const all: Partial<Record<PastReason, number>> = {};
  for (const { reason, from, until } of await waits.of(tenantId, id))
    all[reason] = (all[reason] ?? 0) + (until.getTime() - from.getTime()) / second;
  return all;
}

const lane = (limits: LaneLimits = {}) => aLane(db, { windowLimit: 0, ...limits });

describe('the past waits of a message', () => {
  it('name the pace of its lane, and the messages that went first', async () => {
    const it = await lane({ windowMs: 5 * second, windowLimit: 1 });
    const [first, next] = [await store(it), await store(it)];
    expect(await send(it)).toEqual([first]);
    await at(5.1 * second);
    expect(await send(it)).toEqual([next]);
    expect(await waits.of(it.tenantId, next)).toEqual([
      { reason: 'pace', from: new Date(start), until: new Date(start + 5_100), ahead: 0 },
    ]);
    const third = await store(it);
    await store(it, { class: 'broadcast' });
    await at(20 * second);
    expect(await send(it)).toEqual([third]);
    const fourth = await store(it, { class: 'broadcast' });
    await at(26 * second);
    await send(it);
    await at(32 * second);
    expect(await send(it)).toEqual([fourth]);
    expect(await waits.of(it.tenantId, fourth)).toMatchObject([{ reason: 'lane', ahead: 1 }]);
  });

  it('name a person’s pause of the session, beside its own losses', async () => {
    const it = await lane();
    const id = await store(it);
    const note = (reason: string) =>
      db.query(
        `INSERT INTO session_events (tenant_id, session_id, from_status, to_status, reason, source) VALUES ($1, $2, 'connected', 'connected', $3, 'api')`,
        [it.tenantId, it.sessionId, reason],
      );
    await note('paused');
    await note('limits_changed');
    await at(10 * minute);
    await note('resumed');
    await at(11 * minute);
    expect(await send(it)).toEqual([id]);
    expect(await waited(it, id)).toEqual({ session: 600, pace: 60 });
  });

  it('name the hours of the send window, but not to a class that may leave at any time', async () => {
    // The stopped clock begins at 10:00 on a Monday.
    const window = { days: [2, 3], from: '08:30', to: '24:00', exempt_classes: ['reply'] };
    const it = await lane({ sendWindow: window });
    const id = await store(it);
    const reply = await store(it, { class: 'reply' });
    await at(minute);
    expect(await send(it)).toEqual([reply]);
    await at(23 * hour);
    expect(await send(it)).toEqual([id]);
    expect(await waited(it, reply)).toEqual({ pace: 60 });
    expect(await waited(it, id)).toEqual({ send_window: 22.5 * 3_600, pace: 30 * 60 });
    await db.query(`UPDATE lanes SET time_zone = 'Nowhere/Here' WHERE session_id = $1`, [it.sessionId]);
    expect(await waited(it, id)).toMatchObject({ lane: 23 * 3_600 });
  });

  it('are not shown to another tenant', async () => {
    const [it, other] = [await lane(), await lane()];
    const id = await store(it);
    await expect(waits.of(other.tenantId, id)).rejects.toMatchObject({ reason: 'not_found' });
  });

  it('explain the delay of 1,000 messages to a hundredth, and each reason has its share', async () => {
    const flight = await aFlight({ lanes: 16, ticks: 25, perTick: 40 });
    expect(flight.messages).toHaveLength(1_000);
    const seen = new Set<string>();
    for (const { lane: of, id, truth } of flight.messages) {
      const told = await waited(of, id);
      const { createdAt, timeline, calls } = await new MessageQueries(db).get(of.tenantId, id, 72);
      const whole = (timeline.at(-1)!.at.getTime() - createdAt.getTime()) / second;
      const inCalls = calls.reduce((sum, call) => sum + (call.endedAt!.getTime() - call.at.getTime()) / second, 0);
      const explained = Object.values(told).reduce((sum, s) => sum + s, inCalls);
      expect(Math.abs(explained - whole)).toBeLessThanOrEqual(whole / 100);
      for (const reason of new Set([...Object.keys(told), ...Object.keys(truth)] as PastReason[])) {
        seen.add(reason);
        expect([id, reason, Math.abs((told[reason] ?? 0) - (truth[reason] ?? 0)) <= whole / 100]).toEqual([id, reason, true]);
      }
    }
    expect([...seen].sort()).toEqual(['group_paused', 'provider', 'retry', 'send_at', 'session']);
  });
});

const tickMs = 10 * second;

/** A message of a flight. `truth`: seconds of its wait by reason, from what was done to it. */
interface Flown {
  lane: TestLane & { groupId: string };
  id: string;
  sendAt: number;
  retryAt: number;
  truth: Partial<Record<PastReason, number>>;
  isSent: boolean;
}

/**
 * Sends messages through lanes that stop and go at random, tick by tick: sessions drop out, groups are paused, calls are refused with a time to wait,
 * or are not connected. Whatever may leave at a tick leaves at it.
 */
async function aFlight({ lanes, ticks, perTick }: { lanes: number; ticks: number; perTick: number }): Promise<{ messages: Flown[] }> {
  const chance = random();
  const fleet = await Promise.all(
    Array.from({ length: lanes }, async () => {
      const it = await lane();
      return { ...it, groupId: await aGroup(db, it.tenantId), isDown: false, isPaused: false, closedUntil: 0 };
    }),
  );
  const messages: Flown[] = [];
  for (let tick = 0; tick < ticks || messages.some(({ isSent }) => !isSent); tick++) {
    const now = tick * tickMs;
    await at(now);
    const isLast = tick >= ticks;
    for (const it of fleet) {
      if (it.isDown !== (!isLast && chance() < (it.isDown ? 0.7 : 0.1))) {
        it.isDown = !it.isDown;
        await moveSession(it, it.isDown ? 'disconnected' : 'connected');
      }
      if (it.isPaused !== (!isLast && chance() < (it.isPaused ? 0.7 : 0.1))) {
        it.isPaused = !it.isPaused;
        await groups()[it.isPaused ? 'pause' : 'resume'](it.tenantId, someone, it.groupId);
      }
    }
    for (let i = 0; i < perTick && !isLast; i++) {
      const it = fleet[Math.floor(chance() * lanes)]!;
      const sendAt = chance() < 0.2 ? now + tickMs * Math.ceil(chance() * 5) : 0;
      const id = await store(it, { groupId: it.groupId, ...(sendAt > 0 && { sendAt: new Date(start + sendAt) }) });
      messages.push({ lane: it, id, sendAt, retryAt: 0, truth: {}, isSent: false });
    }
    for (const it of fleet) {
      const own = messages.filter((one) => one.lane === it && !one.isSent);
      const mayLeave = own.filter(({ sendAt, retryAt }) => sendAt <= now && retryAt <= now);
      if (!it.isDown && !it.isPaused && it.closedUntil <= now && mayLeave.length > 0) {
        const dice = isLast ? 1 : chance();
        const inMs = tickMs * Math.ceil(chance() * 4);
        const as = dice < 0.15 ? 'throttled' : dice < 0.3 ? 'not_sent' : 'sent';
        const ids = await send(it, as, inMs);
        expect(ids.toSorted()).toEqual(mayLeave.map(({ id }) => id).toSorted());
        if (as === 'throttled') it.closedUntil = now + inMs;
        for (const one of mayLeave) {
          if (as === 'sent') one.isSent = true;
          if (as === 'not_sent') one.retryAt = now + inMs;
        }
      }
      for (const one of own.filter(({ isSent }) => !isSent)) {
        const reason = it.isPaused
          ? 'group_paused'
          : one.sendAt > now
            ? 'send_at'
            : one.retryAt > now
              ? 'retry'
              : it.isDown
                ? 'session'
                : 'provider';
        one.truth[reason] = (one.truth[reason] ?? 0) + tickMs / second;
      }
    }
  }
  return { messages };
}

/** Returns numbers in [0, 1) that are the same in each run. */
function random(): () => number {
  let seed = 20_261_130;
  return () => {
    seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return seed / 2 ** 32;
  };
}
