import { ContactLists, holdSources, Segments } from '@heliograph/contacts';
import { type Actor, type Database, newId } from '@heliograph/kernel';
import { historySettles, openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { countMessages, moveTo } from '@heliograph/messaging/testing';
import { type Campaign, CampaignPeople, CampaignResultsReader } from '../src';
import { aCampaignBody, aTemplate, aTenantWith, campaignParts, consentOfAll, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const bob: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d2', name: 'Bob' };

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

/** Runs a campaign's steps until its audience is written. */
async function expandAll({ expansion }: ReturnType<typeof campaignParts>, tenantId: string, id: string): Promise<void> {
  while (await expansion.step({ tenantId, id }));
}

/** Adds a version of a template. */
async function aVersion(templateId: string, version: number): Promise<void> {
  await db.query(
    `INSERT INTO message_template_versions SELECT tenant_id, template_id, $2, name, language, content, languages, defaults, created_at, actor FROM message_template_versions WHERE template_id = $1`,
    [templateId, version],
  );
  await db.query(`UPDATE message_templates SET version = $2 WHERE id = $1`, [templateId, version]);
}

/** Moves all messages of the tenant to `delivered`, with a text. */
async function deliverAll(tenantId: string): Promise<void> {
  const made = await db.query<{ id: string }>(
    `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE tenant_id = $1 RETURNING id`,
    [tenantId],
  );
  await moveTo(
    db,
    made.map(({ id }) => id),
    'delivered',
  );
}

const outcomesOf = (tenantId: string, id: string) =>
  db.query<{ contactId: string; messages: number; skips: number }>(
    `SELECT c.id AS "contactId", (SELECT count(*)::int FROM messages m WHERE m.tenant_id = $1 AND m.group_id = $2 AND m.origin->>'contactId' = c.id::text) AS messages,
       (SELECT count(*)::int FROM campaign_skips s WHERE s.tenant_id = $1 AND s.campaign_id = $2 AND s.contact_id = c.id) AS skips
     FROM contacts c WHERE c.tenant_id = $1 ORDER BY c.id`,
    [tenantId, id],
  );
const kindsOf = async ({ campaigns }: ReturnType<typeof campaignParts>, tenantId: string, id: string) =>
  (await campaigns.log(tenantId, id, { limit: 50 })).rows.map(({ kind }) => kind).reverse();

describe('a launch', () => {
  it('gives each person of the audience a message or a reason, and completes once the messages have an outcome', async () => {
    const parts = campaignParts(db);
    const { tenantId, sessionIds } = await aTenantWith(db, 3);
    const agreed = await someContacts(db, tenantId, 30);
    const silent = await someContacts(db, tenantId, 5, { consent: null, from: 447_800_000_000 });
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { pace: { window_limit: 30 } }));
    const check = await parts.readiness.check(tenantId, ann, id);
    expect(check).toMatchObject({ audience: 35, sendable: 30, skips: { no_consent: 5 }, ready: true, campaign: { state: 'checked' } });
    expect((await parts.launches.launch(tenantId, ann, id, { people: 30 })).state).toBe('scheduled');
    await expandAll(parts, tenantId, id);
    const outcomes = await outcomesOf(tenantId, id);
    expect(outcomes.map((one) => [one.contactId, one.messages, one.skips])).toEqual([
      ...agreed.map((contact) => [contact, 1, 0]),
      ...silent.map((contact) => [contact, 0, 1]),
    ]);
    const messages = await db.query<Record<string, unknown>>(
      `SELECT id, session_id, lane_group, class, body, state, source, expires_at > heliograph_now() + interval '360 days' AS stays FROM messages WHERE tenant_id = $1`,
      [tenantId],
    );
    expect(new Set(messages.map((m) => m.session_id))).toEqual(new Set(sessionIds));
    expect(messages[0]).toMatchObject({
      lane_group: id,
      class: 3,
      body: null,
      state: 'queued',
      stays: true,
      source: { v: 1, l: null, vars: {} },
    });
    expect(await parts.expansion.finished()).not.toContainEqual({ tenantId, id });
    await deliverAll(tenantId);
    await parts.expansion.complete({ tenantId, id });
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'completed', run: { messages: 30, skipped: 5 } });
    expect(await kindsOf(parts, tenantId, id)).toEqual(['created', 'checked', 'launched', 'started', 'expanded', 'completed']);
    expect(await db.query(`SELECT reason, count::int FROM campaign_skip_counts WHERE campaign_id = $1`, [id])).toEqual([
      { reason: 'no_consent', count: 5 },
    ]);
  });

  it('pressed by several people at once makes one run', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 20);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    const answers = await Promise.all([ann, bob, ann, bob].map((actor) => parts.launches.launch(tenantId, actor, id)));
    expect(answers.map(({ state }) => state)).toEqual(Array(4).fill('scheduled'));
    await Promise.all([1, 2, 3].map(() => expandAll(parts, tenantId, id)));
    await expandAll(parts, tenantId, id);
    expect((await parts.launches.launch(tenantId, bob, id)).state).toBe('processing');
    expect((await outcomesOf(tenantId, id)).every(({ messages }) => messages === 1)).toBe(true);
    expect((await kindsOf(parts, tenantId, id)).filter((kind) => kind === 'launched')).toHaveLength(1);
  });

  it('is refused with every problem, and when the number of people is another', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 3);
    const empty = await parts.campaigns.create(
      tenantId,
      ann,
      await aCampaignBody(db, tenantId, { audience: {}, message: {}, numbers: { tag: 'none' } }),
    );
    await expect(parts.launches.launch(tenantId, ann, empty.id)).rejects.toMatchObject({
      reason: 'campaign_not_ready',
      details: { errors: [{ code: 'no_audience' }, { code: 'no_template' }, { code: 'no_sessions' }] },
    });
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    await expect(parts.launches.launch(tenantId, ann, id, { people: 4 })).rejects.toMatchObject({ reason: 'plan_changed' });
    expect((await parts.campaigns.get(tenantId, id)).state).toBe('draft');
  });

  it('is refused when nobody would get a message, also without a check', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 3);
    const refusal = { reason: 'campaign_not_ready', details: { errors: [{ code: 'no_people', path: 'audience' }] } };
    const message = { template_id: await aTemplate(db, tenantId, 'Your code: {{ cupon }}') };
    const unknown = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { message }));
    await expect(parts.launches.launch(tenantId, ann, unknown.id)).rejects.toMatchObject(refusal);
    await expect(parts.launches.launch(tenantId, ann, unknown.id, { people: 0 })).rejects.toMatchObject(refusal);
    const known = { ...message, variables: { cupon: 'SUMMER' } };
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { message: known }));
    expect((await parts.launches.launch(tenantId, ann, id)).state).toBe('scheduled');
  });

  it('is of what was looked at: another text, segment or pace refuses it, and so it does an approval', async () => {
    const parts = campaignParts(db);
    const segments = new Segments(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 2);
    const tree = (value: string) => ({
      combinator: 'and' as const,
      not: false,
      rules: [{ field: 'name', operator: 'begins_with' as const, value }],
    });
    const segment = await segments.create(tenantId, ann, { name: 'Anns', description: null, tree: tree('Ann') });
    const audience = { include: [{ kind: 'segment', id: segment.id }] };
    const body = await aCampaignBody(db, tenantId, { audience });
    const { id } = await parts.campaigns.create(tenantId, ann, body);
    const plan = async () => {
      const { hash, people } = await parts.plans.get(tenantId, id);
      expect((await parts.readiness.check(tenantId, ann, id)).content.hash).toBe(hash);
      return { hash, people };
    };
    const refusal = { reason: 'plan_changed' };
    const changes = [
      () => aVersion(body.message.template_id as string, 2),
      () => segments.update(tenantId, segment.id, bob, { tree: tree('A') }),
      () => parts.campaigns.update(tenantId, id, bob, { pace: { window_ms: 60_000, window_limit: 5, daily_cap: null, weight: 1 } }),
      () => parts.campaigns.update(tenantId, id, bob, { stop_rules: [] }),
    ];
    for (const change of changes) {
      const seen = await plan();
      await change();
      await expect(parts.launches.launch(tenantId, ann, id, seen)).rejects.toMatchObject(refusal);
      await expect(parts.launches.approve(tenantId, { ...bob, id: tenantId }, id, seen)).rejects.toMatchObject(refusal);
    }
    const seen = await plan();
    await segments.update(tenantId, segment.id, bob, { name: 'People' });
    await parts.campaigns.update(tenantId, id, bob, { name: 'Summer' });
    expect((await parts.launches.launch(tenantId, ann, id, seen)).run?.templateVersion).toBe(2);
  });

  it('is refused when a source of its people is gone, or goes at that moment', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 3);
    const created = async () => (await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId))).id;
    const refusal = { reason: 'campaign_not_ready', details: { errors: [{ path: 'audience', code: 'unknown_source' }] } };
    const lists = new ContactLists(db);
    const first = await created();
    await db.query(`DELETE FROM contact_lists WHERE tenant_id = $1`, [tenantId]);
    await expect(parts.launches.launch(tenantId, ann, first)).rejects.toMatchObject(refusal);
    await expect(parts.launches.launch(tenantId, ann, first, { people: 3 })).rejects.toMatchObject(refusal);
    const { problems } = await parts.readiness.check(tenantId, ann, first);
    expect(problems.filter(({ code }) => code === 'unknown_source')).toHaveLength(1);

    const second = await created();
    const [list] = (await parts.campaigns.get(tenantId, second)).audience.include;
    let launch: Promise<unknown> | undefined;
    await db.forTenant(tenantId, async (tx) => {
      await tx.query(`SELECT 1 FROM contact_lists WHERE tenant_id = $1 FOR UPDATE`, [tenantId]);
      launch = parts.launches.launch(tenantId, ann, second).catch((error: unknown) => error);
      await until(async () => {
        const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
        return (await db.query(waiting)).length === 1;
      });
      await tx.query(`DELETE FROM contact_lists WHERE tenant_id = $1`, [tenantId]);
    });
    expect(await launch).toMatchObject(refusal);

    const third = await created();
    const [kept] = (await parts.campaigns.get(tenantId, third)).audience.include;
    await parts.launches.launch(tenantId, ann, third);
    await expect(lists.delete(tenantId, kept?.id as string)).rejects.toMatchObject({ reason: 'in_use' });
    expect(kept?.id).not.toBe(list?.id);
  });

  it('holds its sources, however many campaigns after it are over', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 3);
    const body = await aCampaignBody(db, tenantId);
    const { id } = await parts.campaigns.create(tenantId, ann, body);
    await parts.launches.launch(tenantId, ann, id);
    for (let i = 0; i < 101; i++) await parts.campaigns.create(tenantId, ann, body);
    await db.query(`UPDATE campaigns SET state = 'completed' WHERE tenant_id = $1 AND id <> $2`, [tenantId, id]);
    const [list] = body.audience.include;
    await expect(new ContactLists(db).delete(tenantId, list?.id as string)).rejects.toMatchObject({ reason: 'in_use' });
  });

  it('holds the lists that its segments name, also when the segments no longer do, until its audience is written', async () => {
    const parts = campaignParts(db);
    const [segments, lists] = [new Segments(db), new ContactLists(db)];
    const { tenantId } = await aTenantWith(db);
    const contacts = await someContacts(db, tenantId, 4);
    const stop = await lists.create(tenantId, ann, { name: 'Stop', description: null });
    await lists.add(tenantId, stop.id, { ids: contacts.slice(2) });
    const rules = [{ field: 'list', operator: 'is_none_of' as const, value: [stop.id] }];
    const segment = await segments.create(tenantId, ann, {
      name: 'All',
      description: null,
      tree: { combinator: 'and', not: false, rules },
    });
    const audience = { include: [{ kind: 'segment', id: segment.id }] };
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { audience }));
    await parts.launches.launch(tenantId, ann, id);
    await segments.update(tenantId, segment.id, bob, { tree: { combinator: 'and', not: false, rules: [] } });
    expect(await lists.uses(tenantId, stop.id)).toMatchObject([{ kind: 'campaign', id, isHolding: true }]);
    await expect(lists.delete(tenantId, stop.id)).rejects.toMatchObject({ reason: 'in_use' });
    await expandAll(parts, tenantId, id);
    expect((await outcomesOf(tenantId, id)).map(({ messages }) => messages)).toEqual([1, 1, 0, 0]);
    await lists.delete(tenantId, stop.id);
  });

  it('holds the rules of its segments until they are stored', async () => {
    const segments = new Segments(db);
    const { tenantId } = await aTenantWith(db);
    const tree = { combinator: 'and' as const, not: false, rules: [] };
    const { id } = await segments.create(tenantId, ann, { name: 'All', description: null, tree });
    let update: Promise<unknown> | undefined;
    const version = await db.forTenant(tenantId, async (tx) => {
      await holdSources(tx, tenantId, [{ kind: 'segment', id }]);
      update = segments.update(tenantId, id, bob, { tree });
      await until(async () => (await db.query(`SELECT 1 FROM pg_locks WHERE NOT granted`)).length > 0);
      const [row] = await tx.query<{ version: number }>(`SELECT version FROM segments WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
      return row?.version;
    });
    await update;
    expect(version).toBe(1);
  });

  it('is refused when the campaign changes while its people are counted', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 3);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    let launching: Promise<unknown> | undefined;
    await db.forTenant(tenantId, async (tx) => {
      await tx.query(`UPDATE campaigns SET audience = jsonb_set(audience, '{max_people}', '1'), version = version + 1 WHERE id = $1`, [id]);
      launching = parts.launches.launch(tenantId, ann, id, { people: 3 }).catch((error: unknown) => error);
      await until(async () => {
        const [waits] = await db.query<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return (waits?.count ?? 0) > 0;
      });
    });
    expect(await launching).toMatchObject({ reason: 'plan_changed' });
    expect((await parts.campaigns.get(tenantId, id)).state).toBe('draft');
  });

  it('is refused when its audience could not be read at the count and can be read at the launch', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 3);
    const audience = { include: [{ kind: 'list', id: newId() }], exclude: [], max_people: null, random_order: false } as const;
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { audience }));
    const campaign = await parts.campaigns.get(tenantId, id);
    const counted = await parts.readiness.count(tenantId, campaign, { people: 1 });
    const assertReady = () => db.forTenant(tenantId, (tx) => parts.readiness.assertReady(tx, tenantId, campaign, { people: 1 }, counted));
    await expect(assertReady()).rejects.toMatchObject({ reason: 'campaign_not_ready' });
    await db.query(`INSERT INTO contact_lists (tenant_id, id, name, created_by) VALUES ($1, $2, 'Late', 'ann')`, [
      tenantId,
      audience.include[0].id,
    ]);
    await expect(assertReady()).rejects.toMatchObject({ reason: 'plan_changed' });
  });

  it('says which countries have no public holidays that are known', async () => {
    const { campaigns, readiness } = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 1);
    const body = await aCampaignBody(db, tenantId, { schedule: { holidays: ['GB', 'XX'] } });
    const check = await readiness.check(tenantId, ann, (await campaigns.create(tenantId, ann, body)).id);
    expect(check.problems).toMatchObject([
      { code: 'unknown_holidays', detail: expect.stringContaining('of XX are') as string, blocks: false },
    ]);
    expect(check.ready).toBe(true);
  });

  it('is refused when its schedule leaves no time to send', async () => {
    const quiet_hours = { from: '08:00', to: '20:00', classes: ['broadcast' as const] };
    const parts = campaignParts(db, { quiet_hours });
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 1);
    const days = [1, 2, 3, 4, 5, 6, 7];
    const make = async (from: string, to: string) =>
      (
        await parts.campaigns.create(
          tenantId,
          ann,
          await aCampaignBody(db, tenantId, { schedule: { recipient_zone: true, windows: [{ days, from, to }] } }),
        )
      ).id;
    await expect(parts.launches.launch(tenantId, ann, await make('09:00', '18:00'))).rejects.toMatchObject({
      reason: 'campaign_not_ready',
      details: { errors: [{ code: 'never_open', path: 'schedule/windows' }] },
    });
    expect((await parts.launches.launch(tenantId, ann, await make('09:00', '20:01'))).state).toBe('scheduled');
  });

  it('leaves out people who opt out between the check and the start', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const [one] = await someContacts(db, tenantId, 2);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    const results = new CampaignResultsReader(db);
    await parts.plans.get(tenantId, id);
    await parts.launches.launch(tenantId, ann, id);
    expect((await results.results(tenantId, id)).skippedSincePlan).toEqual({});
    await consentOfAll(db, tenantId, [one as string], 'opt_out');
    await expandAll(parts, tenantId, id);
    expect((await results.results(tenantId, id)).skippedSincePlan).toEqual({ opted_out: 1 });
    expect((await results.results(tenantId, id)).leftOutSincePlan).toBe(1);
    expect(await db.query(`SELECT contact_id, reason FROM campaign_skips WHERE campaign_id = $1`, [id])).toEqual([
      { contact_id: one, reason: 'opted_out' },
    ]);
  });

  it('counts nobody as left out since the plan whose reason is only another one, and everybody who was suppressed since', async () => {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const [one, two] = (await someContacts(db, tenantId, 5)) as [string, string];
    await db.query(`UPDATE contacts SET attributes = '{"coupon": "A"}' WHERE tenant_id = $1 AND id <> ALL ($2::uuid[])`, [
      tenantId,
      [one, two],
    ]);
    const message = { template_id: await aTemplate(db, tenantId, 'Your code: {{ contact.coupon }}') };
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { message }));
    expect((await parts.plans.get(tenantId, id)).skips).toEqual({ missing_variable: 2 });
    await parts.launches.launch(tenantId, ann, id);
    await consentOfAll(db, tenantId, [one], 'opt_out');
    await expandAll(parts, tenantId, id);
    const sincePlan = async () => {
      const { leftOutSincePlan, skippedSincePlan, skips } = await new CampaignResultsReader(db).results(tenantId, id);
      return { leftOutSincePlan, skippedSincePlan, skips };
    };
    const skips = { missing_variable: 1, opted_out: 1 };
    expect(await sincePlan()).toEqual({ leftOutSincePlan: 0, skippedSincePlan: { opted_out: 1 }, skips });
    const rows = await db.query<{ id: string }>(`SELECT id FROM messages WHERE group_id = $1 ORDER BY id`, [id]);
    for (const [at, cause] of ['opted_out', 'bad_number'].entries())
      await db.query(`UPDATE messages SET state = 'suppressed', cause = $2, due_at = NULL WHERE id = $1`, [rows[at]?.id, cause]);
    await historySettles(db);
    await countMessages(db);
    expect(await sincePlan()).toEqual({ leftOutSincePlan: 2, skippedSincePlan: { opted_out: 2, not_on_whatsapp: 1 }, skips });
  });
});

describe('pause, resume and cancel', () => {
  async function launched(over: object = {}) {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 5);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, over));
    await parts.launches.launch(tenantId, ann, id);
    const states = async (): Promise<[string, string]> => [
      (await parts.campaigns.get(tenantId, id)).state,
      (await parts.groups.get(tenantId, id)).state,
    ];
    return { ...parts, parts, tenantId, id, states };
  }

  it('move the campaign and its group together', async () => {
    const { parts, launches, tenantId, id, states } = await launched();
    await expandAll(parts, tenantId, id);
    expect(await states()).toEqual(['processing', 'open']);
    const paused: Campaign = await launches.pause(tenantId, bob, id);
    expect(paused).toMatchObject({ reason: 'person', stateChangedBy: bob });
    expect(await states()).toEqual(['paused', 'paused']);
    await launches.pause(tenantId, ann, id);
    await launches.resume(tenantId, ann, id);
    expect(await states()).toEqual(['processing', 'open']);
    await launches.cancel(tenantId, bob, id);
    expect(await states()).toEqual(['cancelled', 'cancelled']);
    await expect(launches.resume(tenantId, ann, id)).rejects.toMatchObject({ reason: 'campaign_state' });
    await expect(launches.launch(tenantId, ann, id)).rejects.toMatchObject({ reason: 'campaign_state' });
  });

  it('before the start leave nobody out, and nobody waits', async () => {
    const { parts, launches, tenantId, id } = await launched();
    const people = new CampaignPeople(db, parts.judged);
    expect((await people.list(tenantId, id, { verdict: 'sendable' }, { limit: 10 })).rows).toHaveLength(5);
    await launches.cancel(tenantId, ann, id);
    expect((await people.list(tenantId, id, { verdict: 'sendable' }, { limit: 10 })).rows).toEqual([]);
  });

  it('before the start lead back to the schedule', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const { expansion, launches, tenantId, id, states } = await launched({ schedule: { start: 'at', at } });
    expect(await expansion.step({ tenantId, id })).toBe(false);
    await launches.pause(tenantId, ann, id);
    await launches.resume(tenantId, ann, id);
    expect(await states()).toEqual(['scheduled', 'open']);
  });

  it('hold for a campaign whose start passed long ago, until a person resumes it', async () => {
    const { parts, expansion, launches, tenantId, id, states } = await launched();
    await db.query(`UPDATE campaign_runs SET starts_at = heliograph_now() - interval '70 minutes' WHERE campaign_id = $1`, [id]);
    expect(await expansion.due()).toContainEqual({ tenantId, id });
    await expandAll(parts, tenantId, id);
    expect(await states()).toEqual(['paused', 'paused']);
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ reason: 'late_start', detail: { late_min: 70, max_late_min: 60 } });
    await launches.resume(tenantId, ann, id);
    await expandAll(parts, tenantId, id);
    expect(await states()).toEqual(['processing', 'open']);
    expect((await outcomesOf(tenantId, id)).every(({ messages }) => messages === 1)).toBe(true);
  });

  it('set the limits of the group with the pace', async () => {
    const { paces, groups, tenantId, id } = await launched();
    await paces.change(tenantId, bob, id, { pace: { window_ms: 1_000, window_limit: 7, daily_cap: 70, weight: 3 } });
    expect(await groups.get(tenantId, id)).toMatchObject({ windowMs: 1_000, windowLimit: 7, dailyCap: 70, weight: 3 });
  });
});

describe('sessions that join a running campaign', () => {
  it('wait for a chunk that is being written, and hold up no pause meanwhile', async () => {
    const parts = campaignParts(db);
    const { campaigns, launches, paces } = parts;
    const { tenantId, sessionIds } = await aTenantWith(db, 2);
    await someContacts(db, tenantId, 2);
    const { id, numbers } = await campaigns.create(
      tenantId,
      ann,
      await aCampaignBody(db, tenantId, { numbers: { session_ids: [sessionIds[0]] } }),
    );
    await launches.launch(tenantId, ann, id);
    await parts.expansion.step({ tenantId, id });
    let change: Promise<Campaign> | undefined;
    await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM campaign_runs WHERE campaign_id = $1 FOR UPDATE`, [id]);
      change = paces.change(tenantId, ann, id, { numbers: { ...numbers, session_ids: sessionIds } });
      await until(async () => (await db.query(`SELECT 1 FROM pg_locks WHERE NOT granted`)).length > 0);
      expect(await db.query(`SELECT 1 FROM campaigns WHERE id = $1 FOR UPDATE SKIP LOCKED`, [id])).toHaveLength(1);
    });
    expect((await change)?.numbers.session_ids).toEqual(sessionIds);
    const [run] = await db.query<{ joining: string[] }>(`SELECT joining FROM campaign_runs WHERE campaign_id = $1`, [id]);
    expect(run?.joining).toEqual([sessionIds[1]]);
  });

  it('keep waiting for their share when others join or leave before they have it', async () => {
    const parts = campaignParts(db);
    const { campaigns, launches, paces } = parts;
    const { tenantId, sessionIds } = await aTenantWith(db, 4);
    const [one, two, three, four] = sessionIds as [string, string, string, string];
    await someContacts(db, tenantId, 2);
    const { id, numbers } = await campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { numbers: { session_ids: [one] } }));
    await launches.launch(tenantId, ann, id);
    await expandAll(parts, tenantId, id);
    const joining = async (...session_ids: string[]) => {
      await paces.change(tenantId, ann, id, { numbers: { ...numbers, session_ids } });
      const [run] = await db.query<{ joining: string[] }>(`SELECT joining FROM campaign_runs WHERE campaign_id = $1`, [id]);
      return run?.joining.sort();
    };
    expect(await joining(one, two)).toEqual([two]);
    expect(await joining(one, two, three)).toEqual([two, three].sort());
    expect(await joining(one, three, four)).toEqual([three, four].sort());
  });
});

