import type { Actor, Database } from '@heliograph/kernel';
import { historySettles, moveClock, openTestDatabase, processLoops, stopClock, type TestDatabase, until } from '@heliograph/kernel/testing';
import { Invariants } from '@heliograph/messaging';
import { aWorker, campaignLanes, countMessages, messageLetterDecisions, moveTo, reviewUncertain } from '@heliograph/messaging/testing';
import { CampaignResultsReader, FollowUps } from '../src';
import { CampaignRecount } from '../src/results/campaign-recount.repository';
import { CampaignRunner } from '../src/launch/campaign-runner';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const morning = new Date('2026-03-02T10:00:00Z');
const night = new Date('2026-03-02T23:00:00Z');
const day = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '18:00' }];

describe('messages of a campaign that a person sends again', () => {
  let test: TestDatabase;
  let db: Database;
  let worker: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    worker = await aWorker(db);
  });
  afterAll(() => test.close());
  afterEach(() => moveClock(db, 0));
  const { claim } = campaignLanes(() => ({ db, worker }));

  /** A campaign to six people, completed: two messages were delivered, two failed, and two are `ended`. */
  async function completed(ended: 'failed' | 'uncertain' = 'failed', over: object = {}, sessions = 1) {
    const parts = campaignParts(db);
    const { tenantId, sessionIds } = await aTenantWith(db, sessions);
    await someContacts(db, tenantId, 6);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, over));
    await parts.launches.launch(tenantId, ann, id);
    while (await parts.expansion.step({ tenantId, id }));
    const rows = await db.query<{ id: string }>(
      `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE tenant_id = $1 RETURNING id`,
      [tenantId],
    );
    const ids = rows.map((row) => row.id);
    await db.query(`UPDATE messages SET attempt = 1 WHERE tenant_id = $1`, [tenantId]);
    await moveTo(db, ids, 'calling');
    await moveTo(db, ids.slice(0, 2), 'delivered');
    await moveTo(db, ids.slice(2, 4), 'sent');
    await moveTo(db, ids.slice(2, 4), 'failed');
    await moveTo(db, ids.slice(4), ended);
    const runner = new CampaignRunner(parts.expansion, parts.times, parts.moves, parts.people, processLoops().loops);
    const settle = () => runner.settleAll(new AbortController().signal);
    const follow = () => runner.moveAll(new AbortController().signal);
    /** Lets the search for evidence of the messages of unknown outcome end without any. */
    const park = () =>
      db.query(`UPDATE messages SET uncertain_since = NULL, cause = 'outcome_unknown' WHERE group_id = $1 AND state = 'uncertain'`, [id]);
    await settle();
    const state = async () => (await parts.campaigns.get(tenantId, id)).state;
    const redrive = () => messageLetterDecisions(db).redriveMany(tenantId, {}, { actor: ann, mayDuplicate: true });
    const figures = async () => {
      await historySettles(db);
      await countMessages(db);
      await countMessages(db);
      const { audience, counts, uncertain } = await new CampaignResultsReader(db).results(tenantId, id);
      return { audience, counts, uncertain };
    };
    return {
      parts,
      tenantId,
      sessionIds,
      sessionId: sessionIds[0] as string,
      id,
      ids,
      settle,
      follow,
      park,
      state,
      redrive,
      figures,
    };
  }
  const nobody = { read: 0, delivered: 0, sent: 0, failed: 0, waiting: 0, left_out: 0 };

  it('stay one message a person: the counts add up to the audience, and nobody stands in two of them', async () => {
    const { tenantId, id, ids, state, redrive, figures, settle } = await completed();
    expect(await state()).toBe('completed');
    expect(await figures()).toMatchObject({ audience: 6, counts: { ...nobody, delivered: 2, failed: 4 } });
    expect(await redrive()).toBe(4);
    expect(await figures()).toMatchObject({ audience: 6, counts: { ...nobody, delivered: 2, waiting: 4 } });
    // Those who are sent to again are no longer among the failed.
    await expect(new FollowUps(db, campaignParts(db).campaigns).create(tenantId, ann, id, { cell: 'failed' })).rejects.toMatchObject({
      reason: 'no_people',
    });
    await moveTo(db, ids.slice(2), 'delivered');
    await settle();
    expect(await figures()).toMatchObject({ audience: 6, counts: { ...nobody, delivered: 6 } });
    expect(await state()).toBe('completed');
    expect(await new CampaignRecount(db).recount()).toEqual({ wrong: [], failed: [] });
    // The worker of this test has no process.
    expect((await new Invariants(db).check()).filter(({ invariant }) => invariant !== 'lease_not_taken_over')).toEqual([]);
  });

  it('let the completed campaign go on, so that it can be paused and cancelled', async () => {
    const { parts, tenantId, sessionId, id, state, settle, redrive } = await completed();
    await redrive();
    await settle();
    expect(await state()).toBe('processing');
    expect((await parts.campaigns.log(tenantId, id, { limit: 1 })).rows).toMatchObject([{ kind: 'reopened' }]);
    await parts.launches.pause(tenantId, ann, id);
    expect((await claim(sessionId)).kind).not.toBe('messages');
    await parts.launches.cancel(tenantId, ann, id);
    await settle();
    expect(await state()).toBe('cancelled');
  });

  it('go on also when the campaign was paused as its last call ended', async () => {
    const { parts, tenantId, sessionId, id, state, settle, redrive } = await completed();
    await db.query(`UPDATE message_groups SET state = 'paused', paused_at = heliograph_now() WHERE id = $1`, [id]);
    await redrive();
    await settle();
    expect(await state()).toBe('processing');
    expect((await parts.groups.get(tenantId, id)).state).toBe('open');
    expect((await claim(sessionId)).kind).toBe('messages');
  });

  it.each(['failed', 'uncertain'] as const)('keep the windows of the campaign, when they were %s', async (ended) => {
    await stopClock(db, morning);
    const { sessionId, ids, state, settle, park, redrive } = await completed(ended, { schedule: { windows: day } });
    await park();
    await settle();
    expect(await state()).toBe('completed');
    await stopClock(db, night);
    expect(await redrive()).toBe(4);
    expect((await claim(sessionId)).kind).not.toBe('messages');
    await settle();
    expect(await state()).toBe('processing');
    expect(
      await db.query(`SELECT DISTINCT to_char(due_at AT TIME ZONE 'UTC', 'DD HH24:MI') AS due FROM messages WHERE id = ANY ($1::uuid[])`, [
        ids.slice(2),
      ]),
    ).toEqual([{ due: '03 09:00' }]);
  });

  it.each([
    ['redrives them', 'completed'],
    ['redrives them while the campaign runs', 'processing'],
    ['has the policy send them again', 'processing'],
  ])('are not sent in quiet hours that were set since, when one %s', async (way, then) => {
    await stopClock(db, morning);
    const { parts, tenantId, sessionId, id, ids, state, settle, park, redrive } = await completed('uncertain');
    const settings = {
      quiet_hours: { from: '21:00', to: '08:00', classes: ['broadcast'] },
      uncertain: { broadcast: { resend_after_s: 1 } },
    };
    await db.query(`UPDATE tenants SET settings = settings || $2 WHERE id = $1`, [tenantId, JSON.stringify(settings)]);
    // One of them lives in New York, where it is 18:00 then.
    const [far] = await db.query<{ id: string }>(
      `UPDATE contacts SET attributes = '{"time_zone":"America/New_York"}' WHERE id = (SELECT (origin->>'contactId')::uuid FROM messages WHERE id = $1) RETURNING id`,
      [ids.at(-1)],
    );
    if (way !== 'has the policy send them again') await park();
    if (then === 'processing') {
      await db.query(`UPDATE campaigns SET state = 'processing' WHERE id = $1`, [id]);
      // The messages that wait get their times under the new hours; these do not wait.
      for (const run of await parts.times.outdated()) while (await parts.times.refit(run));
    } else {
      await settle();
      expect(await state()).toBe('completed');
    }
    await stopClock(db, night);
    if (way === 'has the policy send them again') {
      expect(await reviewUncertain(db)).toMatchObject({ resentTo: [sessionId] });
    } else expect(await redrive()).toBe(4);
    // Also before the campaign settles.
    expect((await claim(sessionId)).kind).not.toBe('messages');
    while (await settle());
    const due = await db.query<{ contact: string; due: string }>(
      `SELECT origin->>'contactId' AS contact, to_char(due_at AT TIME ZONE 'UTC', 'DD HH24:MI') AS due FROM messages WHERE id = ANY ($1::uuid[]) AND due_at IS NOT NULL ORDER BY id`,
      [ids.slice(2)],
    );
    expect(due).toHaveLength(way === 'has the policy send them again' ? 2 : 4);
    for (const one of due) expect(one).toEqual({ contact: one.contact, due: one.contact === far?.id ? '02 23:00' : '03 08:00' });
    expect(due.map(({ contact }) => contact)).toContain(far?.id);
  });

  it('leave a number that the campaign lost since they failed, but not while their outcome is unknown', async () => {
    const { parts, tenantId, id, ids, sessionIds, settle, follow, park, redrive } = await completed('uncertain', {}, 2);
    const [lost, left] = sessionIds as [string, string];
    await db.query(`UPDATE messages SET session_id = $2 WHERE id = ANY ($1::uuid[])`, [ids, lost]);
    await park();
    expect(await redrive()).toBe(4);
    await settle();
    const { numbers } = await parts.campaigns.get(tenantId, id);
    await parts.paces.change(tenantId, ann, id, { numbers: { ...numbers, session_ids: [left] } });
    while (await follow());
    const sessionsOf = async (some: string[]) =>
      (await db.query<{ id: string }>(`SELECT DISTINCT session_id AS id FROM messages WHERE id = ANY ($1::uuid[])`, [some])).map(
        (one) => one.id,
      );
    expect(await sessionsOf(ids.slice(2, 4))).toEqual([left]);
    expect(await sessionsOf(ids.slice(4))).toEqual([lost]);
    // One that was called there again stays.
    await moveTo(db, ids.slice(2, 3), 'calling');
    await moveTo(db, ids.slice(2, 3), 'queued');
    await parts.paces.change(tenantId, ann, id, { numbers: { ...numbers, session_ids: [lost] } });
    while (await follow());
    expect(await sessionsOf(ids.slice(2, 3))).toEqual([left]);
    expect(await sessionsOf(ids.slice(3, 4))).toEqual([lost]);
  });

  it('are refused beforehand once the campaign was cancelled: one by one, in a dry run and in a redrive of many', async () => {
    const { tenantId, id, ids, parts, park, redrive } = await completed('uncertain');
    await parts.launches.cancel(tenantId, ann, id);
    await park();
    const decisions = messageLetterDecisions(db);
    expect(await decisions.foresee(tenantId, {})).toMatchObject({
      matching: 4,
      lines: [{ fate: 'refused', reason: 'campaign_over', count: 4 }],
    });
    expect(await redrive()).toBe(0);
    const letters = await db.query<{ id: string }>(`SELECT id FROM dead_letters WHERE tenant_id = $1 AND state = 'open'`, [tenantId]);
    expect(letters).toHaveLength(4);
    for (const letter of letters)
      await expect(decisions.redrive(tenantId, letter.id, { actor: ann, mayDuplicate: true })).rejects.toMatchObject({
        reason: 'campaign_over',
      });
    expect(
      await db.query(`SELECT state, count(*)::int AS count FROM messages WHERE id = ANY ($1::uuid[]) GROUP BY 1 ORDER BY 1`, [ids]),
    ).toEqual([
      { state: 'delivered', count: 2 },
      { state: 'failed', count: 2 },
      { state: 'uncertain', count: 2 },
    ]);
  });

  it('lock their lanes in the order of the ids before anything else, as claims and settlements do', async () => {
    const { tenantId, ids, sessionIds, redrive } = await completed('failed', {}, 2);
    const [first, second] = sessionIds.toSorted() as [string, string];
    // In the order of the messages, the lane of the greater id comes first.
    for (const [place, one] of ids.toSorted().entries())
      await db.query(`UPDATE messages SET session_id = $2 WHERE id = $1`, [one, place < 3 ? second : first]);
    await db.query(`INSERT INTO lanes (session_id, tenant_id) SELECT unnest($1::uuid[]), $2 ON CONFLICT DO NOTHING`, [
      sessionIds,
      tenantId,
    ]);
    const { running } = await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM lanes WHERE session_id = $1 FOR UPDATE`, [first]);
      const running = redrive();
      await until(
        async () =>
          (await db.query(`SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)).length > 0,
      );
      // A settlement goes on from the first lane to the second, and finds nothing of it locked.
      await tx.query(`SELECT 1 FROM lanes WHERE session_id = $1 FOR UPDATE NOWAIT`, [second]);
      await tx.query(`SELECT 1 FROM messages WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE NOWAIT`, [ids]);
      return { running };
    });
    expect(await running).toBe(4);
  });

  /** Redrives one of the open letters. */
  async function redriveOne(tenantId: string) {
    const [letter] = await db.query<{ id: string }>(
      `SELECT id FROM dead_letters WHERE tenant_id = $1 AND state = 'open' ORDER BY created_at, id LIMIT 1`,
      [tenantId],
    );
    return messageLetterDecisions(db).redrive(tenantId, letter?.id as string, { actor: ann, mayDuplicate: true });
  }
  const linesOf = async (tenantId: string) => (await messageLetterDecisions(db).foresee(tenantId, {})).lines;

  it.each([
    ['with windows', day],
    ['at any time', []],
  ])('are refused after its end, as the preview says: %s', async (_, windows) => {
    await stopClock(db, morning);
    const { tenantId, id, state, settle, redrive, figures } = await completed('failed', {
      schedule: { windows, ends_at: '2026-03-02T18:00:00Z' },
    });
    await stopClock(db, night);
    expect(await linesOf(tenantId)).toMatchObject([{ fate: 'refused', reason: 'campaign_over', count: 4 }]);
    expect(await redrive()).toBe(0);
    await expect(redriveOne(tenantId)).rejects.toMatchObject({ code: 'conflict', reason: 'campaign_over' });
    await settle();
    expect(await figures()).toMatchObject({ counts: { ...nobody, delivered: 2, failed: 4 } });
    expect(await state()).toBe('completed');
    expect(await db.query(`SELECT 1 FROM dead_letters WHERE tenant_id = $1 AND state = 'open'`, [tenantId])).toHaveLength(4);
    // The end moves by what the campaign was paused.
    await db.query(`UPDATE message_groups SET pauses = '{["2026-03-02 11:00:00Z", "2026-03-02 17:00:00Z")}' WHERE id = $1`, [id]);
    expect(await linesOf(tenantId)).toMatchObject([{ fate: 'go', count: 4 }]);
    expect(await redrive()).toBe(4);
    const ends = await db.query(`SELECT DISTINCT expires_at AS at FROM messages WHERE group_id = $1 AND state = 'queued'`, [id]);
    expect(ends).toEqual([{ at: new Date('2026-03-02T18:00:00Z') }]);
  });

  it('are refused when it was cancelled', async () => {
    const { parts, tenantId, id, redrive, settle } = await completed();
    expect((await redriveOne(tenantId)).state).toBe('redriven');
    await settle();
    await parts.launches.cancel(tenantId, ann, id);
    expect(await linesOf(tenantId)).toMatchObject([{ fate: 'refused', reason: 'campaign_over', count: 3 }]);
    expect(await redrive()).toBe(0);
    await expect(redriveOne(tenantId)).rejects.toMatchObject({ reason: 'campaign_over' });
  });

  it('are waited for while evidence of their outcome is looked for, and no longer', async () => {
    const { state, settle, park, redrive, figures } = await completed('uncertain');
    expect(await state()).toBe('processing');
    await park();
    await settle();
    expect(await state()).toBe('completed');
    expect(await figures()).toMatchObject({ audience: 6, counts: { ...nobody, delivered: 2, failed: 2, waiting: 2 }, uncertain: 2 });
    expect(await redrive()).toBe(4);
    await settle();
    expect(await state()).toBe('processing');
  });
});
