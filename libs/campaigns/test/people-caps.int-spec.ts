import type { Actor, Database } from '@heliograph/kernel';
import { openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { moveTo } from '@heliograph/messaging/testing';
import { defaultTenantSettings } from '@heliograph/tenants';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const monday = Date.parse('2027-03-01T08:00:00Z');
const hour = 3_600_000;

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

const after = (hours: number) => new Date(monday + hours * hour);
beforeEach(() => stopClock(db, after(0)));

const oncePerDay = { frequency_caps: [{ messages: 1, hours: 24 }] };
/** A tenant with these caps on what one person gets. */
async function aTenantUnder(caps: { frequency_caps?: { messages: number; hours: number }[]; min_gap_s?: number }) {
  const { tenantId } = await aTenantWith(db);
  await db.query(`UPDATE tenants SET settings = $2 WHERE id = $1`, [tenantId, JSON.stringify({ ...defaultTenantSettings, ...caps })]);
  const parts = campaignParts(db, caps);
  const make = async (over: object = {}) => (await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, over))).id;
  const expand = async (id: string) => {
    while (await parts.expansion.step({ tenantId, id }));
  };
  /** Sends a campaign to everybody. */
  const sendToAll = async (over: object = {}) => {
    const id = await make(over);
    await parts.launches.launch(tenantId, ann, id);
    await expand(id);
    const messages = await db.query<{ id: string }>(
      `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE group_id = $1 RETURNING id`,
      [id],
    );
    await moveTo(
      db,
      messages.map((message) => message.id),
      'sent',
    );
    return messages.length;
  };
  /** People whom the check, the plan, the list and, at `startsAt`, the launch leave out, by reason. */
  const skipsOf = async (id: string, startsAt = after(0)) => {
    const check = await parts.readiness.check(tenantId, ann, id);
    const plan = await parts.plans.get(tenantId, id);
    expect(plan).toMatchObject({ people: check.sendable, skips: check.skips });
    const listed = await parts.judged.list(tenantId, await parts.campaigns.get(tenantId, id), 'sendable', { limit: 100 });
    expect(listed.rows).toHaveLength(check.sendable);
    if (check.sendable > 0) {
      await parts.launches.launch(tenantId, ann, id, { people: plan.people, hash: plan.hash });
      await stopClock(db, startsAt);
      await expand(id);
      const skips = await db.query<{ reason: string; count: number }>(
        `SELECT reason, count(*)::int AS count FROM campaign_skips WHERE campaign_id = $1 GROUP BY 1`,
        [id],
      );
      expect(Object.fromEntries(skips.map(({ reason, count }) => [reason, count]))).toEqual(check.skips);
      const [sent] = await db.query<{ count: number }>(`SELECT count(*)::int AS count FROM messages WHERE group_id = $1`, [id]);
      expect(sent?.count).toBe(check.sendable);
    }
    return check.skips;
  };
  return { tenantId, parts, make, sendToAll, skipsOf };
}
const at = (hours: number) => ({ schedule: { start: 'at', at: after(hours).toISOString() } });

describe('caps on what a person gets', () => {
  it.each([
    ['frequency_cap', oncePerDay],
    ['min_gap', { min_gap_s: 3_600 }],
  ])('leave out with %s whoever got a campaign lately, in check, plan, list and launch', async (reason, caps) => {
    const { tenantId, make, sendToAll, skipsOf } = await aTenantUnder(caps);
    await someContacts(db, tenantId, 6);
    expect(await sendToAll()).toBe(6);
    const everybody = await make();
    await someContacts(db, tenantId, 3, { from: 447_800_000_000 });
    const withOthers = await make();
    // Before the others get theirs.
    expect(await skipsOf(everybody)).toEqual({ [reason]: 6 });
    expect(await skipsOf(withOthers)).toEqual({ [reason]: 6 });
  });

  it('leave out nobody of a campaign that does not obey them, or after one that does not count', async () => {
    const { tenantId, make, sendToAll, skipsOf } = await aTenantUnder(oncePerDay);
    await someContacts(db, tenantId, 4);
    await sendToAll({ caps: { counts: false } });
    expect(await skipsOf(await make())).toEqual({});
    await sendToAll({ caps: { obeys: false } });
    expect(await skipsOf(await make({ caps: { obeys: false } }))).toEqual({});
    expect(await skipsOf(await make())).toEqual({ frequency_cap: 4 });
  });

  it('are judged as of the start, which is the time of the launch or a later one', async () => {
    const { tenantId, make, sendToAll, skipsOf } = await aTenantUnder(oncePerDay);
    await someContacts(db, tenantId, 5);
    await sendToAll();
    expect(await skipsOf(await make())).toEqual({ frequency_cap: 5 });
    expect(await skipsOf(await make(at(23)), after(23))).toEqual({ frequency_cap: 5 });
    await stopClock(db, after(1));
    expect(await skipsOf(await make(at(48)), after(48))).toEqual({});
  });

  it('are judged as of the start in the zone of each person', async () => {
    const { tenantId, make, sendToAll, skipsOf } = await aTenantUnder(oncePerDay);
    await someContacts(db, tenantId, 2, { from: 819_000_000_000 });
    await someContacts(db, tenantId, 3);
    await sendToAll();
    // 09:00 on Tuesday is 16 hours later in Tokyo, and 25 hours later in London.
    const local = { schedule: { start: 'local', local: '2027-03-02T09:00', time_zone: 'Europe/London' } };
    expect(await skipsOf(await make(local), after(16))).toEqual({ frequency_cap: 2 });
  });
});

describe('a suppression', () => {
  it('leaves out nobody of a campaign that starts after its end', async () => {
    const { tenantId, make, skipsOf } = await aTenantUnder({});
    await someContacts(db, tenantId, 4);
    await db.query(
      `INSERT INTO suppressions (tenant_id, address, reason, actor, expires_at)
       SELECT tenant_id, address, 'manual', 'Test', $2::timestamptz + CASE WHEN place > 2 THEN interval '1 day' ELSE interval '1 year' END
       FROM (SELECT tenant_id, address, row_number() OVER (ORDER BY address) AS place FROM contact_addresses WHERE tenant_id = $1) a`,
      [tenantId, after(0)],
    );
    const [now, soon, later] = [await make(), await make(at(23)), await make(at(48))];
    expect(await skipsOf(now)).toEqual({ suppressed: 4 });
    expect(await skipsOf(soon)).toEqual({ suppressed: 4 });
    expect(await skipsOf(later, after(48))).toEqual({ suppressed: 2 });
  });
});
