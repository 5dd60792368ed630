import fc from 'fast-check';
import { NumberChecker, NumberCheckQueue } from '@heliograph/campaigns';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '@heliograph/campaigns/testing';
import { NumberAnswers, Suppressions } from '@heliograph/contacts';
import { type Actor, type Database, Metrics, newId } from '@heliograph/kernel';
import { moveClock, openTestDatabase, processLoops, type TestDatabase, until } from '@heliograph/kernel/testing';
import { LaneSettings } from '@heliograph/messaging';
import { WasenderProvider, type WhatsAppProvider } from '@heliograph/providers';
import type { SessionCredentials, TenantSettings } from '@heliograph/tenants';
import { Simulator } from '../apps/simulator/src/simulator';
import { type SettingsPatch, wordChoices } from '../apps/simulator/src/settings';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());
afterEach(async () => {
  await moveClock(db, 0);
  for (const stop of stops.splice(0)) await stop();
  await db.query(`UPDATE campaigns SET check_numbers = false`);
});
const stops: (() => Promise<void>)[] = [];

/** A question to the provider, with its time by the deciding clock. */
interface Asked {
  address: string;
  sessionId: string;
  atMs: number;
}

/** A tenant with people, a campaign that checks numbers, and a simulated provider. */
async function setup({
  people = 5,
  sessions = 1,
  settings = {},
  limits = 'off',
  perDay = 1_000,
}: {
  people?: number;
  sessions?: number;
  settings?: SettingsPatch;
  limits?: 'off' | 'paid' | 'trial';
  perDay?: number;
} = {}) {
  const simulator = new Simulator({ sessions, limits, settings: { ...settings } });
  await simulator.start();
  const provider = new WasenderProvider({
    WASENDER_BASE_URL: `${simulator.url}/api`,
    WASENDER_CONNECTIONS: 8,
    WASENDER_SEND_TIMEOUT_MS: 5_000,
    WASENDER_CONNECT_TIMEOUT_MS: 1_000,
  });
  stops.push(
    () => provider.close(),
    () => simulator.stop(),
  );
  const tenantSettings: Partial<TenantSettings> = { number_checks: { per_day: perDay, valid_days: 90 } };
  const parts = campaignParts(db, tenantSettings);
  const { tenantId, sessionIds } = await aTenantWith(db, sessions);
  const contacts = await someContacts(db, tenantId, people);
  const keys = [...simulator.accounts.sessions.values()].map(({ apiKey }) => apiKey);
  const keyOf = new Map(sessionIds.map((id, i) => [id, keys[i] as string]));
  const asked: Asked[] = [];
  const credentials = {
    find: (sessionId: string) => Promise.resolve({ tenantId, sessionId, apiKey: keyOf.get(sessionId) }),
  } as unknown as SessionCredentials;
  const observed: Pick<WhatsAppProvider, 'onWhatsApp'> = {
    onWhatsApp: async (session, address) => {
      const [row] = await db.query<{ ms: number }>(`SELECT (extract(epoch FROM heliograph_now()) * 1000)::float8 AS ms`);
      const sessionId = sessionIds.find((id) => keyOf.get(id) === session.apiKey) as string;
      asked.push({ address, sessionId, atMs: row?.ms as number });
      return provider.onWhatsApp(session, address);
    },
  };
  const queue = new NumberCheckQueue(db, parts.verdicts, new NumberAnswers(new Suppressions(db)));
  const checker = (of = observed) =>
    new NumberChecker(
      db,
      queue,
      parts.campaigns,
      parts.tenants,
      new LaneSettings(db),
      credentials,
      of,
      processLoops().loops,
      new Metrics(),
    );
  const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { check_numbers: true }));
  /** Lets one worker run at this time after now. */
  const runAt = async (ms: number, workers = [checker()]) => {
    await moveClock(db, ms);
    await Promise.all(workers.map(async (worker) => worker.checkAll()));
    // The first turn looks at the audience, the second asks.
    await Promise.all(workers.map(async (worker) => worker.checkAll()));
  };
  const check = () => parts.readiness.check(tenantId, ann, id);
  return { ...parts, parts, simulator, tenantId, sessionIds, contacts, asked, queue, checker, id, runAt, check };
}

/** Addresses of the contacts of `someContacts`. */
const phoneOf = (place: number) => `+${447_700_000_000 + place}`;

