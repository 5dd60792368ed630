import { type AppError, type Database, Metrics, newId, type Page } from '@heliograph/kernel';
import {
  explaining,
  historySettles,
  moveClock,
  openTestDatabase,
  processLoops,
  stopClock,
  type TestDatabase,
} from '@heliograph/kernel/testing';
import { Invariants, type MessageState } from '@heliograph/messaging';
import { aLane, aRow, countMessages, moveTo, purgeMessages, storeRows } from '@heliograph/messaging/testing';
import fc from 'fast-check';
import {
  campaignBody,
  campaignBreaches,
  campaignCells,
  CampaignPeople,
  type CampaignPerson,
  CampaignResultsReader,
  Campaigns,
} from '../src';
import { campaignSchedule } from '../src/campaign-body';
import type { CampaignCell } from '../src/results/outcome-cells';
import { CampaignRecount } from '../src/results/campaign-recount.repository';
import { RecountWatch } from '../src/results/recount-watch';
import { campaignParts } from '../testing';

const maya = { kind: 'person', id: newId(), name: 'Maya Lindt' } as const;

describe('results of a campaign', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  const settle = async () => {
    await historySettles(db);
    await Promise.all([countMessages(db), countMessages(db)]);
    await countMessages(db);
  };

  /** A campaign in flight: messages to some people, and others left out. */
  async function aCampaign(messages: number, skipped: Record<string, number> = {}, numbers = 1) {
    const lane = await aLane(db);
    const { tenantId } = lane;
    const sessions = [lane.sessionId];
    for (let i = 1; i < numbers; i++) {
      const sessionId = newId();
      await db.query(`INSERT INTO sessions (tenant_id, id, provider, name, status) VALUES ($1, $2, 'wasender', $3, 'connected')`, [
        tenantId,
        sessionId,
        `Line ${i}`,
      ]);
      await db.query(`INSERT INTO lanes (session_id, tenant_id) VALUES ($1, $2)`, [sessionId, tenantId]);
      sessions.push(sessionId);
    }
    const { id } = await new Campaigns(db).create(tenantId, maya, campaignBody.parse({ name: 'Summer sale' }));
    await db.query(`INSERT INTO message_groups (tenant_id, id, kind, standing) VALUES ($1, $2, 'campaign', 'apart')`, [tenantId, id]);
    await db.query(`UPDATE campaigns SET state = 'processing' WHERE id = $1`, [id]);
    const ids: string[] = [];
    for (let i = 0; i < messages; i++) {
      const row = aRow({ tenantId, sessionId: sessions[i % sessions.length] as string, groupId: id });
      await storeRows(db, [row]);
      ids.push(row.id);
    }
    for (const [reason, count] of Object.entries(skipped))
      await db.query(
        `WITH counted AS (INSERT INTO campaign_skip_counts (tenant_id, campaign_id, reason, count) VALUES ($1, $2, $3, $4))
         INSERT INTO campaign_skips (tenant_id, campaign_id, contact_id, reason) SELECT $1, $2, gen_random_uuid(), $3 FROM generate_series(1, $4)`,
        [tenantId, id, reason, count],
      );
    return { tenantId, id, ids, sessions };
  }
  const reader = () => new CampaignResultsReader(db);
  const recount = async (id: string): Promise<Partial<Record<MessageState, number>>> => {
    const rows = await db.query<{ state: MessageState; count: number }>(
      `SELECT state, count(*)::int AS count FROM messages WHERE group_id = $1 GROUP BY 1`,
      [id],
    );
    return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  };
  async function everybody(tenantId: string, id: string, filter: { cell?: CampaignCell; reasons?: string[] } = {}, limit = 3) {
    const found: CampaignPerson[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: Page<CampaignPerson> = await new CampaignPeople(db, campaignParts(db).judged).list(tenantId, id, filter, {
        limit,
        cursor,
      });
      expect(page.rows.length).toBeLessThanOrEqual(limit);
      found.push(...page.rows);
      cursor = page.next;
    }
    return found;
  }

  it('put each person of the audience into one outcome, whatever the messages do', async () => {
    const steps = ['calling', 'sent', 'delivered', 'read', 'failed', 'uncertain', 'queued', 'cancelled', 'suppressed', 'expired'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(9), fc.constantFrom(...steps), fc.boolean()), { minLength: 1, maxLength: 25 }),
        fc.nat(3),
        async (moves, skipped) => {
          const { tenantId, id, ids } = await aCampaign(10, { no_consent: skipped }, 2);
          for (const [which, step, settles] of moves) {
            // Some states cannot be reached from where a message is.
            await moveTo(db, [ids[which] as string], step).catch((error: Error) => expect(error.message).toContain('No way leads'));
            if (settles) await settle();
          }
          await settle();
          const actual = await recount(id);
          const of = (...states: MessageState[]) => states.reduce((sum, state) => sum + (actual[state] ?? 0), 0);
          const { audience, counts, failed, leftOut, uncertain, numbers } = await reader().results(tenantId, id);
          expect(counts).toEqual({
            read: of('read', 'played'),
            delivered: of('delivered'),
            sent: of('sent'),
            failed: of('failed', 'cancelled', 'expired'),
            waiting: of('scheduled', 'queued', 'claimed', 'calling', 'uncertain'),
            left_out: of('suppressed') + skipped,
          });
          expect([audience, uncertain]).toEqual([10 + skipped, of('uncertain')]);
          expect(failed).toEqual({ failed: of('failed'), cancelled: of('cancelled'), expired: of('expired') });
          expect(leftOut).toEqual({ skipped, suppressed: of('suppressed') });
          // What left is the same by minute, by number and by reason.
          const { points } = await reader().series(tenantId, id);
          const failures = await reader().failures(tenantId, id);
          for (const outcome of ['read', 'delivered', 'sent', 'failed'] as const) {
            const left = outcome === 'failed' ? failed.failed : counts[outcome];
            expect(points.reduce((sum, point) => sum + point[outcome], 0)).toBe(left);
            expect(numbers.reduce((sum, number) => sum + number[outcome], 0)).toBe(left);
          }
          for (const state of ['failed', 'suppressed', 'cancelled', 'expired'] as const)
            expect(failures.filter((row) => row.state === state).reduce((sum, { count }) => sum + count, 0)).toBe(of(state));
          // The people behind each count are as many.
          for (const cell of campaignCells) expect(await everybody(tenantId, id, { cell })).toHaveLength(counts[cell]);
          const all = await everybody(tenantId, id);
          expect(all).toHaveLength(audience);
          expect(new Set(all.map((person) => person.messageId ?? person.contactId)).size).toBe(audience);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('follow a message that moved in another minute: it is counted in the minute in which it left', async () => {
    const { tenantId, id, ids } = await aCampaign(2);
    await moveTo(db, ids, 'sent');
    await db.query(`UPDATE messages SET sent_at = sent_at - interval '10 min' WHERE id = $1`, [ids[0]]);
    await settle();
    await moveTo(db, ids, 'read');
    await settle();
    const { points, stepMinutes } = await reader().series(tenantId, id);
    expect(stepMinutes).toBe(1);
    expect(points.map(({ at: _, ...counts }) => counts)).toEqual([
      { sent: 0, delivered: 0, read: 1, failed: 0, throttled: 0 },
      { sent: 0, delivered: 0, read: 1, failed: 0, throttled: 0 },
    ]);
    expect((await reader().series(tenantId, id, 60)).points.reduce((sum, { read }) => sum + read, 0)).toBe(2);
  });

  it('tell when the provider asked to wait: calls that it refused for now, by minute', async () => {
    const { tenantId, id, ids } = await aCampaign(3);
    await moveTo(db, ids, 'calling');
    await db.query(`UPDATE messages SET state = 'queued', cause = 'throttled' WHERE id = ANY ($1::uuid[])`, [ids.slice(0, 2)]);
    await moveTo(db, ids.slice(2), 'sent');
    await settle();
    const { points } = await reader().series(tenantId, id);
    const sum = (of: 'throttled' | 'sent' | 'failed') => points.reduce((total, point) => total + point[of], 0);
    expect([sum('throttled'), sum('sent'), sum('failed')]).toEqual([2, 1, 0]);
  });

  it('take a failure back where it was counted when the message arrived after all', async () => {
    const { tenantId, id, ids } = await aCampaign(1);
    await moveTo(db, ids, 'sent');
    await db.query(`UPDATE messages SET state = 'failed', cause = 'provider_error' WHERE id = $1`, [ids[0]]);
    await settle();
    expect(await reader().failures(tenantId, id)).toEqual([
      expect.objectContaining({ state: 'failed', cause: 'provider_error', count: 1, retryHelps: true }),
    ]);
    await db.query(`UPDATE messages SET state = 'delivered', cause = NULL WHERE id = $1`, [ids[0]]);
    await settle();
    expect(await reader().failures(tenantId, id)).toEqual([]);
    expect((await reader().series(tenantId, id)).points).toMatchObject([{ delivered: 1, failed: 0 }]);
    expect(await everybody(tenantId, id, { cell: 'failed' })).toEqual([]);
    expect((await reader().results(tenantId, id)).numbers).toMatchObject([{ delivered: 1, failed: 0, share: 1 }]);
  });

  it('list the people of a reason, with their contacts', async () => {
    const { tenantId, id, ids } = await aCampaign(4, { no_consent: 2, opted_out: 1 });
    const contactId = newId();
    await db.query(`INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, 'Ana Prieto')`, [tenantId, contactId]);
    await db.query(`UPDATE messages SET origin = jsonb_build_object('kind', 'campaign', 'contactId', $2::text) WHERE id = $1`, [
      ids[0],
      contactId,
    ]);
    await moveTo(db, [ids[0] as string, ids[1] as string], 'calling');
    await db.query(`UPDATE messages SET state = 'failed', cause = 'invalid_recipient', due_at = NULL WHERE id = $1`, [ids[0]]);
    await db.query(`UPDATE messages SET state = 'failed', cause = 'refused', due_at = NULL WHERE id = $1`, [ids[1]]);
    await settle();
    expect(await everybody(tenantId, id, { cell: 'failed', reasons: ['invalid_recipient'] })).toEqual([
      expect.objectContaining({ contactId, name: 'Ana Prieto', cell: 'failed', reason: 'invalid_recipient', messageId: ids[0] }),
    ]);
    expect(await everybody(tenantId, id, { cell: 'left_out', reasons: ['no_consent'] }, 1)).toHaveLength(2);
    expect((await reader().results(tenantId, id)).skips).toEqual({ no_consent: 2, opted_out: 1 });
  });

  it('are counted again: a wrong counter is found, a right one is not', async () => {
    const first = await aCampaign(1);
    const { tenantId, id, ids } = await aCampaign(4, { no_consent: 2 });
    await moveTo(db, ids.slice(0, 2), 'delivered');
    await settle();
    const breaches = async () =>
      [...(await new Invariants(db).check()), ...(await campaignBreaches(db))].filter(({ examples }) => examples.includes(id));
    // A run is made by a launch.
    await db.query(
      `INSERT INTO campaign_runs (tenant_id, campaign_id, starts_at, messages, skipped) VALUES ($1, $2, heliograph_now(), 4, 2)`,
      [tenantId, id],
    );
    expect(await new CampaignRecount(db).recount()).toEqual({ wrong: [], failed: [] });
    expect(await breaches()).toEqual([]);
    // A rollup that lags behind is not wrong.
    await moveTo(db, ids.slice(2, 3), 'delivered');
    expect(await breaches()).toEqual([]);
    await settle();
    // In one shard of several.
    await db.query(
      `UPDATE message_group_counts SET count = count + 1 WHERE ctid = (SELECT ctid FROM message_group_counts WHERE group_id = $1 AND state = 'delivered' LIMIT 1)`,
      [id],
    );
    await db.query(`UPDATE group_flow SET delivered = delivered - 1 WHERE group_id = $1`, [id]);
    await db.query(`UPDATE campaign_skip_counts SET count = count + 1 WHERE campaign_id = $1`, [id]);
    await db.query(`UPDATE campaign_runs SET messages = 9, skipped = 3 WHERE campaign_id = $1`, [id]);
    const differences = [
      { counter: 'messages.delivered', counted: 4, actual: 3 },
      { counter: 'run.messages', counted: 9, actual: 5 },
      { counter: 'run.skipped', counted: 3, actual: 2 },
      { counter: 'skips.no_consent', counted: 3, actual: 2 },
    ];
    const wrong = [{ tenantId, id, differences }];
    expect(await new CampaignRecount(db).recount()).toEqual({ wrong, failed: [] });
    // One that cannot be counted does not end the recount of those after it.
    const fault = new Error('canceling statement due to statement timeout');
    const failing = Object.create(db) as Database;
    failing.forTenant = (of, work) => (of === first.tenantId ? Promise.reject(fault) : db.forTenant(of, work));
    expect(await new CampaignRecount(failing).recount()).toEqual({ wrong, failed: [{ id: first.id, error: fault }] });
    expect((await breaches()).map(({ invariant }) => invariant)).toEqual([
      'group_counts',
      'group_figures',
      'campaign_skip_counts',
      'campaign_messages_of_run',
    ]);
    await db.query(`UPDATE campaign_runs SET skipped = 4 WHERE campaign_id = $1`, [id]);
    expect((await breaches()).map(({ invariant }) => invariant)).toContain('campaign_skips_of_run');
    // Other tests check the same database.
    await db.query(`DELETE FROM campaigns WHERE id = $1`, [id]);
  });

  it('are known as wrong until they are counted and found right', async () => {
    const answers = [
      { wrong: [{ tenantId: 't', id: 'a', differences: [] }], failed: [] },
      { wrong: [{ tenantId: 't', id: 'b', differences: [] }], failed: [{ id: 'a', error: new Error('timeout') }] },
      { wrong: [], failed: [] },
    ];
    const metrics = new Metrics();
    const recounts = { recount: () => Promise.resolve(answers.shift()) } as unknown as CampaignRecount;
    const watch = new RecountWatch(recounts, processLoops().loops, metrics);
    const known = [];
    for (let i = 0; i < 3; i++) {
      await watch.recount();
      known.push(/campaign_wrong_counts (\d+)/.exec(await metrics.registry.metrics())?.[1]);
    }
    expect(known).toEqual(['1', '2', '0']);
  });

  it('have a rate of the time in flight: pauses do not count', async () => {
    const minutes = (from: string, to: string) =>
      `tstzrange(date_trunc('minute', heliograph_now()) - interval '${from}', date_trunc('minute', heliograph_now()) - interval '${to}')`;
    const flown = async (left: Record<string, number>, pauses: string) => {
      const { tenantId, id } = await aCampaign(0);
      for (const [ago, sent] of Object.entries(left))
        await db.query(
          `INSERT INTO group_flow (tenant_id, group_id, minute, sent) VALUES ($1, $2, date_trunc('minute', heliograph_now()) - $3::int * interval '1 min', $4)`,
          [tenantId, id, ago, sent],
        );
      await db.query(`UPDATE message_groups SET pauses = tstzmultirange(${pauses}) WHERE id = $1`, [id]);
      return (await reader().results(tenantId, id)).ratePerMinute;
    };
    await stopClock(db, new Date());
    try {
      expect(await flown({ 5: 30, 1: 30 }, '')).toBeCloseTo(12);
      // Paused for three minutes between the two, and before.
      expect(await flown({ 5: 30, 1: 30 }, minutes('4 min', '1 min'))).toBeCloseTo(30);
      // The minute before the pause counts with the minutes after it.
      expect(await flown({ 90: 30, 2: 30, 1: 30 }, minutes('89 min', '2 min'))).toBeCloseTo(30);
      // Half a minute in flight.
      expect(await flown({ 1: 15 }, minutes('10 min', '30 s'))).toBeCloseTo(30);
      expect(await flown({ 1: 15 }, minutes('10 min', '0 s'))).toBe(0);
    } finally {
      await moveClock(db, 0);
    }
  });

  it('estimate the end by the rate while the schedule is open, and never after the end of the campaign', async () => {
    const { tenantId, id } = await aCampaign(3);
    await db.query(
      `INSERT INTO campaign_runs (tenant_id, campaign_id, starts_at, started_at, messages) VALUES ($1, $2, heliograph_now(), heliograph_now(), 3)`,
      [tenantId, id],
    );
    const estimated = async (given: object) => {
      const schedule = campaignSchedule.parse(given);
      await db.query(`UPDATE campaigns SET schedule = $2 WHERE id = $1`, [id, JSON.stringify(schedule)]);
      await db.query(`UPDATE campaign_runs SET expires_at = $2 WHERE campaign_id = $1`, [id, schedule.ends_at]);
      return (await reader().results(tenantId, id)).estimatedEndAt;
    };
    // A Monday. A message leaves in five minutes, and three wait.
    await stopClock(db, new Date('2027-03-01T17:50:00Z'));
    try {
      await db.query(`INSERT INTO group_flow (tenant_id, group_id, minute, sent) VALUES ($1, $2, heliograph_now() - interval '5 min', 1)`, [
        tenantId,
        id,
      ]);
      expect(await estimated({})).toEqual(new Date('2027-03-01T18:05:00Z'));
      const windows = [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }];
      expect(await estimated({ windows })).toEqual(new Date('2027-03-02T09:05:00Z'));
      expect(await estimated({ windows, ends_at: '2027-03-02T09:03:00Z' })).toEqual(new Date('2027-03-02T09:03:00Z'));
    } finally {
      await moveClock(db, 0);
    }
  });

  it('stay when retention purges the messages, and the counters still equal what is there', async () => {
    const { tenantId, id, ids } = await aCampaign(6, { no_consent: 2 });
    await moveTo(db, ids.slice(0, 2), 'read');
    await moveTo(db, ids.slice(2, 3), 'delivered');
    await moveTo(db, ids.slice(3, 4), 'suppressed');
    await moveTo(db, ids.slice(4), 'cancelled');
    await db.query(
      `INSERT INTO message_outcomes (tenant_id, message_id, kind, group_id, at) SELECT $1, m, k, $2, heliograph_now() FROM unnest($3::uuid[], ARRAY['reply', 'opt_out']) x(m, k)`,
      [tenantId, id, ids.slice(0, 2)],
    );
    await db.query(
      `INSERT INTO message_outcome_counts (tenant_id, group_id, shard, kind, count) VALUES ($1, $2, 0, 'reply', 1), ($1, $2, 0, 'opt_out', 1)`,
      [tenantId, id],
    );
    await settle();
    const figures = async () => {
      const { audience, counts, failed, leftOut, answers, numbers } = await reader().results(tenantId, id);
      return { audience, counts, failed, leftOut, answers, left: numbers.map((number) => number.read + number.delivered) };
    };
    const before = await figures();
    expect(before).toMatchObject({ audience: 8, counts: { read: 2, failed: 2, left_out: 3 }, answers: { replies: 1, optOuts: 1 } });
    try {
      // One of them is young, and stays for now.
      await db.query(`UPDATE messages SET read_at = heliograph_now() + interval '50 days' WHERE id = $1`, [ids[0]]);
      for (const [days, left] of [
        [110, 1],
        [160, 0],
      ] as const) {
        await moveClock(db, days * 24 * 3_600_000);
        await purgeMessages(db, 100);
        expect(await db.query(`SELECT 1 FROM messages WHERE group_id = $1`, [id])).toHaveLength(left);
        expect(await figures()).toEqual(before);
        expect(await new CampaignRecount(db).recount()).toEqual({ wrong: [], failed: [] });
        expect((await new Invariants(db).check()).filter(({ examples }) => examples.includes(id))).toEqual([]);
      }
    } finally {
      await moveClock(db, 0);
    }
  });

  it('show nothing of another tenant', async () => {
    const { id } = await aCampaign(1);
    const { tenantId } = await aLane(db);
    for (const read of [
      () => reader().results(tenantId, id),
      () => reader().series(tenantId, id),
      () => reader().failures(tenantId, id),
      () => everybody(tenantId, id),
    ])
      await expect(read()).rejects.toMatchObject({ code: 'not_found' } satisfies Partial<AppError>);
  });

  it('read no messages, however many there are', async () => {
    const { tenantId, id, sessions } = await aCampaign(0);
    await db.transaction(async (tx) => {
      await tx.query('SET LOCAL session_replication_role = replica');
      await tx.query(
        `INSERT INTO messages (tenant_id, id, session_id, group_id, created_at, expires_at, class, state, recipient, kind, body, sent_at)
         SELECT $1, ('01930000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $2, $3, heliograph_now(), heliograph_now() + interval '1 day', 3, 'sent', '+44' || n, 'text',
           '{"content":{"kind":"text","text":"x"}}', heliograph_now() FROM generate_series(1, 30000) n`,
        [tenantId, sessions[0], id],
      );
      await tx.query(
        `INSERT INTO message_group_counts (tenant_id, group_id, shard, state, count) SELECT $1, $2, n, 'sent', 3000 FROM generate_series(1, 10) n`,
        [tenantId, id],
      );
      await tx.query(
        `INSERT INTO group_flow (tenant_id, group_id, minute, sent) SELECT $1, g.id, date_trunc('minute', heliograph_now()) - n * interval '1 min', 20 FROM generate_series(1, 1500) n, unnest($2::uuid[]) AS g(id)`,
        [tenantId, [id, ...Array.from({ length: 20 }, () => newId())]],
      );
    });
    await db.query('VACUUM ANALYZE messages, message_group_counts, group_flow');
    const { db: watched, costs } = explaining(db);
    const results = await new CampaignResultsReader(watched).results(tenantId, id);
    expect(results.counts.sent).toBe(30_000);
    expect(results.ratePerMinute).toBe(20);
    expect((await new CampaignResultsReader(watched).series(tenantId, id)).points.length).toBeLessThanOrEqual(500);
    await new CampaignResultsReader(watched).failures(tenantId, id);
    await new CampaignPeople(watched, campaignParts(watched).judged).list(tenantId, id, {}, { limit: 50 });
    await new CampaignPeople(watched, campaignParts(watched).judged).list(tenantId, id, { cell: 'failed' }, { limit: 50 });
    expect(costs.flatMap(({ scanned }) => scanned)).toEqual([]);
    expect(Math.max(...costs.map(({ buffers }) => buffers))).toBeLessThan(1_000);
    expect(Math.max(...costs.map(({ rowsRead }) => rowsRead))).toBeLessThan(2_000);
  });
});