describe('an approval', () => {
  it('is needed again after a change of the rules of a segment, not of its name', async () => {
    const { campaigns, launches, readiness } = campaignParts(db, { campaign_approval: 'person' });
    const segments = new Segments(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 2);
    const rule = (value: string) => ({
      combinator: 'and' as const,
      not: false,
      rules: [{ field: 'name', operator: 'equals' as const, value }],
    });
    const segment = await segments.create(tenantId, ann, { name: 'Few', description: null, tree: rule('Ann') });
    const body = await aCampaignBody(db, tenantId, { audience: { include: [{ kind: 'segment', id: segment.id }] } });
    const { id } = await campaigns.create(tenantId, ann, body);
    await launches.approve(tenantId, bob, id);
    await segments.update(tenantId, segment.id, ann, { name: 'Some' });
    expect((await readiness.check(tenantId, ann, id)).needsApproval).toBe(false);
    await segments.update(tenantId, segment.id, ann, { tree: { ...rule('Ann'), rules: [] } });
    await expect(launches.launch(tenantId, ann, id)).rejects.toMatchObject({ reason: 'approval_required' });
    await segments.update(tenantId, segment.id, ann, { tree: rule('Ann') });
    expect((await launches.launch(tenantId, ann, id)).state).toBe('scheduled');
  });

  it('is needed of a second person, and again after a change', async () => {
    const parts = campaignParts(db, { campaign_approval: 'person' });
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 2);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    const { launches, campaigns } = parts;
    await expect(launches.launch(tenantId, ann, id)).rejects.toMatchObject({ reason: 'approval_required' });
    await expect(launches.approve(tenantId, ann, id)).rejects.toMatchObject({ reason: 'approval_by_author' });
    expect(await launches.approve(tenantId, bob, id)).toMatchObject({ approvedBy: bob });
    await campaigns.update(tenantId, id, bob, { caps: { obeys: false, counts: true } });
    expect((await campaigns.get(tenantId, id)).approvedBy).toBeNull();
    await expect(launches.approve(tenantId, bob, id)).rejects.toMatchObject({ reason: 'approval_by_author' });
    await expect(launches.launch(tenantId, ann, id)).rejects.toMatchObject({ reason: 'approval_required' });
    await launches.approve(tenantId, { ...bob, id: tenantId, name: 'Cleo' }, id);
    expect((await launches.launch(tenantId, ann, id)).state).toBe('scheduled');
  });
});
