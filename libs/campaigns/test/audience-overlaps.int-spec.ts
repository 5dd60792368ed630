import { type Actor, type Database, newId, type Page } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { CampaignPeople, type CampaignPerson, skipReasons } from '../src';
import type { SkipReason } from '../src/launch/verdict.repository';
import { aCampaignBody, aTemplate, aTenantWith, campaignParts, consentOfAll, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

/** Creates a list of these contacts. @returns it as a source */
async function aListOf(tenantId: string, contactIds: string[]) {
  const id = newId();
  await db.query(`INSERT INTO contact_lists (tenant_id, id, name, created_by) VALUES ($1, $2, $3, 'Test')`, [tenantId, id, `List ${id}`]);
  await db.query(`INSERT INTO contact_list_members (tenant_id, list_id, contact_id) SELECT $1, $2, * FROM unnest($3::uuid[])`, [
    tenantId,
    id,
    contactIds,
  ]);
  return { kind: 'list' as const, id };
}

describe('campaigns to the same people', () => {
  async function world() {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const people = await someContacts(db, tenantId, 30);
    const create = async (name: string, contacts: string[], over: object = {}) => {
      const audience = { include: [await aListOf(tenantId, contacts)] };
      return (await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { name, audience, ...over }))).id;
    };
    const launched = async (name: string, contacts: string[], over: object = {}) => {
      const id = await create(name, contacts, over);
      await parts.launches.launch(tenantId, ann, id);
      return id;
    };
    const expand = async (id: string) => {
      while (await parts.expansion.step({ tenantId, id }));
    };
    return { ...parts, tenantId, people, create, launched, expand };
  }

  it('are named with their people in the check and in the plan, whether they wait, run or are paused', async () => {
    const { tenantId, people, create, launched, expand, launches, plans, readiness } = await world();
    const running = await launched('Running', people.slice(0, 20));
    await expand(running);
    const later = { start: 'at', at: new Date(Date.now() + 86_400_000).toISOString() };
    const waiting = await launched('Waiting', people.slice(5, 12), { schedule: later });
    const paused = await launched('Paused', people.slice(10, 13));
    await expand(paused);
    await launches.pause(tenantId, ann, paused);
    await create('Draft', people);
    const over = await launched('Over', people);
    await launches.cancel(tenantId, ann, over);
    await launched('Elsewhere', people.slice(20, 25));

    const id = await create('Mine', people.slice(10, 20));
    const expected = [
      { id: running, name: 'Running', state: 'processing', people: 10 },
      { id: paused, name: 'Paused', state: 'paused', people: 3 },
      { id: waiting, name: 'Waiting', state: 'scheduled', people: 2 },
    ];
    const check = await readiness.check(tenantId, ann, id);
    expect(check).toMatchObject({ audience: 10, ready: true, problems: [] });
    expect(check.overlaps).toEqual(expected);
    expect((await plans.get(tenantId, id)).overlaps).toEqual(expected);
  });

  it('counts whom a running campaign wrote to, also when they have left its sources', async () => {
    const { tenantId, people, create, launched, expand, readiness } = await world();
    const running = await launched('Running', people);
    await expand(running);
    await db.query(`DELETE FROM contact_list_members WHERE tenant_id = $1`, [tenantId]);
    const id = await create('Mine', people.slice(0, 4));
    expect((await readiness.check(tenantId, ann, id)).overlaps).toMatchObject([{ id: running, people: 4 }]);
  });

  it('leaves out a waiting campaign whose sources are gone, which reaches nobody', async () => {
    const { tenantId, people, create, launched, readiness } = await world();
    const later = { start: 'at', at: new Date(Date.now() + 86_400_000).toISOString() };
    const waiting = await launched('Waiting', people, { schedule: later });
    const gone = JSON.stringify({ include: [{ kind: 'list', id: newId() }], exclude: [], max_people: null, random_order: false });
    await db.query(`UPDATE campaigns SET audience = $3 WHERE tenant_id = $1 AND id = $2`, [tenantId, waiting, gone]);
    const id = await create('Mine', people);
    expect((await readiness.check(tenantId, ann, id)).overlaps).toEqual([]);
  });

  it('does not look at another tenant', async () => {
    const [one, other] = [await world(), await world()];
    await other.launched('Theirs', other.people);
    const id = await one.create('Mine', one.people);
    expect((await one.readiness.check(one.tenantId, ann, id)).overlaps).toEqual([]);
  });
});

