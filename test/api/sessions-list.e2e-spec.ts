import { Database } from '@heliograph/kernel';
import { ApiRig, type Reply, text } from './api-rig';

let rig: ApiRig;
beforeAll(async () => (rig = await ApiRig.start()));
afterAll(() => rig.stop());

const seen = ({ status, body }: Reply) => [status, body.code];
type Listed = { id: string; held_reason: string | null; lane?: Record<string, unknown> | null; health?: object | null };

/** A tenant with so many sessions, and calls with its key. */
async function agency(count: number) {
  const tenant = await rig.tenant();
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push((await rig.session(tenant.id)).id);
  const call = (method: string, path: string, body?: unknown) =>
    rig.call(method, path, { key: tenant.key, ...(body !== undefined && { body }) });
  const list = async (query = '') => (await call('GET', `/v1/sessions${query}`)).body.data as Listed[];
  const held = async () => (await list()).map(({ id, held_reason }) => [id, held_reason]);
  return { tenant, ids, call, list, held };
}

describe('many sessions', () => {
  it('are paused and resumed by a filter, with a history entry for each that changes', async () => {
    const { ids, call, held } = await agency(3);
    await call('PATCH', `/v1/sessions/${ids[0]}`, { tags: ['uk'] });
    await call('PATCH', `/v1/sessions/${ids[1]}`, { tags: ['uk'] });
    await call('POST', `/v1/sessions/${ids[0]}/pause`);
    const pause = { filter: { tag: 'uk' }, expect: 2 };
    expect((await call('POST', '/v1/sessions/pause', pause)).body).toEqual({ matched: 2, changed: 1 });
    expect(new Map((await held()) as [string, string | null][])).toEqual(
      new Map([
        [ids[0], 'paused'],
        [ids[1], 'paused'],
        [ids[2], null],
      ]),
    );
    const { data } = (await call('GET', `/v1/sessions/${ids[1]}/events`)).body as { data: { reason: string; actor: object }[] };
    expect(data[0]).toMatchObject({ reason: 'paused', actor: { kind: 'key', name: 'Test' } });
    expect((await call('POST', '/v1/sessions/resume', { filter: { ids: ids.slice(0, 2) }, expect: 2 })).body).toEqual({
      matched: 2,
      changed: 2,
    });
    expect((await held()).map(([, reason]) => reason)).toEqual([null, null, null]);
  });

  it('are found by a part of the name or of the phone, as in their list', async () => {
    const { ids, call, list, held } = await agency(2);
    await call('PATCH', `/v1/sessions/${ids[0]}`, { name: 'Sales desk' });
    const [{ phone } = { phone: '' }] = (await call('GET', '/v1/sessions?search=sales')).body.data as { phone: string }[];
    for (const search of ['SALES', phone.slice(-7)]) {
      expect((await list(`?search=${search}`)).map(({ id }) => id)).toEqual([ids[0]]);
      expect((await call('POST', '/v1/sessions/pause', { filter: { search }, dry_run: true })).body.matched).toBe(1);
    }
    await call('POST', '/v1/sessions/pause', { filter: { search: 'sales' }, expect: 1 });
    expect(new Map((await held()) as [string, string | null][])).toEqual(
      new Map([
        [ids[0], 'paused'],
        [ids[1], null],
      ]),
    );
  });

  it('are counted by a dry run, and stay as they are when the count is not the expected one', async () => {
    const { call, held } = await agency(3);
    expect((await call('POST', '/v1/sessions/pause', { filter: {}, dry_run: true })).body).toEqual({ matched: 3, changed: 0 });
    expect(seen(await call('POST', '/v1/sessions/pause', { filter: {}, expect: 2 }))).toEqual([409, 'count_changed']);
    expect((await call('POST', '/v1/sessions/pause', { filter: {} })).status).toBe(400);
    expect((await held()).map(([, reason]) => reason)).toEqual([null, null, null]);
  });

  it('of all tenants are listed for a person, by client, name and phone, those of their roles alone', async () => {
    const [one, two] = [await agency(1), await agency(2)];
    await one.call('PATCH', `/v1/sessions/${one.ids[0]}`, { name: 'Acme desk' });
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    const viewer = await rig.person([{ role: 'viewer', tenantId: two.tenant.id }]);
    const agent = await rig.person([{ role: 'agent', tenantId: two.tenant.id }]);
    const list = async (person: typeof owner, query = '') => {
      const reply = await person.call('GET', `/admin/v1/sessions${query}`, { of: '/admin/v1/sessions' });
      return (reply.body.data as { id: string; tenant_id: string; lane: object | null }[]).map(({ id }) => id);
    };
    expect((await list(owner)).slice(0, 3)).toEqual([...two.ids.toReversed(), ...one.ids]);
    expect(await list(viewer)).toEqual(two.ids.toReversed());
    expect(await list(owner, '?search=ACME%20d')).toEqual(one.ids);
    expect(await list(owner, `?tenant_id=${two.tenant.id}&limit=1`)).toEqual(two.ids.slice(1));
    expect(await list(viewer, `?tenant_id=${one.tenant.id}`)).toEqual([]);
    const [{ phone } = { phone: '' }] = (await one.call('GET', '/v1/sessions')).body.data as { phone: string }[];
    expect(await list(owner, `?search=${phone.slice(-7)}`)).toContain(one.ids[0]);
    expect((await agent.call('GET', '/admin/v1/sessions')).status).toBe(403);
  });

  it('of another tenant match no filter', async () => {
    const [mine, theirs] = [await agency(1), await agency(1)];
    expect((await mine.call('POST', '/v1/sessions/pause', { filter: { ids: theirs.ids }, dry_run: true })).body.matched).toBe(0);
    expect((await mine.call('POST', '/v1/sessions/pause', { filter: {}, expect: 1 })).body).toEqual({ matched: 1, changed: 1 });
    expect((await theirs.held()).map(([, reason]) => reason)).toEqual([null]);
  });
});

