import { Segments } from '@heliograph/contacts';
import { type Actor, type Database, newId } from '@heliograph/kernel';
import { openTestDatabase, processLoops, type TestDatabase, until } from '@heliograph/kernel/testing';
import fc from 'fast-check';
import type { CampaignExpansion } from '../src/launch/expansion.repository';
import { CampaignRunner } from '../src/launch/campaign-runner';
import { aCampaignBody, anImport, aTemplate, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

class Killed extends Error {}

/**
 * Returns the database of a process that is killed at its n-th statement: the transaction of that statement is rolled back, or committed without
 * an answer, and nothing follows.
 */
function dyingAt(statement: number, isCommitted: boolean): Database {
  let done = 0;
  const dying = Object.create(db) as Database;
  dying.transaction = async (work) => {
    let result: Awaited<ReturnType<typeof work>>;
    await db.transaction(async (tx) => {
      const query = tx.query.bind(tx);
      tx.query = async (sql, params) => {
        if (++done === statement && !isCommitted) throw new Killed();
        return query(sql, params) as never;
      };
      result = await work(tx);
    });
    if (done >= statement) throw new Killed();
    return result!;
  };
  return dying;
}

async function aRunOf(people: { agreed: number; silent: number }, over: object = {}) {
  const { tenantId, sessionIds } = await aTenantWith(db, 2);
  await someContacts(db, tenantId, people.agreed);
  await someContacts(db, tenantId, people.silent, { consent: null, from: 447_800_000_000 });
  const parts = campaignParts(db);
  const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, over));
  await parts.launches.launch(tenantId, ann, id);
  return { parts, tenantId, sessionIds, id };
}
const expandAll = async ({ expansion }: ReturnType<typeof campaignParts>, run: { tenantId: string; id: string }) => {
  while (await expansion.step(run));
};
const runnerOf = ({ expansion, times, moves, people }: ReturnType<typeof campaignParts>) =>
  new CampaignRunner(expansion, times, moves, people, processLoops().loops);
