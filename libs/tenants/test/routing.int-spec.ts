import { ChangeFeed, newId } from '@heliograph/kernel';
import { createTestDatabase, until } from '@heliograph/kernel/testing';
import { Routing } from '../src';
import type { RoutingRule } from '../src/tenants/tenant-settings';
import { aRingKey, FakeProvider, startTenantsProcess, type TenantsProcess } from '../testing';

const recipients = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `+4477009${String(from + i).padStart(5, '0')}`);

describe('routing', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let one: TenantsProcess;
  let two: TenantsProcess;
  let tenantId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { url: database.url, provider: new FakeProvider(), keyring: aRingKey() };
    [one, two] = [await startTenantsProcess(options), await startTenantsProcess(options)];
  });
  afterAll(async () => {
    await one.stop();
    await two.stop();
    await database.drop();
  });
  beforeEach(async () => {
    ({ id: tenantId } = await one.tenants.create({ name: 'Agency', defaultCountry: 'GB' }));
  });

  const aSession = async (over: { weight?: number; tags?: string[]; status?: string; tenant?: string } = {}) => {
    const id = newId();
    await one.db.query(
      `INSERT INTO sessions (tenant_id, id, provider, name, status, weight, tags) VALUES ($1, $2, 'wasender', 'Line', $3, $4, $5)`,
      [over.tenant ?? tenantId, id, over.status ?? 'connected', over.weight ?? 1, over.tags ?? []],
    );
    return id;
  };
  const rule = (routing: RoutingRule) => one.tenants.update(tenantId, { settings: { routing } });
  const setStatus = (id: string, status: string) => one.db.query('UPDATE sessions SET status = $2 WHERE id = $1', [id, status]);
  /** Picks like a process that has nothing cached. */
  const pick = async (to: string[], wish: { sessionId?: string; tag?: string } = {}, process = one) => {
    const routing = new Routing(process.db, new ChangeFeed({ DATABASE_URL: database.url }));
    return (
      await routing.pickMany(
        tenantId,
        to.map((t) => ({ to: t, ...wish })),
      )
    ).map((p) => p?.sessionId ?? null);
  };
  const count = (picks: (string | null)[], id: string) => picks.filter((p) => p === id).length;

  it('keeps a recipient with the session from which it was first written to, on every process', async () => {
    await aSession();
    const people = recipients(40);
    const first = await pick(people);
    await aSession({ weight: 50 });

    expect(await pick(people)).toEqual(first);
    expect(await pick(people, {}, two)).toEqual(first);
    expect(new Set(await pick(recipients(40, 100)))).not.toEqual(new Set(first));
  });

  it('agrees on one session per new recipient when two processes pick at the same moment', async () => {
    const [a, b] = [await aSession(), await aSession()];
    const people = recipients(50);
    // Each process sees another session connected, so they differ unless the first writer decides.
    await setStatus(a, 'disconnected');
    const ofOne = new Routing(one.db, one.feed);
    await ofOne.pickMany(tenantId, [{ to: 'someone else' }]);
    await setStatus(a, 'connected');
    await setStatus(b, 'disconnected');

    const [first, second] = await Promise.all([
      pick(people),
      ofOne.pickMany(
        tenantId,
        people.map((to) => ({ to })),
      ),
    ]);
    expect(first).toEqual(second.map((p) => p?.sessionId));
  });

  it('gives a sticky recipient another session when its own is deleted, and then keeps that one', async () => {
    const [gone, stays] = [await aSession(), await aSession({ weight: 0 })];
    expect(await pick(['+447700900001'])).toEqual([gone]);
    await one.db.query(`UPDATE sessions SET weight = 1 WHERE id = $1`, [stays]);
    await one.db.query(`UPDATE sessions SET status = 'deleted', deleted_at = heliograph_now() WHERE id = $1`, [gone]);

    expect(await pick(['+447700900001'])).toEqual([stays]);
    await aSession({ weight: 1_000 });
    expect(await pick(['+447700900001'])).toEqual([stays]);
  });

  it('lets a sticky recipient wait for its own session while that is down', async () => {
    const own = await aSession();
    expect(await pick(['+447700900001'])).toEqual([own]);
    await aSession();
    await setStatus(own, 'disconnected');
    expect(await pick(['+447700900001'])).toEqual([own]);
  });

  it('spreads recipients by weight over connected sessions only', async () => {
    await rule({ rule: 'weighted' });
    const [light, heavy, none, down] = [
      await aSession({ weight: 1 }),
      await aSession({ weight: 3 }),
      await aSession({ weight: 0 }),
      await aSession({ weight: 9, status: 'need_scan' }),
    ];
    const picks = await pick(recipients(1_000));
    expect([count(picks, none), count(picks, down)]).toEqual([0, 0]);
    expect(count(picks, heavy)).toBeGreaterThan(count(picks, light) * 2);

    await setStatus(heavy, 'logged_out');
    expect(new Set(await pick(recipients(400)))).toEqual(new Set([light]));
    await setStatus(light, 'logged_out');
    expect(await pick(['+447700900001'])).not.toContain(null);
  });

  it('limits the pool to a tag, where the tag of the message overrides that of the rule', async () => {
    const [uk, de] = [await aSession({ tags: ['uk'] }), await aSession({ tags: ['de', 'eu'] })];
    await rule({ rule: 'weighted', tag: 'uk' });
    const people = recipients(20);
    expect(new Set(await pick(people))).toEqual(new Set([uk]));
    expect(new Set(await pick(people, { tag: 'eu' }))).toEqual(new Set([de]));
    expect(new Set(await pick(people, { tag: 'nowhere' }))).toEqual(new Set([null]));
  });

  it('does not let a sticky route override a tag', async () => {
    const [uk, de] = [await aSession({ tags: ['uk'] }), await aSession({ tags: ['de'] })];
    expect(await pick(['+447700900001'], { tag: 'uk' })).toEqual([uk]);
    expect(await pick(['+447700900001'], { tag: 'de' })).toEqual([de]);
    expect(await pick(['+447700900001'])).toEqual([uk]);
  });

  it('sends through the fixed session, and through the one that a message names', async () => {
    const [fixed, named] = [await aSession(), await aSession()];
    await rule({ rule: 'fixed', session_id: fixed });
    expect(new Set(await pick(recipients(10)))).toEqual(new Set([fixed]));
    expect(new Set(await pick(recipients(10), { sessionId: named }))).toEqual(new Set([named]));
  });

  it('finds no session of another tenant, and none that does not exist', async () => {
    await aSession();
    const { id: other } = await one.tenants.create({ name: 'Other', defaultCountry: 'DE' });
    const foreign = await aSession({ tenant: other });
    for (const sessionId of [foreign, newId()]) expect(await pick(['+447700900001'], { sessionId })).toEqual([null]);
    await rule({ rule: 'fixed', session_id: foreign });
    expect(await pick(['+447700900001'])).toEqual([null]);
  });

  it('returns in a dry run the pick and the reasons against the others, and stores nothing', async () => {
    const [up, down, none] = [await aSession(), await aSession({ status: 'expired' }), await aSession({ weight: 0 })];
    const { pick: chosen, candidates } = await one.routing.dryRun(tenantId, { to: '+447700900001' });
    expect(chosen?.sessionId).toBe(up);
    expect(Object.fromEntries(candidates.map((c) => [c.sessionId, [c.picked, c.why]]))).toEqual({
      [up]: [true, 'Picked by weight among the connected sessions that fit.'],
      [down]: [false, 'It is not connected, or held.'],
      [none]: [false, 'Its weight is 0.'],
    });
    expect(await one.db.query('SELECT 1 FROM contact_routes WHERE tenant_id = $1', [tenantId])).toEqual([]);

    await pick(['+447700900001']);
    await aSession({ weight: 1_000 });
    const known = await one.routing.dryRun(tenantId, { to: '+447700900001' });
    expect(known.pick).toEqual({ sessionId: up, why: 'The recipient was first written to from this session.' });
  });

  it('applies on another process within a second that a session went down or the rule changed', async () => {
    const [a, b] = [await aSession(), await aSession()];
    await rule({ rule: 'weighted' });
    const seen = async (to: string[]) =>
      new Set(
        (
          await two.routing.pickMany(
            tenantId,
            to.map((t) => ({ to: t })),
          )
        ).map((p) => p?.sessionId),
      );
    await until(async () => (await seen(recipients(30))).size === 2, 1_000);
    await setStatus(a, 'disconnected');
    await until(async () => [...(await seen(recipients(30)))].join() === b, 1_000);
    await rule({ rule: 'fixed', session_id: a });
    await until(async () => [...(await seen(recipients(30)))].join() === a, 1_000);
  });
});
