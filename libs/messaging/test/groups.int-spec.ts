import { type Actor, Database, newId } from '@heliograph/kernel';
import { explaining, openTestDatabase, stopClock, type TestDatabase, until } from '@heliograph/kernel/testing';
import type { SessionCredentials } from '@heliograph/tenants';
import fc from 'fast-check';
import { stepsOf } from '../src/history/message-events.repository';
import { GroupSettling } from '../src/groups/group-settling.repository';
import { MessageGroups } from '../src/groups/message-groups.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import { Invariants } from '../src/invariants/invariants.repository';
import type { LedgerWatch } from '../src/installation/ledger-watch';
import { sharingGroups } from '../src/lanes/lane-load.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import type { ClaimAnswer, ClaimedMessage } from '../src/lanes/claim-answer';
import { LaneClaims } from '../src/lanes/lane-claims.repository';
import { LaneRunner } from '../src/lanes/lane-runner';
import type { WorkerLease } from '../src/lanes/worker-lease';
import { RecoveryRepository } from '../src/recovery/recovery.repository';
import { FileAddresses } from '../src/send/file-addresses';
import type { BodyRenderer } from '../src/rendering/body-renderer';
import { Ledger } from '../src/send/ledger.repository';
import type { MessageSender } from '../src/send/message-sender';
import { ProviderBreaker } from '../src/send/provider-breaker';
import type { MessagingConfig } from '../src/messaging.config';
import type { MessagingMetrics } from '../src/messaging.metrics';
import { aGroup, aLane, aRow, aWorker } from '../testing';

const desk: Actor = { kind: 'key', id: newId(), name: 'Desk' };
const start = Date.parse('2026-03-02T10:00:00Z');
/** Length of a simulated flight, in ms. */
const endMs = 2_000;