const countsOf = async (id: string) => {
  const [row] = await db.query<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM messages WHERE group_id = $1) AS messages, (SELECT count(DISTINCT origin->>'contactId')::int FROM messages WHERE group_id = $1) AS written,
       (SELECT count(*)::int FROM campaign_skips WHERE campaign_id = $1) AS skips, (SELECT sum(count)::int FROM campaign_skip_counts WHERE campaign_id = $1) AS counted,
       (SELECT sum(count)::int FROM message_group_counts WHERE group_id = $1) AS grouped, messages::int AS run_messages, skipped::int AS run_skips
     FROM campaign_runs WHERE campaign_id = $1`,
    [id],
  );
  return row;
};

describe('the expansion of an audience', () => {
  it('gives each person exactly one message or one reason, wherever processes are killed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ statement: fc.integer({ min: 1, max: 8 }), isCommitted: fc.boolean() }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 9 }),
        async (kills, span) => {
          const { parts, tenantId, id } = await aRunOf({ agreed: 12, silent: 5 });
          await db.query(`UPDATE campaign_runs SET span = $2 WHERE campaign_id = $1`, [id, span]);
          for (const { statement, isCommitted } of kills)
            try {
              await expandAll(campaignParts(dyingAt(statement, isCommitted)), { tenantId, id });
            } catch (error) {
              expect(error).toBeInstanceOf(Killed);
            }
          await expandAll(parts, { tenantId, id });
          expect(await countsOf(id)).toEqual({
            messages: 12,
            written: 12,
            skips: 5,
            counted: 5,
            grouped: 12,
            run_messages: 12,
            run_skips: 5,
          });
        },
      ),
      { numRuns: 25 },
    );
  }, 240_000);

  it('sends what the template said at the launch, with the values that people have at the start', async () => {
    const { tenantId } = await aTenantWith(db);
    const [contact] = await someContacts(db, tenantId, 1);
    const parts = campaignParts(db);
    const templateId = await aTemplate(db, tenantId, 'Hello {{ contact.name }}, {{ coupon }}');
    const message = { template_id: templateId, variables: { coupon: 'SUMMER' } };
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { message }));
    await parts.launches.launch(tenantId, ann, id);
    await db.query(
      `INSERT INTO message_template_versions SELECT tenant_id, template_id, 2, name, language, content, languages, defaults, created_at, actor FROM message_template_versions WHERE template_id = $1`,
      [templateId],
    );
    await db.query(`UPDATE message_templates SET version = 2 WHERE id = $1`, [templateId]);
    await db.query(`UPDATE contacts SET name = 'Bea' WHERE tenant_id = $1 AND id = $2`, [tenantId, contact]);
    await expandAll(parts, { tenantId, id });
    const [{ source } = { source: null }] = await db.query<{ source: unknown }>(`SELECT source FROM messages WHERE group_id = $1`, [id]);
    expect(source).toMatchObject({ t: templateId, v: 1, vars: { 'contact.name': 'Bea', coupon: 'SUMMER' } });
  });

  it('takes each column from the first import that has a value in it, those of the audience before others', async () => {
    const { tenantId } = await aTenantWith(db);
    const [both, one, other] = (await someContacts(db, tenantId, 3)) as [string, string, string];
    const cities = await anImport(db, tenantId, { [both]: { city: 'Rome', note: ' ' }, [one]: { city: 'Oslo' } });
    const orders = await anImport(db, tenantId, { [both]: { city: 'Bonn', order: '7', note: 'late' }, [other]: { order: '8' } });
    const further = await anImport(db, tenantId, {
      [both]: { order: '9', note: 'never' },
      [one]: { order: '5' },
      [other]: { city: 'Kyiv' },
    });
    const parts = campaignParts(db);
    const { id } = await parts.campaigns.create(
      tenantId,
      ann,
      await aCampaignBody(db, tenantId, {
        audience: { include: [cities, orders].map((source) => ({ kind: 'import', id: source })) },
        message: {
          template_id: await aTemplate(db, tenantId, '{{ city }} {{ order }} {{ note }}'),
          import_ids: [further],
          variables: { note: 'none' },
        },
      }),
    );
    expect(await parts.readiness.check(tenantId, ann, id)).toMatchObject({ sendable: 3, skips: {} });
    await parts.launches.launch(tenantId, ann, id);
    await expandAll(parts, { tenantId, id });
    const rows = await db.query<{ id: string; vars: object }>(
      `SELECT origin->>'contactId' AS id, source->'vars' AS vars FROM messages WHERE group_id = $1`,
      [id],
    );
    expect(Object.fromEntries(rows.map((row) => [row.id, row.vars]))).toEqual({
      [both]: { city: 'Rome', order: '7', note: 'late' },
      [one]: { city: 'Oslo', order: '5', note: 'none' },
      [other]: { city: 'Kyiv', order: '8', note: 'none' },
    });
  });

  it('goes by the rules that segments had at the launch, whatever they are at the start or between two chunks', async () => {
    const { tenantId } = await aTenantWith(db);
    const contacts = await someContacts(db, tenantId, 12);
    const [chosen, left] = [contacts.filter((_, i) => i % 2 === 0), contacts.slice(8)];
    await db.query(`UPDATE contacts SET name = 'Bea' WHERE id = ANY ($1::uuid[])`, [chosen]);
    await db.query(`UPDATE contacts SET external_id = id::text WHERE id = ANY ($1::uuid[])`, [left]);
    const segments = new Segments(db);
    const tree = (...rules: object[]) => ({ combinator: 'and', not: false, rules }) as Parameters<Segments['create']>[2]['tree'];
    const make = async (name: string, rule: object) =>
      (await segments.create(tenantId, ann, { name, description: null, tree: tree(rule) })).id;
    const beas = await make('Beas', { field: 'name', operator: 'equals', value: 'Bea' });
    const numbered = await make('Numbered', { field: 'external_id', operator: 'begins_with', value: '01' });
    const parts = campaignParts(db);
    const audience = {
      ...{ include: [{ kind: 'segment', id: beas }], exclude: [{ kind: 'segment', id: numbered }] },
      ...{ max_people: 100, random_order: true },
    };
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { audience }));
    await parts.launches.launch(tenantId, ann, id);
    await db.query(`UPDATE campaign_runs SET span = 3 WHERE campaign_id = $1`, [id]);
    await segments.update(tenantId, beas, ann, { tree: tree() });
    await parts.expansion.step({ tenantId, id });
    await parts.expansion.step({ tenantId, id });
    await segments.update(tenantId, numbered, ann, { tree: tree({ field: 'name', operator: 'equals', value: 'Nobody' }) });
    await expandAll(parts, { tenantId, id });
    const rows = await db.query<{ id: string }>(`SELECT origin->>'contactId' AS id FROM messages WHERE group_id = $1 ORDER BY 1`, [id]);
    expect(rows.map((row) => row.id)).toEqual(chosen.filter((one) => !left.includes(one)));
  });

  it('takes no more people than allowed, and the same ones in a random order', async () => {
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 40);
    const parts = campaignParts(db);
    const body = await aCampaignBody(db, tenantId);
    const { id } = await parts.campaigns.create(tenantId, ann, {
      ...body,
      audience: { ...body.audience, max_people: 7, random_order: true },
    });
    expect(await parts.readiness.check(tenantId, ann, id)).toMatchObject({ audience: 7, sendable: 7 });
    await parts.launches.launch(tenantId, ann, id, { people: 7 });
    await db.query(`UPDATE campaign_runs SET span = 5 WHERE campaign_id = $1`, [id]);
    await expandAll(parts, { tenantId, id });
    expect(await countsOf(id)).toMatchObject({ messages: 7, run_messages: 7 });
  });

  it('gives messages the next window of the zone of each person', async () => {
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 1, { from: 819_000_000_000 });
    await someContacts(db, tenantId, 1, { from: 5_511_960_000_000 });
    const parts = campaignParts(db);
    const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '10:00' }];
    const { id } = await parts.campaigns.create(
      tenantId,
      ann,
      await aCampaignBody(db, tenantId, { schedule: { windows, recipient_zone: true } }),
    );
    await parts.launches.launch(tenantId, ann, id);
    await expandAll(parts, { tenantId, id });
    const rows = await db.query<Record<string, unknown>>(
      `SELECT window_zone AS zone, to_char(window_ends_at AT TIME ZONE window_zone, 'HH24:MI') AS ends, due_at < window_ends_at AS is_before, window_ends_at - due_at <= interval '1 hour' AS is_within
       FROM messages WHERE group_id = $1 ORDER BY 1`,
      [id],
    );
    expect(rows).toEqual(['America/Sao_Paulo', 'Asia/Tokyo'].map((zone) => ({ zone, ends: '10:00', is_before: true, is_within: true })));
  });

  it('keeps people with the session that wrote to them before, and the others with the one it picks', async () => {
    const { tenantId, sessionIds } = await aTenantWith(db, 2);
    await someContacts(db, tenantId, 20);
    const [first, second] = sessionIds as [string, string];
    const deleted = newId();
    await db.query(
      `INSERT INTO sessions (tenant_id, id, provider, name, status, deleted_at) VALUES ($1, $2, 'wasender', 'Old', 'connected', now())`,
      [tenantId, deleted],
    );
    const addresses = (
      await db.query<{ address: string }>(`SELECT address FROM contact_addresses WHERE tenant_id = $1 ORDER BY 1`, [tenantId])
    ).map((row) => row.address);
    await db.query(
      `INSERT INTO contact_routes (tenant_id, recipient, session_id, used_at) SELECT $1, a, CASE WHEN n <= 10 THEN $3::uuid ELSE $4::uuid END, '2020-01-01'
       FROM unnest($2::text[]) WITH ORDINALITY u(a, n)`,
      [tenantId, addresses.slice(0, 12), second, deleted],
    );
    const parts = campaignParts(db);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
    await parts.launches.launch(tenantId, ann, id);
    await expandAll(parts, { tenantId, id });
    const rows = await db.query<{ address: string; session: string; route: string; isUsed: boolean }>(
      `SELECT m.recipient AS address, m.session_id AS session, r.session_id AS route, r.used_at > '2021-01-01' AS "isUsed"
       FROM messages m JOIN contact_routes r ON r.tenant_id = m.tenant_id AND r.recipient = m.recipient WHERE m.group_id = $1 ORDER BY 1`,
      [id],
    );
    expect(rows).toHaveLength(20);
    expect(rows.every(({ session, route, isUsed }) => session === route && isUsed)).toBe(true);
    expect(rows.slice(0, 10).every(({ session }) => session === second)).toBe(true);
    expect(new Set(rows.slice(10).map(({ session }) => session))).toEqual(new Set([first, second]));
  });

  it('fails when what the campaign refers to is gone, and cancels what it wrote', async () => {
    const { parts, tenantId, id } = await aRunOf({ agreed: 2, silent: 0 });
    await db.query(`DELETE FROM contact_lists WHERE tenant_id = $1`, [tenantId]);
    await expandAll(parts, { tenantId, id });
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'failed', reason: 'unknown_source' });
    expect((await parts.groups.get(tenantId, id)).state).toBe('cancelled');
    await expandAll(parts, { tenantId, id });
    expect(await parts.expansion.due()).not.toContainEqual({ tenantId, id });
  });

  it('waits for other sessions when the last one goes in the middle of it, and leaves out nobody', async () => {
    const { parts, tenantId, id, sessionIds } = await aRunOf({ agreed: 30, silent: 5 });
    await db.query(`UPDATE campaign_runs SET span = 10 WHERE campaign_id = $1`, [id]);
    await parts.expansion.step({ tenantId, id });
    await parts.expansion.step({ tenantId, id });
    const written = (await countsOf(id))?.messages;
    expect(written).toBeLessThan(30);
    await db.query(`UPDATE sessions SET deleted_at = heliograph_now() WHERE tenant_id = $1`, [tenantId]);
    for (let i = 0; i < 3; i++) await parts.expansion.step({ tenantId, id });
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'paused', reason: 'no_sessions' });
    expect(await parts.expansion.due()).not.toContainEqual({ tenantId, id });
    const log = (await parts.campaigns.log(tenantId, id, { limit: 50 })).rows.map(({ kind }) => kind);
    expect(log.filter((kind) => kind === 'paused')).toHaveLength(1);
    await db.query(`UPDATE sessions SET deleted_at = NULL WHERE tenant_id = $1 AND id = $2`, [tenantId, sessionIds[0]]);
    await parts.launches.resume(tenantId, ann, id);
    await expandAll(parts, { tenantId, id });
    expect(await countsOf(id)).toMatchObject({ messages: 30, written: 30, skips: 5 });
  });

  it('does not begin while its tenant is suspended; a start that is late then waits for a person', async () => {
    const { parts, tenantId, id } = await aRunOf({ agreed: 2, silent: 0 }, { schedule: { max_late_min: 60 } });
    await db.query(`UPDATE tenants SET suspended_at = heliograph_now() WHERE id = $1`, [tenantId]);
    expect(await parts.expansion.due()).not.toContainEqual({ tenantId, id });
    await db.query(`UPDATE campaign_runs SET starts_at = heliograph_now() - interval '3 hours' WHERE campaign_id = $1`, [id]);
    await db.query(`UPDATE tenants SET suspended_at = NULL WHERE id = $1`, [tenantId]);
    expect(await parts.expansion.due()).toContainEqual({ tenantId, id });
    await expandAll(parts, { tenantId, id });
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'paused', reason: 'late_start' });
  });

  it('pauses when the database refuses what it writes, so that somebody sees it, and goes on after a resume', async () => {
    const { parts, tenantId, id } = await aRunOf({ agreed: 3, silent: 1 });
    await db.query(`ALTER TABLE messages ADD CONSTRAINT refused CHECK (tenant_id <> '${tenantId}') NOT VALID`);
    const runner = runnerOf(parts);
    await until(async () => {
      await runner.launchAll(new AbortController().signal);
      return (await parts.campaigns.get(tenantId, id)).state === 'paused';
    });
    await db.query(`ALTER TABLE messages DROP CONSTRAINT refused`);
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'paused', reason: 'fault', detail: { error: '23514' } });
    expect((await parts.groups.get(tenantId, id)).state).toBe('paused');
    expect(await parts.expansion.due()).not.toContainEqual({ tenantId, id });
    await parts.launches.resume(tenantId, ann, id);
    expect(await parts.expansion.due()).toContainEqual({ tenantId, id });
    await expandAll(parts, { tenantId, id });
    expect(await countsOf(id)).toMatchObject({ messages: 3, skips: 1, run_messages: 3, run_skips: 1 });
  });

  it('that cannot go on leaves the pause of a person theirs, and says why it cannot', async () => {
    const { parts, tenantId, id } = await aRunOf({ agreed: 3, silent: 0 });
    await parts.expansion.step({ tenantId, id });
    await parts.launches.pause(tenantId, ann, id);
    for (const _ of [1, 2]) await parts.expansion.hold({ tenantId, id }, 'no_sessions');
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({
      state: 'paused',
      reason: 'no_sessions',
      stateChangedBy: { name: ann.name },
    });
    const { rows } = await parts.campaigns.log(tenantId, id, { limit: 50 });
    expect(rows.slice(0, 2).map(({ kind, actor }) => [kind, actor.kind])).toEqual([
      ['held', 'system'],
      ['paused', 'person'],
    ]);
    expect(await parts.expansion.due()).not.toContainEqual({ tenantId, id });
  });

  it('holds up no pause while it reads an audience for its greatest number', async () => {
    const { parts, tenantId, id } = await aRunOf({ agreed: 3, silent: 0 });
    await db.query(`UPDATE campaigns SET audience = jsonb_set(audience, '{max_people}', '2') WHERE id = $1`, [id]);
    let step: Promise<boolean> | undefined;
    await db.transaction(async (tx) => {
      await tx.query(`LOCK TABLE contact_list_members IN ACCESS EXCLUSIVE MODE`);
      step = parts.expansion.step({ tenantId, id });
      await until(async () => {
        const [row] = await db.query<{ n: number }>(
          `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return row?.n === 1;
      });
      // Another process leaves it alone meanwhile.
      expect(await campaignParts(db).expansion.step({ tenantId, id })).toBe(false);
      expect((await parts.launches.pause(tenantId, ann, id)).state).toBe('paused');
    });
    expect(await step).toBe(false);
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'paused', run: { startedAt: null } });
  });

  it('takes smaller chunks of an audience that takes long to read, and pauses when none is small enough', async () => {
    const { parts, tenantId, id } = await aRunOf({ agreed: 3, silent: 0 });
    expect(await parts.expansion.step({ tenantId, id })).toBe(true);
    const slow = Object.create(db) as Database;
    slow.transaction = () => Promise.reject(Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' }));
    const { expansion } = campaignParts(slow);
    const spans: number[] = [];
    for (let i = 0; i < 3; i++) {
      expect(await expansion.step({ tenantId, id })).toBe(false);
      const [run] = await db.query<{ span: number }>(`SELECT span FROM campaign_runs WHERE campaign_id = $1`, [id]);
      spans.push(run?.span ?? 0);
    }
    expect(spans).toEqual([1_250, 500, 500]);
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'paused', reason: 'too_slow' });
    expect(await parts.expansion.due()).not.toContainEqual({ tenantId, id });
    await parts.launches.resume(tenantId, ann, id);
    await expandAll(parts, { tenantId, id });
    expect(await countsOf(id)).toMatchObject({ messages: 3 });
  });

  it('that takes long makes its tenant wait, and no other one', async () => {
    let end: () => void = () => undefined;
    const steps: string[] = [];
    const runs = ['a', 'b', 'b'].map((tenantId, i) => ({ tenantId, id: `${tenantId}${i}` }));
    const expansion = {
      due: () => Promise.resolve(runs),
      step: ({ tenantId, id }: { tenantId: string; id: string }) => {
        steps.push(id);
        return tenantId === 'a' ? new Promise<boolean>((resolve) => (end = () => resolve(false))) : Promise.resolve(true);
      },
    } as unknown as CampaignExpansion;
    const { loops } = processLoops();
    const { parts } = await aRunOf({ agreed: 1, silent: 0 });
    const runner = new CampaignRunner(expansion, parts.times, parts.moves, parts.people, loops);
    const { signal } = new AbortController();
    expect(await runner.launchAll(signal)).toBe(true);
    expect(await runner.launchAll(signal)).toBe(true);
    expect(steps).toEqual(['a0', 'b1', 'b1']);
    end();
  });

  it('of one tenant reads and writes nothing of another', async () => {
    const [a, b] = [await aRunOf({ agreed: 3, silent: 1 }), await aRunOf({ agreed: 4, silent: 2 })];
    await expect(a.parts.campaigns.get(a.tenantId, b.id)).rejects.toMatchObject({ code: 'not_found' });
    for (const act of ['pause', 'resume', 'cancel', 'launch', 'approve', 'copy'] as const)
      await expect(a.parts.launches[act](a.tenantId, ann, b.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(a.parts.readiness.check(a.tenantId, ann, b.id)).rejects.toMatchObject({ code: 'not_found' });
    await expandAll(a.parts, { tenantId: a.tenantId, id: b.id }).catch(() => undefined);
    await expandAll(a.parts, a);
    expect(await countsOf(a.id)).toMatchObject({ messages: 3, skips: 1 });
    expect(await countsOf(b.id)).toMatchObject({ messages: 0, skips: 0 });
  });
});

