import { type Database } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import { Invariants } from '../src/invariants/invariants.repository';
import { capReachedSql } from '../src/lanes/frequency-caps.repository';
import type { ClaimAnswer } from '../src/lanes/claim-answer';
import { aGroup, aLane, aWorker, campaignLanes, claimStart as start } from '../testing';

const hour = 3_600_000;

describe('a message of a campaign under a frequency cap', () => {
  let test: TestDatabase;
  let db: Database;
  let worker: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    worker = await aWorker(db);
  });
  afterAll(() => test.close());
  beforeEach(() => at(0));

  const { at, claim, ids, stateOf, storeRows, storeAll, settleAs, besides } = campaignLanes(() => ({ db, worker }));
  const capped = async (caps: { messages: number; hours: number }[], gapS = 0) => {
    const lane = await aLane(db, { windowLimit: 0 });
    await db.query(`UPDATE tenants SET settings = settings || $2 WHERE id = $1`, [
      lane.tenantId,
      JSON.stringify({ frequency_caps: caps, min_gap_s: gapS }),
    ]);
    return lane;
  };
  const aCampaign = (tenantId: string, over = {}) =>
    aGroup(db, tenantId, { kind: 'campaign', obeysCaps: true, countsForCaps: true, ...over });
  const recipient = '+447700900123';
  const sendOne = async (lane: { tenantId: string; sessionId: string }, groupId: string | null, over = {}) => {
    const [id] = await storeRows(lane, groupId, 1, { recipient, ...over });
    await claim(lane.sessionId);
    return id as string;
  };
  const suppressed = { state: 'suppressed', cause: 'frequency_cap', due_at: null };

  it('is suppressed when the person got as many from any session, and sent once the window has slid on', async () => {
    const lane = await capped([{ messages: 1, hours: 24 }]);
    const other = await besides(lane);
    await sendOne(lane, await aCampaign(lane.tenantId));
    await settleAs(lane.sessionId, 'sent');
    const second = await sendOne(other, await aCampaign(lane.tenantId));
    expect(await stateOf(second)).toEqual(suppressed);
    await at(24 * hour - 1);
    expect(await stateOf(await sendOne(other, await aCampaign(lane.tenantId)))).toEqual(suppressed);
    await at(24 * hour);
    expect(await stateOf(await sendOne(other, await aCampaign(lane.tenantId)))).toMatchObject({ state: 'calling' });
    // Other people have caps of their own.
    expect(await stateOf(await sendOne(lane, await aCampaign(lane.tenantId), { recipient: '+447700900124' }))).toMatchObject({
      state: 'calling',
    });
  });

  it('counts for the person behind every address', async () => {
    const lane = await capped([{ messages: 1, hours: 24 }]);
    await db.query(`INSERT INTO address_pairs (tenant_id, lid, phone) VALUES ($1, '88@lid', '+5511987654321')`, [lane.tenantId]);
    await sendOne(lane, await aCampaign(lane.tenantId), { recipient: '88@lid' });
    await settleAs(lane.sessionId, 'sent');
    for (const address of ['+5511987654321', '+551187654321', '88@lid'])
      expect(await stateOf(await sendOne(lane, await aCampaign(lane.tenantId), { recipient: address }))).toEqual(suppressed);
  });

  it('obeys and counts apart, and messages without a campaign do neither', async () => {
    const lane = await capped([{ messages: 1, hours: 24 }]);
    const sent = async (groupId: string | null) => {
      const id = await sendOne(lane, groupId);
      const { state } = (await stateOf(id)) ?? {};
      await settleAs(lane.sessionId, 'sent');
      return state;
    };
    expect(await sent(null)).toBe('calling');
    expect(await sent(await aCampaign(lane.tenantId, { countsForCaps: false }))).toBe('calling');
    expect(await sent(await aCampaign(lane.tenantId))).toBe('calling');
    expect(await sent(await aCampaign(lane.tenantId, { countsForCaps: false }))).toBe('suppressed');
    expect(await sent(await aCampaign(lane.tenantId, { obeysCaps: false }))).toBe('calling');
    expect(await sent(null)).toBe('calling');
    await db.query(`UPDATE tenants SET settings = settings || '{"frequency_caps": []}' WHERE id = $1`, [lane.tenantId]);
    expect(await sent(await aCampaign(lane.tenantId))).toBe('calling');
  });

  it.each([
    ['uncertain', 'suppressed'],
    ['failed', 'calling'],
  ] as const)('counts what may have been sent: %s before it, it is %s', async (before, state) => {
    const lane = await capped([{ messages: 1, hours: 24 }]);
    await sendOne(lane, await aCampaign(lane.tenantId));
    await settleAs(lane.sessionId, before);
    expect(await stateOf(await sendOne(lane, await aCampaign(lane.tenantId)))).toMatchObject({ state });
  });

  it.each([
    ['fails', 'failed', 'calling', null],
    ['is sent', 'sent', 'suppressed', 'frequency_cap'],
    ['may have been sent', 'uncertain', 'suppressed', 'frequency_cap'],
  ] as const)('waits for a call on which its cap depends, and follows from its outcome when that %s', async (_, outcome, state, cause) => {
    const lane = await capped([{ messages: 1, hours: 24 }]);
    const other = await besides(lane);
    await sendOne(lane, await aCampaign(lane.tenantId));
    const groupId = await aCampaign(lane.tenantId);
    const behind = await storeRows(other, groupId, 1, { recipient: '+447700900124', sendAt: new Date(start + 1_000) });
    const id = await sendOne(other, groupId);
    expect(await stateOf(id)).toMatchObject({ state: 'queued', due_at: new Date(start + 2_000) });
    // It holds up nobody meanwhile.
    await at(1_000);
    expect(ids(await claim(other.sessionId))).toEqual(behind);
    await settleAs(other.sessionId, 'sent');
    await settleAs(lane.sessionId, outcome);
    await at(2_000);
    await claim(other.sessionId);
    expect(await stateOf(id)).toMatchObject({ state, cause });
  });

  it('waits for a call within the minimum gap only until its outcome is known', async () => {
    const lane = await capped([], 3_600);
    const other = await besides(lane);
    await sendOne(lane, await aCampaign(lane.tenantId));
    const id = await sendOne(other, await aCampaign(lane.tenantId));
    expect(await stateOf(id)).toMatchObject({ state: 'queued', due_at: new Date(start + 2_000) });
    await settleAs(lane.sessionId, 'failed');
    await at(2_000);
    expect(ids(await claim(other.sessionId))).toEqual([id]);
  });

  it('waits for the end of the minimum gap after the last one', async () => {
    const lane = await capped([], 3_600);
    await sendOne(lane, await aCampaign(lane.tenantId));
    await settleAs(lane.sessionId, 'sent');
    await at(1_000);
    const id = await sendOne(lane, await aCampaign(lane.tenantId));
    expect(await stateOf(id)).toMatchObject({ state: 'queued', due_at: new Date(start + hour) });
    await at(hour);
    expect(ids(await claim(lane.sessionId))).toEqual([id]);
  });

  it('is claimed alone of two to the same person in one statement', async () => {
    const lane = await capped([{ messages: 1, hours: 24 }]);
    const [one, two] = [await aCampaign(lane.tenantId), await aCampaign(lane.tenantId)];
    const messages = [...(await storeRows(lane, one, 1, { recipient })), ...(await storeRows(lane, two, 1, { recipient }))];
    expect(ids(await claim(lane.sessionId))).toHaveLength(1);
    await settleAs(lane.sessionId, 'sent');
    await claim(lane.sessionId);
    expect((await Promise.all(messages.map(stateOf))).map((row) => row?.state).sort()).toEqual(['sent', 'suppressed']);
  });

  it('is claimed by one of two lanes that claim at the same time', async () => {
    const lane = await capped([{ messages: 1, hours: 24 }]);
    const other = await besides(lane);
    const messages = [
      ...(await storeRows(lane, await aCampaign(lane.tenantId), 1, { recipient })),
      ...(await storeRows(other, await aCampaign(lane.tenantId), 1, { recipient })),
    ];
    let claims: Promise<ClaimAnswer[]> | undefined;
    await db.transaction(async (tx) => {
      // Both statements have read, and wait for the row of the person.
      await tx.query(`INSERT INTO recipient_guards (tenant_id, recipient, claimed_at) VALUES ($1, $2, heliograph_now())`, [
        lane.tenantId,
        recipient,
      ]);
      claims = Promise.all([claim(lane.sessionId), claim(other.sessionId)]);
      await until(async () => (await db.query(`SELECT 1 FROM pg_locks WHERE NOT granted`)).length >= 2);
      await tx.query(`DELETE FROM recipient_guards WHERE tenant_id = $1`, [lane.tenantId]);
    });
    expect((await (claims as Promise<ClaimAnswer[]>)).flatMap(ids)).toHaveLength(1);
    for (const { sessionId } of [lane, other]) await settleAs(sessionId, 'sent');
    for (const { sessionId } of [lane, other]) await claim(sessionId);
    expect((await Promise.all(messages.map(stateOf))).map((row) => row?.state).sort()).toEqual(['sent', 'suppressed']);
  });

  it('is left out by the verdict for the same reasons', async () => {
    const lane = await capped([{ messages: 2, hours: 24 }], 60);
    const verdict = async () =>
      (
        await db.query<{ reason: string | null }>(`SELECT ${capReachedSql('t', '$2::text')} AS reason FROM tenants t WHERE t.id = $1`, [
          lane.tenantId,
          recipient,
        ])
      )[0]?.reason;
    expect(await verdict()).toBeNull();
    await sendOne(lane, await aCampaign(lane.tenantId));
    await settleAs(lane.sessionId, 'sent');
    expect(await verdict()).toBe('min_gap');
    await at(60_000);
    expect(await verdict()).toBeNull();
    await sendOne(lane, await aCampaign(lane.tenantId));
    await settleAs(lane.sessionId, 'sent');
    expect(await verdict()).toBe('frequency_cap');
  });

  it('never exceeds a cap in any sliding window, whatever is sent when, through which session and by which worker', async () => {
    const people = ['+447700900201', '+447700900202'];
    const event = fc.record({
      afterMin: fc.integer({ min: 0, max: 90 }),
      send: fc.array(fc.record({ lane: fc.nat(1), group: fc.nat(2), person: fc.nat(1) }), { maxLength: 4 }),
      outcome: fc.constantFrom('sent', 'sent', 'sent', 'failed', 'uncertain', 'stays'),
    });
    const flags = fc.record({ obeysCaps: fc.boolean(), countsForCaps: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ messages: fc.integer({ min: 1, max: 3 }), hours: fc.integer({ min: 1, max: 6 }) }), {
          minLength: 1,
          maxLength: 2,
        }),
        fc.tuple(fc.constant({ obeysCaps: true, countsForCaps: true }), flags, flags),
        fc.array(event, { minLength: 2, maxLength: 8 }),
        async (caps, groupFlags, events) => {
          await at(0);
          const lane = await capped(caps);
          const lanes = [lane, await besides(lane)];
          const groups = await Promise.all(groupFlags.map((of) => aCampaign(lane.tenantId, of)));
          const of = new Map<string, { group: number; person: number }>();
          const claimed: { id: string; atMs: number }[] = [];
          const out = new Set<string>();
          let nowMs = 0;
          for (const { afterMin, send, outcome } of events) {
            await at((nowMs += afterMin * 60_000));
            const stored = await storeAll(
              send.map(({ lane: nr, group, person }) => ({
                ...(lanes[nr] as typeof lane),
                groupId: groups[group] as string,
                recipient: people[person] as string,
              })),
            );
            stored.forEach((id, i) => of.set(id, send[i] as { group: number; person: number }));
            // Each lane by a process of its own, all at the same time.
            const answers = await Promise.all(lanes.map(({ sessionId }) => claim(sessionId)));
            claimed.push(...answers.flatMap(ids).map((id) => ({ id, atMs: nowMs })));
            const rows = await db.query<{ id: string; isOut: boolean; at: Date | null }>(
              `SELECT id, cause = 'frequency_cap' AS "isOut", coalesce(sent_at, uncertain_since) AS at FROM messages
               WHERE tenant_id = $1 AND (cause = 'frequency_cap' OR state IN ('sent', 'uncertain'))`,
              [lane.tenantId],
            );
            // Only those are left out whose person got as many: what was called and failed is none of them.
            for (const { id } of rows.filter((row) => row.isOut && !out.has(row.id))) {
              out.add(id);
              const got = rows.filter(
                (row) => row.at && of.get(row.id)?.person === of.get(id)?.person && groupFlags[of.get(row.id)?.group ?? 0]?.countsForCaps,
              );
              const within = (hours: number) => got.filter((row) => Number(row.at) > start + nowMs - hours * hour).length;
              expect(caps.some(({ messages, hours }) => within(hours) >= messages)).toBe(true);
            }
            if (outcome !== 'stays')
              await settleAs(
                lanes.map(({ sessionId }) => sessionId),
                outcome,
              );
          }
          // The last claim of each message counts: an earlier one whose answer was lost was never called. Of claims at one time, those
          // that count come last, and those that need not obey behind them.
          const states = await db.query<{ id: string }>(
            `SELECT id FROM messages WHERE tenant_id = $1 AND state IN ('claimed', 'calling', 'sent', 'uncertain')`,
            [lane.tenantId],
          );
          const last = new Map(claimed.map(({ id, atMs }) => [id, atMs]));
          const rank = (group: number) => (!groupFlags[group]?.countsForCaps ? 0 : groupFlags[group]?.obeysCaps ? 1 : 2);
          const left = states
            .map(({ id }) => ({ id, atMs: last.get(id) as number, ...(of.get(id) as { group: number; person: number }) }))
            .sort((one, other) => one.atMs - other.atMs || rank(one.group) - rank(other.group));
          for (const [i, call] of left.entries()) {
            if (!groupFlags[call.group]?.obeysCaps) continue;
            for (const cap of caps) {
              const before = left
                .slice(0, i)
                .filter(
                  (other) =>
                    other.person === call.person && groupFlags[other.group]?.countsForCaps && other.atMs > call.atMs - cap.hours * hour,
                );
              expect(before.length).toBeLessThan(cap.messages);
            }
          }
        },
      ),
      { numRuns: 100, endOnFailure: true },
    );
  }, 120_000);

  it('breaks no invariant', async () => {
    const breaches = await new Invariants(db).check();
    expect(breaches.filter(({ invariant }) => invariant !== 'lease_not_taken_over')).toEqual([]);
  });
});