describe('a group of messages', () => {
  let test: TestDatabase;
  let db: Database;
  let worker: string;
  let rung: string[] = [];
  let groups: MessageGroups;
  let settling: GroupSettling;
  const store = new MessageStore();
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    worker = await aWorker(db);
    settling = new GroupSettling(db, { ring: (sessionId: string) => void rung.push(sessionId) } as LaneBell);
    groups = new MessageGroups(db, settling);
  });
  afterAll(() => test.close());
  beforeEach(async () => {
    rung = [];
    await stopClock(db, new Date(start));
  });

  const claim = (sessionId: string, maxMessages = 20, revision = '-1'): Promise<ClaimAnswer> =>
    new LaneClaims(db).claim({ sessionId, workerId: worker, maxMessages, revision, shiftMs: 0 });
  const ids = (answer: ClaimAnswer) => (answer.kind === 'messages' ? answer.messages.map((m) => m.id) : []);
  const revisionOf = async (sessionId: string) =>
    (await db.query<{ revision: string }>(`SELECT revision::text AS revision FROM lanes WHERE session_id = $1`, [sessionId]))[0]!.revision;
  const settleAll = async (sessionId: string) => {
    await db.query(`UPDATE messages SET state = 'calling' WHERE session_id = $1 AND state = 'claimed'`, [sessionId]);
    await db.query(`UPDATE messages SET state = 'sent', due_at = NULL WHERE session_id = $1 AND state = 'calling'`, [sessionId]);
  };
  const storeRows = async (lane: { tenantId: string; sessionId: string }, groupId: string | null, count: number, over = {}) => {
    const rows = Array.from({ length: count }, () => aRow({ ...lane, groupId, ...over }));
    await store.store(db, rows, 72);
    return rows.map((row) => row.id);
  };
  const at = (ms: number) => stopClock(db, new Date(start + ms));
  const lanesOf = async (groupId: string) =>
    (await db.query<{ class: number }>(`SELECT class FROM lane_groups WHERE group_id = $1 ORDER BY 1`, [groupId])).map((row) => row.class);
  const groupOfMessages = async (messages: string[]) =>
    Object.fromEntries(
      (await db.query<{ id: string; group_id: string }>(`SELECT id, group_id FROM messages WHERE id = ANY ($1::uuid[])`, [messages])).map(
        (row) => [row.id, row.group_id],
      ),
    );

  it('of a campaign changes with the campaign alone', async () => {
    const lane = await aLane(db);
    const groupId = await aGroup(db, lane.tenantId, { kind: 'campaign' });
    const before = await groups.get(lane.tenantId, groupId);
    for (const act of [
      () => groups.pause(lane.tenantId, desk, groupId),
      () => groups.resume(lane.tenantId, desk, groupId),
      () => groups.cancel(lane.tenantId, desk, groupId),
      () => groups.set(lane.tenantId, groupId, { weight: 5 }),
    ])
      await expect(act()).rejects.toMatchObject({ reason: 'group_of_campaign' });
    expect(await groups.get(lane.tenantId, groupId)).toEqual(before);
  });

  it('gives no messages while it is paused, lets others pass, and continues when it is resumed', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    const held = await storeRows(lane, groupId, 3);
    const plain = await storeRows(lane, null, 1);
    expect(await groups.pause(lane.tenantId, desk, groupId)).toMatchObject({
      state: 'paused',
      pausedAt: new Date(start),
      counts: { queued: 3 },
    });
    expect(ids(await claim(lane.sessionId))).toEqual(plain);
    await settleAll(lane.sessionId);
    const answer = await claim(lane.sessionId, 20, '1');
    expect(answer.kind).toBe('again');
    expect(await claim(lane.sessionId, 20, answer.kind === 'again' ? answer.revision : '')).toEqual({ kind: 'idle', inMs: null });
    expect(rung).toEqual([]);
    await groups.resume(lane.tenantId, desk, groupId);
    expect(rung).toEqual([lane.sessionId]);
    expect(await db.query(`SELECT next_due_at <= heliograph_now() AS due FROM lanes WHERE session_id = $1`, [lane.sessionId])).toEqual([
      { due: true },
    ]);
    expect(ids(await claim(lane.sessionId)).sort()).toEqual(held.sort());
  });

  describe('that is plain', () => {
    const aPlainGroup = (tenantId: string) => aGroup(db, tenantId, { standing: 'plain' });
    const standingOf = async (groupId: string) =>
      (await db.query<{ standing: string }>(`SELECT standing FROM message_groups WHERE id = $1`, [groupId]))[0]?.standing;
    const settleGroups = async () => {
      for (let turn = 0; turn < 10; turn++) await settling.settle();
    };

    it('takes its turn among the messages without a group, in the order of their times', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aPlainGroup(lane.tenantId);
      const order = [...(await storeRows(lane, groupId, 1)), ...(await at(1).then(() => storeRows(lane, null, 1)))];
      await at(2);
      order.push(...(await storeRows(lane, groupId, 1)));
      expect(ids(await claim(lane.sessionId))).toEqual(order);
      expect(await lanesOf(groupId)).toEqual([]);
    });

    it.each(['pause', 'cancel'] as const)('gives no message from its %s on, and lets the messages behind it pass', async (act) => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aPlainGroup(lane.tenantId);
      const held = await storeRows(lane, groupId, 5);
      const others = await storeRows(lane, null, 2);
      await groups[act](lane.tenantId, desk, groupId);
      expect(ids(await claim(lane.sessionId)).sort()).toEqual(others.sort());
      await settleAll(lane.sessionId);
      await settleGroups();
      expect(await standingOf(groupId)).toBe('apart');
      expect((await groups.get(lane.tenantId, groupId)).counts).toEqual(act === 'pause' ? { queued: 5 } : { cancelled: 5 });
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
      if (act === 'cancel') return;
      await groups.resume(lane.tenantId, desk, groupId);
      expect(ids(await claim(lane.sessionId)).sort()).toEqual(held.sort());
    });

    it('keeps its messages from expiry while they wait to be moved apart', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aPlainGroup(lane.tenantId);
      await storeRows(lane, groupId, 3, { expiresAfterMs: 60_000 });
      await at(30_000);
      await groups.pause(lane.tenantId, desk, groupId);
      await at(90_000);
      await new RecoveryRepository(db).expire(100);
      await groups.resume(lane.tenantId, desk, groupId);
      await new RecoveryRepository(db).expire(100);
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
      await settleGroups();
      expect(ids(await claim(lane.sessionId))).toHaveLength(3);
    });

    it('follows a rate that it is given while its messages wait', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aPlainGroup(lane.tenantId);
      await storeRows(lane, groupId, 10);
      await groups.set(lane.tenantId, groupId, { window_ms: 60_000, window_limit: 1 });
      expect(ids(await claim(lane.sessionId))).toHaveLength(1);
      await settleAll(lane.sessionId);
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
    });

    it('is moved apart in the same turn as other groups', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const several = await Promise.all([1, 2, 3].map(() => aPlainGroup(lane.tenantId)));
      for (const groupId of several) await storeRows(lane, groupId, 2);
      for (const groupId of several) await groups.pause(lane.tenantId, desk, groupId);
      await settling.settle();
      for (const groupId of several) expect(await lanesOf(groupId)).toEqual([3]);
    });

    it('has its messages moved apart that were being stored when it was paused', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aPlainGroup(lane.tenantId);
      let pausing: Promise<unknown> | undefined;
      let isPaused = false;
      await db.transaction(async (tx) => {
        await store.store(tx, [aRow({ ...lane, groupId })], 72);
        pausing = groups.pause(lane.tenantId, desk, groupId).then(() => (isPaused = true));
        await until(async () => (await db.query(`SELECT 1 FROM pg_locks WHERE NOT granted`)).length > 0);
        expect(isPaused).toBe(false);
      });
      await pausing;
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
      await settleGroups();
      expect(await standingOf(groupId)).toBe('apart');
      expect(await lanesOf(groupId)).toEqual([3]);
    });

    it('has a message moved apart that returns to its lane, or comes from a process of an earlier version, after the pause', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aPlainGroup(lane.tenantId);
      const [away, late] = await storeRows(lane, groupId, 2);
      await claim(lane.sessionId);
      await db.query(`UPDATE messages SET state = 'calling' WHERE session_id = $1 AND state = 'claimed'`, [lane.sessionId]);
      await db.query(`UPDATE messages SET state = 'uncertain', due_at = NULL WHERE session_id = $1`, [lane.sessionId]);
      await groups.pause(lane.tenantId, desk, groupId);
      await settleGroups();
      expect(await standingOf(groupId)).toBe('apart');
      await db.query(`UPDATE messages SET state = 'queued', due_at = heliograph_now() WHERE id = $1`, [away]);
      expect(await standingOf(groupId)).toBe('parting');
      await settleGroups();
      await db.query(
        `INSERT INTO messages (tenant_id, id, session_id, group_id, class, state, recipient, kind, body, created_at, due_at, expires_at)
         SELECT tenant_id, gen_random_uuid(), session_id, group_id, class, 'queued', recipient, kind, body, created_at, heliograph_now(), expires_at FROM messages WHERE id = $1`,
        [late],
      );
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
      await settleGroups();
      expect(await db.query(`SELECT count(*)::int AS n FROM messages WHERE group_id = $1 AND lane_group = $1`, [groupId])).toEqual([
        { n: 2 },
      ]);
      await groups.resume(lane.tenantId, desk, groupId);
      expect(ids(await claim(lane.sessionId))).toHaveLength(2);
    });

    it.each([
      ['paused', `state = 'paused', paused_at = heliograph_now()`, 0],
      ['cancelled', `state = 'cancelled'`, 0],
      ['limited', `window_limit = 1`, 1],
    ] as const)('that was %s by an earlier version, without a message, is obeyed once it gets some', async (_, change, given) => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aPlainGroup(lane.tenantId);
      await db.query(`UPDATE message_groups SET ${change} WHERE id = $1`, [groupId]);
      await storeRows(lane, groupId, 3);
      expect((await claim(lane.sessionId)).kind).not.toBe('messages');
      await settleGroups();
      expect(ids(await claim(lane.sessionId))).toHaveLength(given);
      expect(await standingOf(groupId)).toBe('apart');
    });
  });

  it('holds a message that was claimed before its slot when it is paused', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    await storeRows(lane, groupId, 2);
    const answer = await claim(lane.sessionId);
    const ahead = answer.kind === 'messages' ? (answer.messages[1] as ClaimedMessage) : undefined;
    const step = {
      tenantId: lane.tenantId,
      id: ahead?.id ?? '',
      sessionId: lane.sessionId,
      attempt: 1,
      workerId: worker,
      asksSuppressions: true,
    };
    await groups.pause(lane.tenantId, desk, groupId);
    expect(await new Ledger(db).advance({ ...step, to: 'calling' })).toBe(false);
    await groups.resume(lane.tenantId, desk, groupId);
    expect(await new Ledger(db).advance({ ...step, to: 'calling' })).toBe(true);
  });

  it('is paused, resumed and cancelled with its parts, and counts them', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const parent = await aGroup(db, lane.tenantId);
    const part = await aGroup(db, lane.tenantId, { parentId: parent });
    await storeRows(lane, part, 2);
    expect(await groups.pause(lane.tenantId, desk, parent)).toMatchObject({ state: 'paused', counts: { queued: 2 } });
    expect((await claim(lane.sessionId)).kind).not.toBe('messages');
    await groups.resume(lane.tenantId, desk, parent);
    expect(rung).toEqual([lane.sessionId]);
    expect(ids(await claim(lane.sessionId, 1))).toHaveLength(1);
  });

  it('names who paused, resumed or cancelled it last, and its cancelled messages name who cancelled it', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const parent = await aGroup(db, lane.tenantId);
    const part = await aGroup(db, lane.tenantId, { parentId: parent });
    const messages = [...(await storeRows(lane, parent, 2)), ...(await storeRows(lane, part, 1))];
    const other: Actor = { kind: 'person', id: newId(), name: 'Ada' };
    expect(await groups.get(lane.tenantId, part)).toMatchObject({ stateChangedAt: null, stateChangedBy: null });
    expect(await groups.pause(lane.tenantId, other, parent)).toMatchObject({ stateChangedAt: new Date(start), stateChangedBy: other });
    await at(1_000);
    // What changes nothing names nobody.
    expect(await groups.pause(lane.tenantId, desk, parent)).toMatchObject({ stateChangedAt: new Date(start), stateChangedBy: other });
    expect(await groups.resume(lane.tenantId, desk, parent)).toMatchObject({
      stateChangedAt: new Date(start + 1_000),
      stateChangedBy: desk,
    });
    await groups.cancel(lane.tenantId, other, parent);
    await groups.cancel(lane.tenantId, desk, parent);
    expect(await groups.get(lane.tenantId, part)).toMatchObject({ state: 'cancelled', stateChangedBy: other });
    await settling.settle();
    for (const id of messages)
      expect((await stepsOf(db, lane.tenantId, id)).at(-1)).toMatchObject({ to: 'cancelled', detail: 'with its group', actor: other });
  });

  it('that was cancelled before actors were stored cancels its messages without one', async () => {
    const lane = await aLane(db);
    const groupId = await aGroup(db, lane.tenantId);
    const [id] = await storeRows(lane, groupId, 1);
    await db.query(`UPDATE message_groups SET state = 'cancelled', is_settling = true WHERE id = $1`, [groupId]);
    await settling.settle();
    expect((await stepsOf(db, lane.tenantId, id as string)).at(-1)).toMatchObject({ to: 'cancelled', actor: null });
  });

  it('is not created with a time zone that the database does not know; one that has such a zone is read, paused and resumed', async () => {
    const { tenantId } = await aLane(db, {});
    const group = { id: newId(), kind: 'campaign', name: null, dailyCap: 5, timeZone: 'Nowhere/Land' };
    await expect(groups.create(db, tenantId, group)).rejects.toMatchObject({ reason: 'invalid_time_zone' });
    const id = await aGroup(db, tenantId, { dailyCap: 5 });
    await db.query(`UPDATE message_groups SET time_zone = 'Nowhere/Land', day_at = heliograph_now() WHERE id = $1`, [id]);
    expect(await groups.pause(tenantId, desk, id)).toMatchObject({ state: 'paused', sentToday: 0 });
    expect(await groups.resume(tenantId, desk, id)).toMatchObject({ state: 'open' });
    expect((await sharingGroups(db, tenantId, [id])).get(id)).toMatchObject({ sentToday: 0 });
  });

  it('is not found under another tenant, and stays cancelled', async () => {
    const lane = await aLane(db);
    const other = await aLane(db);
    const groupId = await aGroup(db, lane.tenantId);
    await expect(groups.get(other.tenantId, groupId)).rejects.toMatchObject({ reason: 'not_found' });
    for (const act of ['pause', 'resume', 'cancel'] as const)
      await expect(groups[act](other.tenantId, desk, groupId)).rejects.toMatchObject({ reason: 'not_found' });
    await groups.cancel(lane.tenantId, desk, groupId);
    await groups.cancel(lane.tenantId, desk, groupId);
    await expect(groups.pause(lane.tenantId, desk, groupId)).rejects.toMatchObject({ reason: 'group_cancelled' });
    await expect(groups.resume(lane.tenantId, desk, groupId)).rejects.toMatchObject({ reason: 'group_cancelled' });
  });

  it('gives no messages once it is cancelled, and cancels them in chunks, also later ones', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    await storeRows(lane, groupId, 30);
    const answer = await claim(lane.sessionId, 1);
    const calling = answer.kind === 'messages' ? (answer.messages[0] as ClaimedMessage) : undefined;
    await groups.cancel(lane.tenantId, desk, groupId);
    expect(await settling.settle()).toBe(false);
    expect((await groups.get(lane.tenantId, groupId)).counts).toEqual({ calling: 1, cancelled: 29 });
    // The call that was under way returns its message, which is cancelled too.
    const step = { tenantId: lane.tenantId, id: calling?.id ?? '', sessionId: lane.sessionId, attempt: 1 };
    await new Ledger(db).advance({ ...step, to: 'queued', cause: 'throttled', dueInMs: 1 });
    await settling.settle();
    await settling.settle();
    expect((await groups.get(lane.tenantId, groupId)).counts).toEqual({ cancelled: 30 });
    expect(await lanesOf(groupId)).toEqual([]);
    await storeRows(lane, groupId, 1);
    expect((await claim(lane.sessionId)).kind).not.toBe('messages');
    await settling.settle();
    await settling.settle();
    expect((await groups.get(lane.tenantId, groupId)).counts).toEqual({ cancelled: 31 });
    expect(await db.query(`SELECT 1 FROM message_groups WHERE is_settling`)).toEqual([]);
  });

  it.each(['stored', 'returned to its lane'] as const)('cancels a message that was being %s when its settling ended', async (how) => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    const [away] = await storeRows(lane, groupId, 1);
    await claim(lane.sessionId);
    await db.query(`UPDATE messages SET state = 'calling' WHERE session_id = $1 AND state = 'claimed'`, [lane.sessionId]);
    await db.query(`UPDATE messages SET state = 'uncertain', due_at = NULL WHERE session_id = $1`, [lane.sessionId]);
    // As a claim does that finds none of its messages.
    await db.query(`DELETE FROM lane_groups WHERE group_id = $1`, [groupId]);
    let settled: Promise<unknown> | undefined;
    let isSettled = false;
    await db.transaction(async (tx) => {
      if (how === 'stored') await store.store(tx, [aRow({ ...lane, groupId })], 72);
      else await tx.query(`UPDATE messages SET state = 'queued', due_at = heliograph_now() WHERE id = $1`, [away]);
      await groups.cancel(lane.tenantId, desk, groupId);
      settled = settling.settle().then(() => (isSettled = true));
      await until(async () => isSettled || (await db.query(`SELECT 1 FROM pg_locks WHERE NOT granted`)).length > 0);
    });
    await settled;
    await settling.settle();
    await settling.settle();
    expect((await groups.get(lane.tenantId, groupId)).counts).toEqual(how === 'stored' ? { uncertain: 1, cancelled: 1 } : { cancelled: 1 });
    expect(await lanesOf(groupId)).toEqual([]);
    expect((await new Invariants(db).check()).map(({ invariant }) => invariant)).not.toContain('message_outlives_cancelled_group');
  });

  it('with a rate gives messages while others are being stored', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const other = { ...lane, sessionId: newId() };
    await db.query(`INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'wasender', 'Other line', 'connected')`, [
      other.tenantId,
      other.sessionId,
    ]);
    const groupId = await aGroup(db, lane.tenantId, { windowLimit: 1 });
    await storeRows(lane, groupId, 1);
    await db.transaction(async (tx) => {
      await store.store(tx, [aRow({ ...other, groupId })], 72);
      expect(ids(await claim(lane.sessionId))).toHaveLength(1);
    });
  });

  it('wakes its lanes when the process died between the resume and the ring', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    await storeRows(lane, groupId, 1);
    await groups.pause(lane.tenantId, desk, groupId);
    const answer = await claim(lane.sessionId);
    await claim(lane.sessionId, 20, answer.kind === 'again' ? answer.revision : '');
    const dead = Object.assign(Object.create(db) as Database, { transaction: () => Promise.reject(new Error('dead')) });
    const dying = new MessageGroups(dead, new GroupSettling(dead, {} as LaneBell));
    await expect(dying.resume(lane.tenantId, desk, groupId)).rejects.toThrow('dead');
    expect(await db.query(`SELECT next_due_at FROM lanes WHERE session_id = $1`, [lane.sessionId])).toEqual([{ next_due_at: null }]);
    await settling.settle();
    expect(rung).toEqual([lane.sessionId]);
    expect(ids(await claim(lane.sessionId))).toHaveLength(1);
  });

  it('leaves its lane with its last message, and enters it again when one returns', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    const [id] = await storeRows(lane, groupId, 1, { class: 'drip' });
    expect(await lanesOf(groupId)).toEqual([2]);
    await claim(lane.sessionId);
    const step = { tenantId: lane.tenantId, id: id as string, sessionId: lane.sessionId, attempt: 1 };
    const ledger = new Ledger(db);
    await ledger.advance({ ...step, to: 'uncertain', cause: 'timeout' });
    const again = await claim(lane.sessionId);
    await claim(lane.sessionId, 20, again.kind === 'again' ? again.revision : '');
    expect(await lanesOf(groupId)).toEqual([]);
    await ledger.advance({ ...step, to: 'queued', cause: 'throttled', dueInMs: 0 });
    expect(await lanesOf(groupId)).toEqual([2]);
    expect(ids(await claim(lane.sessionId))).toEqual([id]);
  });

  it('adds the time of its pauses to the expiry of its messages', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    const recovery = new RecoveryRepository(db);
    const old = await storeRows(lane, groupId, 1, { expiresAt: new Date(start + 60_000) });
    const state = async () => (await db.query(`SELECT state, expires_at FROM messages WHERE id = $1`, [old[0]]))[0];
    await at(10_000);
    await groups.pause(lane.tenantId, desk, groupId);
    await at(20_000);
    const young = await storeRows(lane, groupId, 1, { expiresAt: new Date(start + 60_000) });
    await at(100_000);
    await recovery.expire(100);
    expect(await state()).toMatchObject({ state: 'queued' });
    await groups.resume(lane.tenantId, desk, groupId);
    // The pause lasted 90 s: the old message has 50 s left; the young one, which missed 10 s of the pause, has 40 s left.
    await at(139_000);
    await recovery.expire(100);
    expect(await state()).toEqual({ state: 'queued', expires_at: new Date(start + 150_000) });
    await at(141_000);
    await recovery.expire(100);
    expect(await db.query(`SELECT state FROM messages WHERE id = ANY ($1::uuid[]) ORDER BY id`, [[...old, ...young]])).toEqual([
      { state: 'queued' },
      { state: 'expired' },
    ]);
    expect((await claim(lane.sessionId)).kind).toBe('messages');
  });

  it('applies its pauses to the expiry at the claim', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    const [id] = await storeRows(lane, groupId, 1, { expiresAt: new Date(start + 60_000) });
    await groups.pause(lane.tenantId, desk, groupId);
    await at(100_000);
    await groups.resume(lane.tenantId, desk, groupId);
    await at(159_000);
    const answer = await claim(lane.sessionId);
    expect(answer.kind === 'messages' && answer.messages.map((m) => [m.id, m.expiresInMs])).toEqual([[id, 1_000]]);
    const other = await storeRows(lane, groupId, 1, { expiresAt: new Date(start + 160_000) });
    await settleAll(lane.sessionId);
    await at(161_000);
    await claim(lane.sessionId);
    expect(await db.query(`SELECT state FROM messages WHERE id = $1`, [other[0]])).toEqual([{ state: 'expired' }]);
  });

  describe('with a rate or a cap of its own', () => {
    it('never exceeds its rate over all of its lanes, and leaves the rest of the lane to others', async () => {
      const first = await aLane(db, { windowMs: 1_000, windowLimit: 20 });
      const second = { tenantId: first.tenantId, sessionId: (await aLane(db, { windowMs: 1_000, windowLimit: 20 })).sessionId };
      await db.query(`UPDATE lanes SET tenant_id = $1 WHERE session_id = $2`, [first.tenantId, second.sessionId]);
      await db.query(`UPDATE sessions SET tenant_id = $1 WHERE id = $2`, [first.tenantId, second.sessionId]);
      const groupId = await aGroup(db, first.tenantId, { windowMs: 1_000, windowLimit: 4 });
      for (const lane of [first, second]) {
        await storeRows(lane, groupId, 30);
        await storeRows(lane, null, 200);
      }
      const calls: number[] = [];
      let plain = 0;
      for (let now = 0; now < 5_000; now += 50) {
        await at(now);
        for (const { sessionId } of [first, second]) {
          const answer = await claim(sessionId);
          const of = await groupOfMessages(ids(answer));
          for (const m of answer.kind === 'messages' ? answer.messages : []) {
            if (of[m.id] === groupId) calls.push(now + Math.max(0, m.slotInMs));
            else plain++;
          }
          await settleAll(sessionId);
        }
      }
      const sorted = calls.sort((a, b) => a - b);
      sorted.forEach((call, i) => sorted[i + 4] !== undefined && expect((sorted[i + 4] as number) - call).toBeGreaterThan(1_000));
      expect(sorted.length).toBeGreaterThanOrEqual(15);
      expect(plain).toBeGreaterThanOrEqual(2 * 5 * 20 * 0.97 - sorted.length - 2);
    });

    it('keeps its rate and its cap, and those of its lanes, over many lanes that are claimed together, and uses them up', async () => {
      const gaps = fc.array(fc.constantFrom(20, 80, 300, 900), { minLength: 2, maxLength: 12 });
      const [slow, fast] = [
        { perSecond: 8 as const, cap: null },
        { perSecond: 30 as const, cap: null },
      ];
      const limits = fc.array(fc.record({ perSecond: fc.constantFrom(2, 8, 30), cap: fc.option(fc.integer({ min: 1, max: 20 })) }), {
        minLength: 1,
        maxLength: 3,
      });
      await fc.assert(
        fc.asyncProperty(gaps, limits, fc.boolean(), async (laneGaps, groupLimits, hasPlain) => {
          await at(0);
          const { tenantId } = await aLane(db, {});
          const lanes = await Promise.all(
            laneGaps.map(async (gap) => {
              const { sessionId } = await aLane(db, { windowMs: gap, windowLimit: 1 });
              await db.query(`UPDATE lanes SET tenant_id = $1 WHERE session_id = $2`, [tenantId, sessionId]);
              await db.query(`UPDATE sessions SET tenant_id = $1 WHERE id = $2`, [tenantId, sessionId]);
              return { sessionId, gap, nextAt: 0, revision: '-1', calls: [] as number[] };
            }),
          );
          const limited = await Promise.all(
            groupLimits.map(async ({ perSecond, cap }) => {
              const id = await aGroup(db, tenantId, { windowMs: 1_000, windowLimit: perSecond, dailyCap: cap ?? undefined });
              return { id, perSecond, cap, calls: [] as number[] };
            }),
          );
          for (const { sessionId } of lanes) {
            for (const { id } of limited) await storeRows({ tenantId, sessionId }, id, 40);
            if (hasPlain) await storeRows({ tenantId, sessionId }, null, 40);
          }
          const together = new LaneClaims(db);
          for (let now = 0; now < endMs; now += 25) {
            await at(now);
            const due = lanes.filter(({ nextAt }) => nextAt <= now);
            const answers = await Promise.all(
              due.map(({ sessionId, revision }) => together.claim({ sessionId, workerId: worker, maxMessages: 20, revision, shiftMs: 0 })),
            );
            const of = await groupOfMessages(answers.flatMap(ids));
            for (const [i, answer] of answers.entries()) {
              const lane = due[i]!;
              if (answer.kind === 'messages') {
                const slots = answer.messages.map((m) => now + Math.max(0, m.slotInMs));
                lane.calls.push(...slots);
                for (const [j, m] of answer.messages.entries()) limited.find(({ id }) => id === of[m.id])?.calls.push(slots[j]!);
                lane.nextAt = Math.max(...slots);
                await settleAll(lane.sessionId);
              } else lane.nextAt = answer.kind === 'again' ? now : now + (answer.kind === 'lapsed' ? Infinity : (answer.inMs ?? Infinity));
              if ('revision' in answer) lane.revision = answer.revision;
            }
          }
          const closest = (calls: number[]) =>
            calls.sort((a, b) => a - b).reduce((least, call, i) => Math.min(least, i ? call - calls[i - 1]! : least), Infinity);
          for (const { gap, calls } of lanes) expect(closest(calls)).toBeGreaterThanOrEqual(gap - 1e-3);
          for (const { perSecond, cap, calls } of limited) {
            expect(closest(calls)).toBeGreaterThanOrEqual(1_000 / perSecond - 1e-3);
            expect(calls.length).toBeLessThanOrEqual(cap ?? Infinity);
          }
          // What the lanes can send, the groups get as far as they may.
          const byLanes = laneGaps.reduce((sum, gap) => sum + Math.min(endMs / gap, 40 * limited.length), 0);
          const byGroups = limited.reduce((sum, { perSecond, cap }) => sum + Math.min((endMs * perSecond) / 1_000, cap ?? Infinity), 0);
          const sent = limited.reduce((sum, { calls }) => sum + calls.length, 0);
          if (!hasPlain) expect(sent).toBeGreaterThanOrEqual(0.85 * Math.min(byLanes, byGroups) - limited.length - 1);
        }),
        // A slow group does not hold up a fast one in their lanes.
        { numRuns: 6, examples: [[[20, 20], [slow, fast], false]] },
      );
    }, 240_000);

    it('returns the time at which the lane may continue', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId, { windowMs: 10_000, windowLimit: 1 });
      await storeRows(lane, groupId, 3);
      expect(ids(await claim(lane.sessionId))).toHaveLength(1);
      await settleAll(lane.sessionId);
      const answer = await claim(lane.sessionId, 20, '1');
      expect(answer).toMatchObject({ kind: 'blocked', why: 'slot', inMs: 10_060 });
    });

    it('stops at its daily cap and continues on the next day in its zone', async () => {
      const lane = await aLane(db, { windowLimit: 0 });
      const groupId = await aGroup(db, lane.tenantId, { dailyCap: 2, timeZone: 'America/New_York' });
      await storeRows(lane, groupId, 5);
      expect(ids(await claim(lane.sessionId))).toHaveLength(2);
      await settleAll(lane.sessionId);
      expect(await claim(lane.sessionId, 20, '1')).toMatchObject({ kind: 'blocked', inMs: 19 * 3_600_000 });
      expect(await groups.get(lane.tenantId, groupId)).toMatchObject({ sentToday: 2 });
      // Raising the cap opens the lane at once.
      await groups.set(lane.tenantId, groupId, { daily_cap: 3 });
      expect(rung).toEqual([lane.sessionId]);
      expect(ids(await claim(lane.sessionId))).toHaveLength(1);
      await settleAll(lane.sessionId);
      await at(19 * 3_600_000);
      expect(ids(await claim(lane.sessionId))).toHaveLength(2);
    });
  });

  it('whose cap was full while messages were in hand goes on in another lane when these are given back; other groups never wait', async () => {
    const [one, other] = [await aLane(db, { windowLimit: 0 }), await aLane(db, { windowLimit: 0 })];
    await db.query(`UPDATE sessions SET tenant_id = $1 WHERE id = $2`, [one.tenantId, other.sessionId]);
    await db.query(`UPDATE lanes SET tenant_id = $1 WHERE session_id = $2`, [one.tenantId, other.sessionId]);
    const beside = { tenantId: one.tenantId, sessionId: other.sessionId };
    const capped = await aGroup(db, one.tenantId, { dailyCap: 1 });
    const free = await aGroup(db, one.tenantId, { weight: 2 });
    const [first] = await storeRows(one, capped, 1);
    const [second] = await storeRows(beside, capped, 1);
    const others = await storeRows(beside, free, 2);
    const askedAt = performance.now();
    const answer = await claim(one.sessionId);
    expect(ids(answer)).toEqual([first]);
    expect(ids(await claim(other.sessionId)).toSorted()).toEqual(others.toSorted());
    await settleAll(other.sessionId);
    const asleep = await claim(other.sessionId, 20, await revisionOf(other.sessionId));
    expect(asleep).toMatchObject({ kind: 'blocked', inMs: 14 * 3_600_000 });
    const [message] = answer.kind === 'messages' ? answer.messages : [];
    await new LaneClaims(db).uncount(message!, [message!.id], askedAt);
    expect(await db.query(`SELECT next_due_at <= heliograph_now() AS due FROM lanes WHERE session_id = $1`, [other.sessionId])).toEqual([
      { due: true },
    ]);
    expect(ids(await claim(other.sessionId))).toEqual([second]);
  });

  it('shares a lane by weight within one message, while groups come and go, and starves none', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ weight: fc.integer({ min: 1, max: 20 }), comesAt: fc.integer({ min: 0, max: 8 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.integer({ min: 0, max: 8 }),
        fc.integer({ min: 1, max: 6 }),
        async (members, plainComesAt, maxMessages) => {
          const lane = await aLane(db, { windowLimit: 0 });
          const groupIds = await Promise.all(members.map(({ weight }) => aGroup(db, lane.tenantId, { weight })));
          const all = [
            { weight: 1, comesAt: plainComesAt, groupId: null as string | null },
            ...members.map((m, i) => ({ ...m, groupId: groupIds[i] as string })),
          ];
          const served: (string | null)[] = [];
          const lastArrival = Math.max(...all.map(({ comesAt }) => comesAt));
          const claims = new LaneClaims(db);
          let allHere = 0;
          for (let round = 0; round <= lastArrival + 12; round++) {
            for (const { groupId } of all.filter(({ comesAt }) => comesAt === round)) await storeRows(lane, groupId, 150);
            if (round === lastArrival) allHere = served.length;
            const answer = await claims.claim({ sessionId: lane.sessionId, workerId: worker, maxMessages, revision: '-1', shiftMs: 0 });
            const of = await groupOfMessages(ids(answer));
            served.push(...ids(answer).map((id) => of[id] ?? null));
            await settleAll(lane.sessionId);
          }
          const total = all.reduce((sum, { weight }) => sum + weight, 0);
          for (const { weight, groupId } of all) {
            for (let until = allHere; until <= served.length; until++) {
              const got = served.slice(allHere, until).filter((id) => id === groupId).length;
              // Within one message of the share since all are here, plus one that was owed or ahead before.
              expect(Math.abs(got - ((until - allHere) * weight) / total)).toBeLessThan(lastArrival === 0 ? 1.001 : 2.001);
            }
          }
        },
      ),
      { numRuns: 12, endOnFailure: true },
    );
  });

  it('gets no share for the time in which it had no messages', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const [first, second] = [await aGroup(db, lane.tenantId), await aGroup(db, lane.tenantId)];
    await storeRows(lane, first, 100);
    await storeRows(lane, second, 100);
    await claim(lane.sessionId, 2);
    await settleAll(lane.sessionId);
    await groups.pause(lane.tenantId, desk, second);
    for (let i = 0; i < 3; i++) {
      await claim(lane.sessionId, 10);
      await settleAll(lane.sessionId);
    }
    await groups.resume(lane.tenantId, desk, second);
    const taken = ids(await claim(lane.sessionId, 10));
    const of = await groupOfMessages(taken);
    const ofSecond = taken.filter((id) => of[id] === second).length;
    expect(ofSecond).toBeGreaterThanOrEqual(4);
    expect(ofSecond).toBeLessThanOrEqual(7);
  });

  it('waits under a held ledger like any message: bulk classes and earlier messages', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId);
    await storeRows(lane, groupId, 2);
    await storeRows(lane, groupId, 1, { class: 'transactional' });
    await at(1_000);
    const urgent = await storeRows(lane, groupId, 1, { class: 'transactional' });
    const claims = new LaneClaims(db, { hold: { writtenUntil: new Date(start + 500) } } as LedgerWatch);
    const wish = { sessionId: lane.sessionId, workerId: worker, maxMessages: 20, shiftMs: 0 };
    expect(ids(await claims.claim({ ...wish, revision: '-1' }))).toEqual(urgent);
    await settleAll(lane.sessionId);
    const answer = await claims.claim({ ...wish, revision: '-1' });
    expect(await claims.claim({ ...wish, revision: answer.kind === 'again' ? answer.revision : '' })).toEqual({
      kind: 'idle',
      inMs: 60_000,
    });
    expect(await lanesOf(groupId)).toEqual([0, 3]);
  });

  it('ranks below classes: urgent messages go first, and each class has its own shares', async () => {
    const lane = await aLane(db, { windowLimit: 0 });
    const [bulk, urgent] = [await aGroup(db, lane.tenantId, { weight: 1000 }), await aGroup(db, lane.tenantId)];
    await storeRows(lane, bulk, 50);
    const first = await storeRows(lane, urgent, 3, { class: 'transactional' });
    expect(ids(await claim(lane.sessionId, 3)).sort()).toEqual(first.sort());
  });

  it('with 200,000 messages costs a claim nothing while paused, and 99 others cost one row each', async () => {
    const fresh = await openTestDatabase();
    try {
      const lane = await aLane(fresh.db, { windowLimit: 0 });
      const other = await aLane(fresh.db, { windowLimit: 0 });
      const paused = await aGroup(fresh.db, lane.tenantId);
      const open = await Promise.all(Array.from({ length: 99 }, () => aGroup(fresh.db, lane.tenantId)));
      const fill = (groupIds: (string | null)[], count: number, sessionId = lane.sessionId) =>
        fresh.db.query(
          `INSERT INTO messages (tenant_id, id, session_id, group_id, lane_group, class, state, recipient, kind, body, created_at, due_at, expires_at)
           SELECT $1, gen_random_uuid(), $2, g.id, g.id, 3, 'queued', '+4477' || (10000000 + i), 'text', '{"content":{"kind":"text","text":"Hello"}}', now(), now(), now() + interval '1 day'
           FROM unnest($3::uuid[]) g(id), generate_series(1, $4::int) i`,
          [lane.tenantId, sessionId, groupIds, count],
        );
      await fresh.db.query(`ALTER TABLE messages DISABLE TRIGGER USER`);
      await fill([paused], 200_000);
      await fill(open, 50);
      await fill([null], 2_000);
      await fill([null], 2_000, other.sessionId);
      await fresh.db.query(`ALTER TABLE messages ENABLE TRIGGER USER`);
      await fresh.db.query(
        `INSERT INTO lane_groups (session_id, class, group_id, tenant_id) SELECT $1, 3, id, $2 FROM message_groups WHERE tenant_id = $2`,
        [lane.sessionId, lane.tenantId],
      );
      await fresh.db.query(`UPDATE message_groups SET state = 'paused', paused_at = now() WHERE id = $1`, [paused]);
      const workerId = await aWorker(fresh.db);
      const { db: counted, costs } = explaining(fresh.db);
      for (const statistics of ['none', 'all']) {
        if (statistics === 'all') await fresh.db.query('ANALYZE');
        for (const { sessionId } of [lane, other]) {
          costs.length = 0;
          const claims = new LaneClaims(counted);
          expect(ids(await claims.claim({ sessionId, workerId, maxMessages: 20, revision: '-1', shiftMs: 0 }))).toHaveLength(20);
          const [cost] = costs.slice(-1);
          expect(cost?.scanned).toEqual([]);
          expect(cost?.indexes).toContain('messages_lane_idx');
          if (sessionId === lane.sessionId) expect(cost?.indexes).toContain('messages_apart_idx');
          expect(cost?.buffers).toBeLessThan(sessionId === lane.sessionId ? 2_500 : 500);
        }
      }
      // Other statements that could read the paused messages: expiry, and the list of messages that go first.
      await fresh.db.query(`ALTER TABLE messages DISABLE TRIGGER USER`);
      await fresh.db.query(`UPDATE messages SET expires_at = now() - interval '1 hour' WHERE group_id = $1`, [paused]);
      await fresh.db.query(`ALTER TABLE messages ENABLE TRIGGER USER`);
      costs.length = 0;
      await new RecoveryRepository(counted).expire(1_000);
      expect(costs.map(({ scanned }) => scanned)).toEqual([[], []]);
      expect(Math.max(...costs.map(({ buffers }) => buffers))).toBeLessThan(1_500);
    } finally {
      await fresh.close();
    }
  }, 120_000);

  it.each(['plain', 'apart'] as const)(
    'survives 100 pauses and crashes, %s at first: each message is called once, and none while it is paused',
    async (standing) => {
      await db.query(
        `CREATE OR REPLACE FUNCTION heliograph_now() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT statement_timestamp() $$`,
      );
      const messages = 800;
      const lane = await aLane(db, { windowMs: 1_000, windowLimit: 200 });
      const groupId = await aGroup(db, lane.tenantId, { standing });
      await storeRows(lane, groupId, messages);
      const called = new Map<string, number>();
      let pausedAt = Infinity;
      let isOver = false;
      const late: number[] = [];
      const newWorker = workersOf(db, (message) => {
        called.set(message.id, (called.get(message.id) ?? 0) + 1);
        if (isOver || performance.now() - pausedAt > 2_000) late.push(performance.now() - pausedAt);
      });
      const recovery = new RecoveryRepository(db);
      let current = await newWorker();
      for (const act of fc.sample(fc.constantFrom('pause', 'resume', 'kill'), { numRuns: 100, seed: 7 })) {
        const before = called.size;
        const turn = current.runner.takeTurn(lane.sessionId).catch(() => undefined);
        await until(() => Promise.resolve(called.size >= before + 3 || !current.runner.hasTurn(lane.sessionId)), 20_000);
        if (act === 'pause') {
          await groups.pause(lane.tenantId, desk, groupId);
          pausedAt = Math.min(pausedAt, performance.now());
          await turn;
          isOver = true;
          await settling.settle();
        } else if (act === 'resume') {
          isOver = false;
          pausedAt = Infinity;
          await groups.resume(lane.tenantId, desk, groupId);
        } else {
          await current.kill();
          await turn;
          while (await recovery.takeOverDeadWorker());
          current = await newWorker();
        }
      }
      expect(called.size).toBeGreaterThan(200);
      expect(called.size).toBeLessThan(messages);
      pausedAt = Infinity;
      isOver = false;
      await groups.resume(lane.tenantId, desk, groupId);
      const ended = async () => {
        await settling.settle();
        await current.runner.takeTurn(lane.sessionId);
        const { counts } = await groups.get(lane.tenantId, groupId);
        return (counts.sent ?? 0) + (counts.uncertain ?? 0) === messages && (await lanesOf(groupId)).length === 0;
      };
      await until(ended, 60_000);
      expect(late).toEqual([]);
      expect([...called.values()].filter((times) => times > 1)).toEqual([]);
      // A message that a killed worker was about to call is uncertain: only evidence settles it, and it is never called again automatically.
      const { counts } = await groups.get(lane.tenantId, groupId);
      expect(called.size + (counts.uncertain ?? 0)).toBeGreaterThanOrEqual(messages);
      // Workers of tests have leases without an end.
      const breaches = await new Invariants(db).check();
      expect(breaches.filter(({ invariant }) => invariant !== 'lease_not_taken_over')).toEqual([]);
    },
    240_000,
  );
});