describe('checks of the numbers of a campaign', () => {
  it('find who is on WhatsApp: the check, the plan and the launch then leave out the others', async () => {
    const rig = await setup({ people: 4, settings: { notOnWhatsAppSuffixes: ['03'] } });
    expect((await rig.check()).numbers).toEqual({ enabled: true, known: 0, unknown: 4, toCheck: 4, perDay: 1_000, durationS: 346 });
    for (let i = 0; i < 4; i++) await rig.runAt(i * 90_000);
    expect(rig.asked.map(({ address }) => address)).toEqual([1, 2, 3, 4].map(phoneOf));
    expect(await rig.checks.progress(rig.tenantId, rig.id)).toMatchObject({ state: 'done', found: 3, missing: 1, unclear: 0 });
    const checked = await rig.check();
    expect(checked).toMatchObject({ audience: 4, sendable: 3, skips: { not_on_whatsapp: 1 } });
    expect(checked.numbers).toMatchObject({ known: 3, unknown: 0, toCheck: 0, durationS: 0 });
    const plan = await rig.plans.get(rig.tenantId, rig.id);
    expect(plan).toMatchObject({ skips: { not_on_whatsapp: 1 }, numberChecks: checked.numbers });
    await rig.launches.launch(rig.tenantId, ann, rig.id, { people: 3 });
    while (await rig.expansion.step({ tenantId: rig.tenantId, id: rig.id }));
    expect(await db.query(`SELECT contact_id, reason FROM campaign_skips WHERE campaign_id = $1`, [rig.id])).toEqual([
      { contact_id: rig.contacts[2], reason: 'not_on_whatsapp' },
    ]);
    expect(await db.query(`SELECT 1 FROM messages WHERE tenant_id = $1`, [rig.tenantId])).toHaveLength(3);
  });

  it('ask for nobody whose answer holds, and again after 90 days', async () => {
    const rig = await setup({ people: 2, settings: { notOnWhatsAppSuffixes: ['02'] } });
    await rig.check();
    for (let i = 0; i < 3; i++) await rig.runAt(i * 90_000);
    expect(rig.asked).toHaveLength(2);
    await rig.runAt(89 * dayMs);
    expect(rig.asked).toHaveLength(2);
    await moveClock(db, 91 * dayMs);
    expect(await rig.check()).toMatchObject({ sendable: 2, skips: {}, numbers: { known: 0, unknown: 2 } });
    for (let i = 0; i < 2; i++) await rig.runAt(91 * dayMs + i * 90_000);
    expect(rig.asked.slice(2).map(({ address }) => address)).toEqual([phoneOf(1), phoneOf(2)]);
  });

  it('ask for nobody who wrote, got a message, or is known by a privacy id', async () => {
    const rig = await setup({ people: 3 });
    await db.query(`UPDATE contact_addresses SET address = '77@lid' WHERE contact_id = $1`, [rig.contacts[0]]);
    await db.query(
      `INSERT INTO conversations (tenant_id, id, session_id, kind, contact_id, address, last_entry_at, last_inbound_at) VALUES ($1, $2, $3, 'person', $4, $5, heliograph_now(), heliograph_now())`,
      [rig.tenantId, newId(), rig.sessionIds[0], rig.contacts[1], phoneOf(2)],
    );
    expect((await rig.check()).numbers).toMatchObject({ known: 2, unknown: 1 });
    await rig.runAt(0);
    await rig.runAt(90_000);
    expect(rig.asked.map(({ address }) => address)).toEqual([phoneOf(3)]);
  });

  it('ask for the other spelling of a number before they take it for missing', async () => {
    const rig = await setup({ people: 2, settings: { notOnWhatsAppSuffixes: ['5511961234567', '5511971234567', '551171234567'] } });
    const [found, missing] = ['+5511961234567', '+5511971234567'];
    await db.query(`UPDATE contact_addresses SET address = CASE contact_id WHEN $2 THEN $3 ELSE $4 END WHERE tenant_id = $1`, [
      rig.tenantId,
      rig.contacts[0],
      found,
      missing,
    ]);
    await rig.check();
    for (let i = 0; i < 4; i++) await rig.runAt(i * 90_000);
    expect(rig.asked.map(({ address }) => address).sort()).toEqual(['+551161234567', '+551171234567', found, missing].sort());
    expect((await db.query(`SELECT address FROM suppressions WHERE tenant_id = $1`, [rig.tenantId])).map(({ address }) => address)).toEqual(
      [missing],
    );
    expect((await rig.check()).numbers).toMatchObject({ known: 1, unknown: 0 });
  });
});