describe('a step after the expansion', () => {
  it('that fails on the data of its campaign pauses that one, once, and says so', async () => {
    const { parts, tenantId, id } = await aRunOf({ agreed: 2, silent: 0 });
    await expandAll(parts, { tenantId, id });
    const times = {
      outdated: () => Promise.resolve([{ tenantId, id }]),
      refit: () => Promise.reject(new TypeError('of undefined')),
    } as unknown as typeof parts.times;
    const nobody = { merged: () => Promise.resolve([]) } as unknown as typeof parts.people;
    const expansion = Object.assign(Object.create(parts.expansion) as typeof parts.expansion, {
      reopened: () => Promise.resolve([]),
      windowed: () => Promise.resolve([]),
      finished: () => Promise.resolve([]),
    });
    const runner = new CampaignRunner(expansion, times, parts.moves, nobody, processLoops().loops);
    for (let i = 0; i < 3; i++) await runner.settleAll(new AbortController().signal);
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'paused', reason: 'fault', detail: { error: 'TypeError' } });
    const log = (await parts.campaigns.log(tenantId, id, { limit: 50 })).rows.map(({ kind }) => kind);
    expect(log.filter((kind) => kind === 'paused')).toHaveLength(1);
  });
});

describe('a turn over many campaigns', () => {
  it('goes on after one that fails and cannot be paused either', async () => {
    const { parts } = await aRunOf({ agreed: 1, silent: 0 });
    const done: string[] = [];
    const runs = ['a', 'b', 'c'].map((id) => ({ tenantId: id, id }));
    const nobody = () => Promise.resolve([]);
    const expansion = {
      reopened: nobody,
      windowed: nobody,
      finished: () => Promise.resolve(runs),
      complete: ({ id }: { id: string }) => (id === 'a' ? Promise.reject(new TypeError('of undefined')) : Promise.resolve(done.push(id))),
      holdFaulty: () => Promise.reject(new Error('canceling statement due to lock timeout')),
    } as unknown as CampaignExpansion;
    const times = { outdated: nobody } as unknown as typeof parts.times;
    const people = { merged: nobody } as unknown as typeof parts.people;
    await new CampaignRunner(expansion, times, parts.moves, people, processLoops().loops).settleAll(new AbortController().signal);
    expect(done).toEqual(['b', 'c']);
  });
});