/** Starts one worker after the other. A killed one stops between two statements and lets its lease run out. */
function workersOf(db: Database, onCall: (message: ClaimedMessage) => void) {
  return async () => {
    const workerId = await aWorker(db);
    let isDead = false;
    const dead = new Error('killed');
    const ledger = new Ledger(db);
    const mortal = {
      advance: (step: Parameters<Ledger['advance']>[0]) => (isDead ? Promise.reject(dead) : ledger.advance(step)),
      advanceSurely: (step: Parameters<Ledger['advance']>[0]) => (isDead ? Promise.reject(dead) : ledger.advanceSurely(step)),
    } as unknown as Ledger;
    const sender = {
      breaker: new ProviderBreaker(),
      call: async (message: ClaimedMessage) => {
        if (isDead) throw dead;
        onCall(message);
        const { tenantId, id, sessionId, attempt } = message;
        const step = { tenantId, id, sessionId, attempt, to: 'sent', providerMessageId: newId() };
        return { settlement: { step, laneOpen: true }, step, apiKey: 'key' };
      },
      settle: async (_: ClaimedMessage, result: { step: Parameters<Ledger['advance']>[0] }) =>
        void (await mortal.advanceSurely(result.step)),
    } as unknown as MessageSender;
    const lease = {
      current: () => (isDead ? null : { workerId, isValid: () => !isDead }),
      forfeit: () => undefined,
    } as unknown as WorkerLease;
    const credentials = {
      find: async (sessionId: string) =>
        (await db.query(`SELECT tenant_id AS "tenantId" FROM lanes WHERE session_id = $1`, [sessionId]))[0],
    } as unknown as SessionCredentials;
    const runner = new LaneRunner(
      new LaneClaims(db),
      mortal,
      sender,
      lease,
      credentials,
      { takeBackLane: () => Promise.resolve() } as unknown as RecoveryRepository,
      { laneClosedInvalid: () => undefined, turned: () => undefined } as unknown as MessagingMetrics,
      {} as BodyRenderer,
      new FileAddresses(),
      { LANES_AT_ONCE: 10 } as MessagingConfig,
    );
    return {
      runner,
      kill: async () => {
        isDead = true;
        await db.query(`UPDATE workers SET alive_until = '-infinity' WHERE id = $1`, [workerId]);
      },
    };
  };
}