describe('the people whom a campaign would leave out', () => {
  async function everybody(tenantId: string, id: string, verdict: SkipReason, limit = 7): Promise<CampaignPerson[]> {
    const people = new CampaignPeople(db, campaignParts(db).judged);
    const found: CampaignPerson[] = [];
    for (let cursor: string | undefined, isMore = true; isMore;) {
      const page: Page<CampaignPerson> = await people.list(tenantId, id, { verdict }, { limit, cursor });
      expect(page.rows.length).toBeLessThanOrEqual(limit);
      found.push(...page.rows);
      isMore = page.next !== null;
      cursor = page.next ?? undefined;
    }
    return found;
  }

  it('are as many for each reason as the check counts, before the launch and after it', async () => {
    const { campaigns, launches, expansion, readiness } = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 40);
    const silent = await someContacts(db, tenantId, 23, { consent: null, from: 447_710_000_000 });
    const out = await someContacts(db, tenantId, 12, { from: 447_720_000_000 });
    await consentOfAll(db, tenantId, out, 'opt_out');
    const nameless = await someContacts(db, tenantId, 9, { from: 447_730_000_000 });
    await db.query(`UPDATE contacts SET name = NULL WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, [tenantId, nameless]);
    await db.query(`INSERT INTO contacts (tenant_id, id) SELECT $1, gen_random_uuid() FROM generate_series(1, 8)`, [tenantId]);
    const message = { template_id: await aTemplate(db, tenantId, 'Hello {{ contact.name }}') };
    const body = await aCampaignBody(db, tenantId, { message });
    const { id } = await campaigns.create(tenantId, ann, body);
    const { skips } = await readiness.check(tenantId, ann, id);
    expect(skips).toEqual({ no_consent: 23, opted_out: 12, missing_variable: 9, no_address: 8 });
    const counted = async () => {
      const counts: Partial<Record<SkipReason, number>> = {};
      for (const reason of skipReasons) {
        const found = await everybody(tenantId, id, reason);
        expect(new Set(found.map(({ contactId }) => contactId)).size).toBe(found.length);
        expect(found.every((one) => one.reason === reason && one.state === 'skipped' && one.cell === 'left_out')).toBe(true);
        if (found.length > 0) counts[reason] = found.length;
      }
      return counts;
    };
    expect(await counted()).toEqual(skips);
    const [first] = await everybody(tenantId, id, 'no_consent');
    expect(first).toMatchObject({ contactId: silent[0], name: 'Ann', phone: '+447710000001', messageId: null });

    await launches.launch(tenantId, ann, id);
    expect(await counted()).toEqual(skips);
    while (await expansion.step({ tenantId, id }));
    // What the launch found stays, whatever people say later.
    await consentOfAll(db, tenantId, silent, 'opt_in');
    expect(await counted()).toEqual(skips);
  });

  it('are those within the greatest number of people', async () => {
    const { campaigns, readiness } = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 30, { consent: null });
    const body = await aCampaignBody(db, tenantId);
    const { id } = await campaigns.create(tenantId, ann, { ...body, audience: { ...body.audience, max_people: 11, random_order: true } });
    const { skips } = await readiness.check(tenantId, ann, id);
    expect(skips).toEqual({ no_consent: 11 });
    expect(await everybody(tenantId, id, 'no_consent', 4)).toHaveLength(11);
  });

  it('refuses sources that are gone', async () => {
    const { campaigns } = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    const body = await aCampaignBody(db, tenantId);
    const { id } = await campaigns.create(tenantId, ann, body);
    await db.query(`DELETE FROM contact_lists WHERE tenant_id = $1`, [tenantId]);
    await expect(everybody(tenantId, id, 'no_consent')).rejects.toMatchObject({ reason: 'unknown_source' });
  });
});