describe('an answer that says neither yes nor no', () => {
  const unclear = wordChoices.onWhatsApp.filter((word) => !['clear', 'rate', 'hang'].includes(word));
  it.each(unclear)('leaves the number unknown, and is asked for again: %s', async (onWhatsApp) => {
    const rig = await setup({ people: 1, settings: { onWhatsApp, notOnWhatsAppSuffixes: ['1'] } });
    await rig.check();
    await rig.runAt(0);
    expect(rig.asked).toHaveLength(1);
    expect(await rig.check()).toMatchObject({ sendable: 1, skips: {}, numbers: { known: 0, unknown: 1, toCheck: 1 } });
    expect(await rig.checks.progress(rig.tenantId, rig.id)).toMatchObject({ state: 'running', found: 0, missing: 0, unclear: 1 });
    await rig.runAt(5 * 60_000);
    expect(rig.asked).toHaveLength(1);
    Object.assign(rig.simulator.settings, { onWhatsApp: 'clear' });
    await rig.runAt(11 * 60_000);
    expect(await rig.check()).toMatchObject({ sendable: 0, skips: { not_on_whatsapp: 1 } });
  });

  it('of a limit lets the session rest for as long as the provider asked', async () => {
    const rig = await setup({ people: 2, settings: { onWhatsApp: 'rate' } });
    await rig.check();
    await rig.runAt(0);
    await rig.runAt(80_000);
    expect(rig.asked).toHaveLength(1);
    Object.assign(rig.simulator.settings, { onWhatsApp: 'clear' });
    await rig.runAt(90_000);
    await rig.runAt(180_000);
    expect(
      rig.asked
        .slice(1)
        .map(({ address }) => address)
        .sort(),
    ).toEqual([phoneOf(1), phoneOf(2)]);
    expect(await rig.checks.progress(rig.tenantId, rig.id)).toMatchObject({ found: 2, unclear: 0 });
  });

  it('of a limit lets the session rest for an hour at most', async () => {
    const rig = await setup({ people: 1, settings: { onWhatsApp: 'rate', retryAfterS: 1e9 } });
    await rig.check();
    await rig.runAt(0);
    await rig.runAt(hourMs - 60_000);
    expect(rig.asked).toHaveLength(1);
    await rig.runAt(hourMs + 60_000);
    expect(rig.asked).toHaveLength(2);
  });

  it('of a session that is down lets it rest', async () => {
    const rig = await setup({ people: 1 });
    for (const session of rig.simulator.accounts.sessions.values()) session.status = 'disconnected';
    await rig.check();
    await rig.runAt(0);
    await rig.runAt(4 * 60_000);
    expect(rig.asked).toHaveLength(1);
    await rig.runAt(6 * 60_000);
    expect(rig.asked).toHaveLength(2);
    expect((await rig.check()).numbers).toMatchObject({ unknown: 1 });
  });
});

describe('the budget of a session', () => {
  it('is spread over the day: no 24 hours have more checks, whoever runs and whenever', async () => {
    const perDay = 6;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 7 * hourMs }), { minLength: 15, maxLength: 15 }), async (steps) => {
        const rig = await setup({ people: 40, sessions: 2, perDay });
        await rig.check();
        const workers = [rig.checker(), rig.checker()];
        let at = 0;
        for (const step of steps) await rig.runAt((at += step), workers);
        expect(new Set(rig.asked.map(({ address }) => address)).size).toBe(rig.asked.length);
        expect(rig.asked.length).toBeGreaterThanOrEqual(2);
        for (const sessionId of rig.sessionIds) {
          const times = rig.asked.filter((one) => one.sessionId === sessionId).map(({ atMs }) => atMs);
          for (const from of times) expect(times.filter((time) => time >= from && time < from + dayMs).length).toBeLessThanOrEqual(perDay);
          for (const [i, time] of times.entries())
            if (i > 0) expect(time - (times[i - 1] as number)).toBeGreaterThan(dayMs / perDay - 30_000);
        }
        await db.query(`UPDATE campaigns SET check_numbers = false`);
      }),
      { numRuns: 3 },
    );
  });

  it('is shared by the campaigns of the session, and a number of both is asked for once', async () => {
    const rig = await setup({ people: 3, perDay: 24 });
    const other = await rig.campaigns.create(rig.tenantId, ann, await aCampaignBody(db, rig.tenantId, { check_numbers: true }));
    await rig.check();
    await rig.readiness.check(rig.tenantId, ann, other.id);
    for (let i = 0; i < 6; i++) await rig.runAt((i * hourMs) / 2 + i * 1_000);
    expect(rig.asked.map(({ address }) => address).sort()).toEqual([1, 2, 3].map(phoneOf));
  });

  it('is not used by a session whose lane is closed, or that is not connected', async () => {
    const rig = await setup({ people: 2 });
    await rig.check();
    await db.query(
      `UPDATE lanes SET closed_until = heliograph_now() + interval '1 hour', closed_reason = 'throttled' WHERE session_id = $1`,
      [rig.sessionIds[0]],
    );
    const lanes = await db.query(`SELECT 1 FROM lanes WHERE session_id = $1`, [rig.sessionIds[0]]);
    expect(lanes).toHaveLength(1);
    await rig.runAt(0);
    expect(rig.asked).toEqual([]);
    await db.query(`UPDATE sessions SET status = 'disconnected' WHERE id = $1`, [rig.sessionIds[0]]);
    await rig.runAt(2 * hourMs);
    expect(rig.asked).toEqual([]);
    await db.query(`UPDATE sessions SET status = 'connected' WHERE id = $1`, [rig.sessionIds[0]]);
    await rig.runAt(2 * hourMs + 1_000);
    expect(rig.asked).toHaveLength(1);
  });
});