describe('the list with lanes', () => {
  it('shows limits, what waits and the day of the warm-up in one answer', async () => {
    const { ids, call, list } = await agency(2);
    await call('PATCH', `/v1/sessions/${ids[0]}/limits`, { daily_cap: 500, warm_up: [20, 40, 80], time_zone: 'UTC' });
    for (let i = 0; i < 3; i++) await call('POST', '/v1/messages', text(`+44770090081${i}`, { session_id: ids[0] }));
    await call('POST', '/v1/messages/bulk', { messages: [text('+447700900820', { session_id: ids[0] })] });
    const lanes = new Map((await list('?include=lane')).map(({ id, lane }) => [id, lane]));
    expect(lanes.get(ids[0] as string)).toMatchObject({ daily_cap: 500, warm_up_day: 1, waiting: 4, left_today: 20 });
    expect(lanes.get(ids[1] as string)).toBeNull();
    expect((await list()).every((session) => session.lane === undefined)).toBe(true);

    const db = rig.get(Database);
    await db.query('UPDATE lanes SET warm_up_from = warm_up_from - 2 WHERE session_id = $1', [ids[0]]);
    expect((await call('GET', `/v1/sessions/${ids[0]}/lane`)).body).toMatchObject({ warm_up_day: 3, left_today: 80 });
    await db.query('UPDATE lanes SET warm_up_from = warm_up_from - 1 WHERE session_id = $1', [ids[0]]);
    expect((await call('GET', `/v1/sessions/${ids[0]}/lane`)).body).toMatchObject({ warm_up_day: null, left_today: 500 });
  });

  it('shows what became of the messages of the last days, and how many people answered', async () => {
    const { tenant, ids, list } = await agency(2);
    const day = `(heliograph_now() AT TIME ZONE 'UTC')::date`;
    await rig.get(Database).query(
      `INSERT INTO lane_days (tenant_id, session_id, day, sent, delivered, failed, people, replied)
       VALUES ($1, $2, ${day}, 40, 36, 2, 30, 6), ($1, $2, ${day} - 6, 10, 10, 0, 10, 4), ($1, $2, ${day} - 7, 500, 500, 0, 500, 500)`,
      [tenant.id, ids[0]],
    );
    const health = new Map((await list('?include=lane')).map((session) => [session.id, session.health]));
    expect(health.get(ids[0] as string)).toEqual({ days: 7, sent: 50, delivered: 46, failed: 2, people: 40, replied: 10 });
    expect(health.get(ids[1] as string)).toBeNull();
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    const { body } = await owner.call('GET', `/admin/v1/sessions?tenant_id=${tenant.id}`, { of: '/admin/v1/sessions' });
    expect((body.data as { health: object | null }[]).map((session) => session.health)).toEqual([null, health.get(ids[0] as string)]);
  });

  it('counts waiting messages up to a bound, and tells why a number was lost', async () => {
    const { ids, call, list } = await agency(1);
    const messages = Array.from({ length: 1_005 }, (_, i) => text(`+4477009${String(i).padStart(5, '0')}`, { session_id: ids[0] }));
    expect((await call('POST', '/v1/messages/bulk', { messages })).status).toBe(202);
    await rig.get(Database).query(
      `INSERT INTO session_events (tenant_id, session_id, from_status, to_status, reason, source)
       SELECT tenant_id, id, 'connected', 'logged_out', 'The phone was stolen', 'hook' FROM sessions WHERE id = $1`,
      [ids[0]],
    );
    const [session] = await list('?include=lane');
    expect(session).toMatchObject({ status_reason: 'The phone was stolen', lane: { waiting: 1_000 } });
  });
});