describe('messages of a running campaign', () => {
  async function expanded(numbers: object) {
    const run = await aRunOf({ agreed: 40, silent: 0 }, { numbers });
    await expandAll(run.parts, run);
    const where = async () =>
      Object.fromEntries(
        (
          await db.query<{ session: string; count: number }>(
            `SELECT session_id AS session, count(*)::int AS count FROM messages WHERE group_id = $1 GROUP BY 1`,
            [run.id],
          )
        ).map(({ session, count }) => [session, count]),
      );
    const follow = async () => {
      for (const one of await run.parts.moves.running()) if (one.id === run.id) await run.parts.moves.follow(one);
    };
    return { ...run, where, follow };
  }
  const goDown = (id: string, ago: string) =>
    db.query(`UPDATE sessions SET status = 'disconnected', status_since = heliograph_now() - $2::interval WHERE id = $1`, [id, ago]);

  it('stay with a session that is down, unless the campaign lets them move, and then only after a while', async () => {
    for (const [when_down, ago, moves] of [
      ['hold', '1 hour', false],
      ['move', '10 seconds', false],
      ['move', '2 minutes', true],
    ] as const) {
      const { sessionIds, where, follow } = await expanded({ when_down });
      const [down, up] = sessionIds as [string, string];
      const before = await where();
      await goDown(down, ago);
      await follow();
      expect(await where()).toEqual(moves ? { [up]: 40 } : before);
    }
  });

  it('stay where they were called, when others move', async () => {
    const { tenantId, id, sessionIds, where, follow } = await expanded({ when_down: 'move' });
    const [down, up] = sessionIds as [string, string];
    const [called] = await db.query<{ id: string }>(`SELECT id FROM messages WHERE group_id = $1 AND session_id = $2 LIMIT 1`, [id, down]);
    await db.query(`UPDATE messages SET attempt = 1 WHERE tenant_id = $1 AND id = $2`, [tenantId, called?.id]);
    await db.query(
      `INSERT INTO message_events (tenant_id, message_id, attempt, from_state, to_state) VALUES ($1, $2, 1, 'claimed', 'calling'), ($1, $2, 1, 'calling', 'queued')`,
      [tenantId, called?.id],
    );
    await goDown(down, '2 minutes');
    await follow();
    expect(await where()).toEqual({ [down]: 1, [up]: 39 });
  });

  it('leave a session that is taken out, and are shared with one that is added', async () => {
    const { parts, tenantId, id, sessionIds, where, follow } = await expanded({});
    const [one, two] = sessionIds as [string, string];
    const numbers = { session_ids: [one], tag: null, weights: {}, sticky: false, when_down: 'hold' as const };
    await parts.paces.change(tenantId, ann, id, { numbers });
    await follow();
    expect(await where()).toEqual({ [one]: 40 });
    await parts.paces.change(tenantId, ann, id, { numbers: { ...numbers, session_ids: [one, two] } });
    await follow();
    const shared = await where();
    expect(shared[two]).toBeGreaterThan(8);
    expect((shared[one] ?? 0) + (shared[two] ?? 0)).toBe(40);
    await follow();
    expect(await where()).toEqual(shared);
    // Other weights share them anew.
    await parts.paces.change(tenantId, ann, id, {
      numbers: { ...numbers, session_ids: [one, two], weights: { [one]: 1, [two]: 1_000 } },
    });
    await follow();
    const reweighted = await where();
    expect(reweighted[two]).toBeGreaterThan(35);
    expect((reweighted[one] ?? 0) + (reweighted[two] ?? 0)).toBe(40);
    await expect(parts.paces.change(tenantId, ann, id, { numbers: { ...numbers, session_ids: [newId()] } })).rejects.toMatchObject({
      reason: 'no_sessions',
    });
    const log = (await parts.campaigns.log(tenantId, id, { limit: 50 })).rows.map(({ kind }) => kind);
    expect(log.filter((kind) => kind === 'moved')).toHaveLength(3);
  });

  it.each([
    ['scheduled', 0],
    ['being written', 20],
  ])('have the shares of changed numbers once, when the change comes while the campaign is %s', async (_, written) => {
    const { tenantId, sessionIds } = await aTenantWith(db, 2);
    const [one, two] = sessionIds as [string, string];
    const ids = await someContacts(db, tenantId, 60);
    // Whom the first session wrote to before keeps it.
    await db.query(
      `INSERT INTO contact_routes (tenant_id, recipient, session_id) SELECT tenant_id, address, $3 FROM contact_addresses WHERE tenant_id = $1 AND contact_id = ANY ($2::uuid[])`,
      [tenantId, ids.slice(20), one],
    );
    const parts = campaignParts(db);
    const numbers = { session_ids: [one], tag: null, weights: {}, sticky: true, when_down: 'hold' as const };
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { numbers }));
    await parts.launches.launch(tenantId, ann, id);
    await db.query(`UPDATE campaign_runs SET span = 20 WHERE campaign_id = $1`, [id]);
    const count = async () => (await countsOf(id))?.messages ?? 0;
    while ((await count()) < written) await parts.expansion.step({ tenantId, id });
    await parts.paces.change(tenantId, ann, id, { numbers: { ...numbers, session_ids: [one, two] } });
    while (await parts.expansion.step({ tenantId, id }));
    for (const run of await parts.moves.running()) if (run.id === id) await parts.moves.follow(run);
    const sentBy = async (which: string[]) =>
      (
        await db.query<{ session: string }>(
          `SELECT session_id AS session FROM messages WHERE group_id = $1 AND origin->>'contactId' = ANY ($2::text[])`,
          [id, which],
        )
      ).filter(({ session }) => session === one).length;
    expect(await sentBy(ids.slice(20))).toBe(40);
    const kept = await sentBy(ids.slice(0, 20));
    expect(kept).toBeGreaterThan(2);
    expect(kept).toBeLessThan(18);
  });

  it('pause it when none of its sessions is left, until it gets another', async () => {
    const { parts, tenantId, id, sessionIds, where, follow } = await expanded({ session_ids: [] });
    const [, two] = sessionIds as [string, string];
    await db.query(`UPDATE sessions SET deleted_at = heliograph_now() WHERE tenant_id = $1`, [tenantId]);
    const runner = new CampaignRunner(parts.expansion, parts.times, parts.moves, parts.people, processLoops().loops);
    await runner.moveAll(new AbortController().signal);
    expect(await parts.campaigns.get(tenantId, id)).toMatchObject({ state: 'paused', reason: 'no_sessions' });
    expect((await parts.groups.get(tenantId, id)).state).toBe('paused');
    await db.query(`UPDATE sessions SET deleted_at = NULL WHERE tenant_id = $1 AND id = $2`, [tenantId, two]);
    const numbers = { session_ids: [two], tag: null, weights: {}, sticky: false, when_down: 'hold' as const };
    await parts.paces.change(tenantId, ann, id, { numbers });
    await parts.launches.resume(tenantId, ann, id);
    await follow();
    expect(await where()).toEqual({ [two]: 40 });
  });
});