describe('a worker that dies', () => {
  it('leaves its number to another worker after a minute, and loses no place', async () => {
    const rig = await setup({ people: 3 });
    await rig.check();
    let hung = 0;
    const dead = rig.checker({ onWhatsApp: () => (hung++, new Promise(() => undefined)) });
    await dead.checkAll();
    void dead.checkAll();
    await until(() => hung === 1);
    await rig.runAt(0);
    expect(rig.asked).toEqual([]);
    await rig.runAt(50_000);
    expect(rig.asked).toEqual([]);
    for (let i = 1; i <= 3; i++) await rig.runAt(i * 90_000);
    expect(rig.asked.map(({ address }) => address).sort()).toEqual([1, 2, 3].map(phoneOf));
    expect((await rig.check()).numbers).toMatchObject({ known: 3, unknown: 0 });
  });
});

describe('a campaign', () => {
  it('asks for nothing as a draft, while it is paused, or once it is cancelled', async () => {
    const rig = await setup({ people: 4 });
    await rig.runAt(0);
    expect(rig.asked).toEqual([]);
    await rig.check();
    await rig.launches.launch(rig.tenantId, ann, rig.id);
    await rig.runAt(90_000);
    expect(rig.asked).toHaveLength(1);
    await rig.launches.pause(rig.tenantId, ann, rig.id);
    await rig.runAt(180_000);
    expect(rig.asked).toHaveLength(1);
    expect(await rig.checks.progress(rig.tenantId, rig.id)).toMatchObject({ state: 'held', found: 1 });
    await rig.launches.resume(rig.tenantId, ann, rig.id);
    await rig.runAt(270_000);
    expect(rig.asked).toHaveLength(2);
    await rig.launches.cancel(rig.tenantId, ann, rig.id);
    await rig.runAt(360_000);
    expect(rig.asked).toHaveLength(2);
    expect(await db.query(`SELECT 1 FROM number_checks WHERE campaign_id = $1`, [rig.id])).toEqual([]);
  });

  it('that does not check numbers asks for nothing, and says what checks would take', async () => {
    const rig = await setup({ people: 2 });
    await rig.campaigns.update(rig.tenantId, rig.id, ann, { check_numbers: false });
    expect((await rig.check()).numbers).toEqual({ enabled: false, known: 0, unknown: 2, toCheck: 0, perDay: 1_000, durationS: 173 });
    await rig.runAt(0);
    expect(rig.asked).toEqual([]);
    expect(await rig.checks.progress(rig.tenantId, rig.id)).toMatchObject({ state: 'off' });
  });

  it('looks no more than once an hour at an audience that cannot be read', async () => {
    const { tenantId, id, queue, check } = await setup();
    await check();
    await db.query(`DELETE FROM contact_lists WHERE tenant_id = $1`, [tenantId]);
    const isHungry = async () => (await queue.open()).some((one) => one.id === id && one.isHungry);
    expect(await isHungry()).toBe(true);
    expect(await queue.fill({ tenantId, id })).toBe(false);
    expect(await isHungry()).toBe(false);
    await moveClock(db, 2 * hourMs);
    expect(await isHungry()).toBe(true);
  });

  it('begins again with the people of a changed audience', async () => {
    const rig = await setup({ people: 2 });
    await rig.check();
    await rig.runAt(0);
    await someContacts(db, rig.tenantId, 1, { from: 447_900_000_000 });
    const { audience } = await aCampaignBody(db, rig.tenantId);
    await rig.campaigns.update(rig.tenantId, rig.id, ann, { audience });
    await rig.check();
    for (let i = 1; i < 4; i++) await rig.runAt(i * 90_000);
    expect(rig.asked.map(({ address }) => address).sort()).toEqual([phoneOf(1), phoneOf(2), '+447900000001']);
  });

  it('sends people who are unknown at their turn, and asks for nobody who was sent', async () => {
    const rig = await setup({ people: 2 });
    await rig.check();
    await rig.launches.launch(rig.tenantId, ann, rig.id, { people: 2 });
    await rig.runAt(0);
    expect(rig.asked).toHaveLength(1);
    while (await rig.expansion.step({ tenantId: rig.tenantId, id: rig.id }));
    expect(await db.query(`SELECT 1 FROM messages WHERE tenant_id = $1`, [rig.tenantId])).toHaveLength(2);
    await db.query(`UPDATE messages SET state = 'cancelled', due_at = NULL WHERE tenant_id = $1`, [rig.tenantId]);
    await rig.runAt(90_000);
    expect(rig.asked).toHaveLength(1);
  });
});
