import { type BrokerLink, BrokerLinks } from '@heliograph/ingestion';
import { Database, newId } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { ApiRig, Browser, text } from './api-rig';

interface Counts {
  accepted: number;
  read: number;
  delivered: number;
  sent: number;
  failed: number;
  waiting: number;
  uncertain: number;
  unsent: number;
}

/** Counts, each with the states of the messages that its list shows. */
const listed = {
  read: ['read', 'played'],
  delivered: ['delivered'],
  sent: ['sent'],
  failed: ['failed'],
  waiting: ['scheduled', 'queued', 'claimed', 'calling'],
  uncertain: ['uncertain'],
  unsent: ['suppressed', 'cancelled', 'expired'],
} as const;
const names = Object.keys(listed) as (keyof typeof listed)[];

let rig: ApiRig;
let a: { id: string; key: string };
let b: { id: string; key: string };
let owner: Awaited<ReturnType<ApiRig['person']>>;
let session: Awaited<ReturnType<ApiRig['session']>>;
const of = '/admin/v1/overview';
const overview = async (person = owner, query = '') => (await person.call('GET', `${of}${query}`, { of })).body;
const totalsOf = async (tenantId: string) => (await overview(owner, `?tenant_id=${tenantId}`)).totals as Counts;
let last = 100;
const send = (tenant: { key: string }, sessionId: string, over: object = {}) =>
  rig.call('POST', '/v1/messages', { key: tenant.key, body: text(`+447700900${last++}`, { session_id: sessionId, ...over }) });

beforeAll(async () => {
  rig = await ApiRig.start();
  await rig.work();
  a = await rig.tenant();
  b = await rig.tenant();
  owner = await rig.person([{ role: 'owner', tenantId: null }]);
  session = await rig.session(a.id);
  const limits = { window_ms: 1_000, window_limit: 1_000, jitter_ms: 0 };
  await rig.call('PATCH', `/v1/sessions/${session.id}/limits`, { key: a.key, body: limits });
});
afterAll(() => rig.stop());

/** Pages through the list of a count. @param tenantId null: the list over all tenants */
async function listLength(tenantId: string | null, from: string, states: readonly string[]): Promise<number> {
  let count = 0;
  for (let cursor = ''; ;) {
    const query = new URLSearchParams([
      ['created_from', from],
      ['limit', '3'],
      ...states.map((state): [string, string] => ['state', state]),
    ]);
    if (cursor) query.set('cursor', cursor);
    const list = tenantId ? '/v1/messages' : '/admin/v1/messages';
    const { body } = await owner.call('GET', `${list}?${query.toString()}`, { ...(tenantId && { tenant: tenantId }), of: list });
    count += (body.data as unknown[]).length;
    if (!body.next_cursor) return count;
    cursor = body.next_cursor as string;
  }
}

describe('the overview', () => {
  it('shows nothing before the first message', async () => {
    expect(await overview()).toMatchObject({ has_traffic: false, counted_from: null, totals: { accepted: 0 } });
  });

  it('counts each message in one state, and each count equals the list that it opens', async () => {
    for (let i = 0; i < 4; i++) await send(a, session.id);
    await until(async () => (await totalsOf(a.id)).read === 4, 30_000);
    await rig.provider.control('POST', '/faults', { kind: 'refuse-422', sessionId: session.there.id, times: 2 });
    for (let i = 0; i < 2; i++) await send(a, session.id);
    const later = { send_at: new Date(Date.now() + 3_600_000).toISOString() };
    for (let i = 0; i < 3; i++) await send(a, session.id, later);
    const cancelled = await send(a, session.id, later);
    await rig.call('POST', `/v1/messages/${String(cancelled.body.id)}/cancel`, { key: a.key });
    const totals = await until(async () => {
      const counts = await totalsOf(a.id);
      return counts.read === 4 && counts.failed === 2 && counts.waiting === 3 && counts.unsent === 1 && counts;
    }, 30_000);
    expect(names.reduce((sum, name) => sum + totals[name], 0)).toBe(totals.accepted);
    expect(totals.accepted).toBe(10);
    const { from } = await overview();
    for (const name of names) expect([name, await listLength(a.id, String(from), listed[name])]).toEqual([name, totals[name]]);
    expect(await listLength(a.id, String(from), [])).toBe(totals.accepted);
  });

  it('adds up the rows of the clients', async () => {
    const other = await rig.session(b.id);
    await send(b, other.id, { send_at: new Date(Date.now() + 3_600_000).toISOString() });
    await until(async () => (await totalsOf(b.id)).waiting === 1);
    const { totals, clients, has_traffic } = (await overview()) as {
      totals: Counts;
      clients: (Counts & { tenant_id: string })[];
      has_traffic: boolean;
    };
    expect(has_traffic).toBe(true);
    for (const name of ['accepted', ...names] as const) expect(clients.reduce((sum, client) => sum + client[name], 0)).toBe(totals[name]);
    const { from } = await overview();
    for (const name of names) expect([name, await listLength(null, String(from), listed[name])]).toEqual([name, totals[name]]);
    expect(await listLength(null, String(from), [])).toBe(totals.accepted);
    expect(await listLength(null, new Date(Date.now() + 3_600_000).toISOString(), [])).toBe(0);
    expect(clients.map(({ tenant_id }) => tenant_id).sort()).toEqual([a.id, b.id].sort());
  });

  it('lists the campaigns that are under way in the order of their starts, of all clients or of one', async () => {
    const path = '/admin/v1/campaigns';
    const scheduled = async (tenant: { key: string }, inHours: number): Promise<string> => {
      const call = async (method: string, at: string, body: object) =>
        (await rig.call(method, at, { key: tenant.key, body })).body.id as string;
      const contact = await call('PUT', '/v1/contacts', { addresses: ['+447700900990'] });
      const list = await call('POST', '/v1/contact-lists', { name: 'News' });
      await call('POST', `/v1/contact-lists/${list}/members`, { ids: [contact] });
      const template = await call('POST', '/v1/templates', { name: 'Hello', content: { type: 'text', text: 'Hello' } });
      const id = await call('POST', '/v1/campaigns', {
        ...{ name: `In ${inHours} hours`, requires_consent: false, message: { template_id: template } },
        audience: { include: [{ kind: 'list', id: list }] },
        schedule: { start: 'at', at: new Date(Date.now() + inHours * 3_600_000).toISOString() },
      });
      expect((await rig.call('POST', `/v1/campaigns/${id}/launch`, { key: tenant.key, body: {} })).body.state).toBe('scheduled');
      return id;
    };
    const third = await scheduled(a, 3);
    const first = await scheduled(b, 1);
    const second = await scheduled(a, 2);
    await rig.call('POST', '/v1/campaigns', { key: a.key, body: { name: 'A draft' } });
    const list = async (query: string, person = owner) => {
      const { body } = await person.call('GET', `${path}?${query}`, { of: path });
      return {
        rows: (body.data as { id: string; tenant_id: string }[]).map(({ id, tenant_id }) => [id, tenant_id]),
        next: body.next_cursor,
      };
    };
    const page = await list('state=scheduled&limit=2');
    expect(page.rows).toEqual([
      [first, b.id],
      [second, a.id],
    ]);
    expect(await list(`state=scheduled&limit=2&cursor=${String(page.next)}`)).toEqual({ rows: [[third, a.id]], next: null });
    expect((await list(`tenant_id=${a.id}`)).rows.map(([id]) => id)).toEqual([second, third]);
    await rig.call('POST', `/v1/campaigns/${second}/pause`, { key: a.key });
    expect((await list('state=scheduled')).rows.map(([id]) => id)).toEqual([first, third]);
    expect((await list('state=paused')).rows.map(([id]) => id)).toEqual([second]);
    const ofB = await rig.person([{ role: 'viewer', tenantId: b.id }]);
    expect((await list('', ofB)).rows).toEqual([[first, b.id]]);
    expect((await ofB.call('GET', `${path}?tenant_id=${a.id}`)).status).toBe(404);
    expect((await owner.call('GET', `${path}?state=completed`)).status).toBe(400);
    for (const [tenant, id] of [
      [b, first],
      [a, second],
      [a, third],
    ] as const)
      await rig.call('POST', `/v1/campaigns/${id}/cancel`, { key: tenant.key });
  });

  it('has the months for bills: the sums of the days, of the tenants that a person sees, also as a file', async () => {
    const month = new Date().toISOString().slice(0, 7);
    const usage = async (person = owner, query = '') => person.call('GET', `/admin/v1/usage${query}`, { of: '/admin/v1/usage' });
    const { data, counted_from } = (await usage()).body as { data: (Counts & { month: string; tenant_id: string })[]; counted_from: null };
    expect(counted_from).toBeNull();
    expect(data.map((row) => [row.month, row.tenant_id]).sort()).toEqual([a.id, b.id].map((id) => [month, id]).sort());
    for (const row of data) expect(row).toMatchObject(await totalsOf(row.tenant_id));
    const viewer = await rig.person([{ role: 'viewer', tenantId: b.id }]);
    expect((await usage(viewer)).body.data).toMatchObject([{ tenant_id: b.id, month }]);
    expect((await usage(viewer, `?tenant_id=${a.id}`)).status).toBe(404);
    expect((await usage(owner, `?tenant_id=${a.id}&from=2024-12&to=2025-01`)).body.data).toEqual([]);
    for (const query of ['?from=2024-01', '?from=2026-02&to=2026-01']) expect((await usage(owner, query)).body.code).toBe('out_of_range');
    expect((await usage(owner, '?from=2026-13')).status).toBe(400);
    const file = await owner.call('GET', `/admin/v1/usage/export?tenant_id=${a.id}`, { of: '/admin/v1/usage/export' });
    expect(file.headers.get('content-disposition')).toContain('usage.csv');
    const [heading, line] = file.text.split('\r\n');
    expect(heading).toBe('month,tenant_id,name,accepted,read,delivered,sent,failed,waiting,uncertain,unsent');
    const counts = await totalsOf(a.id);
    expect(line?.split(',').slice(3)).toEqual(
      heading
        ?.split(',')
        .slice(3)
        .map((name) => String(counts[name as keyof Counts])),
    );
  });

  it('shows how long answers to hooks took, and loops that fail, to people of the whole agency alone', async () => {
    const db = rig.get(Database);
    await until(async () => {
      const { installation } = (await overview()).engine as { installation: { hooks: { answered: number; p99_ms: number | null } } };
      return installation.hooks.answered > 0 && installation.hooks.p99_ms !== null;
    }, 30_000);
    await db.query(
      `INSERT INTO process_reports (id, service, host, failing, reported_at) VALUES
         ($1, 'worker', 'worker-2', '[{"loop": "message_counts", "seconds": 90}]', heliograph_now()),
         ($2, 'worker', 'worker-3', '[{"loop": "gone", "seconds": 90}]', heliograph_now() - interval '2 minutes')`,
      [newId(), newId()],
    );
    const { installation } = (await overview()).engine as { installation: { failing_loops: object[] } };
    expect(installation.failing_loops).toEqual([
      { service: 'worker', host: 'worker-2', loop: 'message_counts', since: expect.any(String) as string },
    ]);
    for (const grants of [[{ role: 'engineer', tenantId: a.id }], [{ role: 'viewer', tenantId: null }]] as const)
      expect((await overview(await rig.person([...grants]))).engine).toMatchObject({ installation: null });
    const { failing_loops } = installation;
    expect((await overview(await rig.person([{ role: 'engineer', tenantId: null }]))).engine).toMatchObject({
      installation: { failing_loops },
    });
    expect((await overview(await rig.person([{ role: 'viewer', tenantId: a.id }]))).engine).toMatchObject({ callbacks: null });
  });

  it('shows a person only their tenants', async () => {
    const person = await rig.person([{ role: 'analyst', tenantId: b.id }]);
    const seen = (await overview(person)) as { totals: Counts; clients: { tenant_id: string }[]; engine: { sessions: number } };
    expect(seen.clients.map(({ tenant_id }) => tenant_id)).toEqual([b.id]);
    expect(seen).toMatchObject({ totals: { accepted: 1 }, engine: { sessions: 1, open_dead_letters: 0 } });
    for (const path of [of, `${of}/traffic`, '/admin/v1/alerts']) {
      expect((await person.call('GET', `${path}?tenant_id=${a.id}`, { of: path })).status).toBe(404);
      expect((await person.call('GET', `${path}?tenant_id=${newId()}`, { of: path })).status).toBe(404);
    }
    const alerts = await person.call('GET', '/admin/v1/alerts', { of: '/admin/v1/alerts' });
    expect(alerts.text).not.toContain(a.id);
  });

  it('refuses times that are too long ago or in the future, and roles without the overview', async () => {
    for (const from of ['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z', 'yesterday', ''])
      expect([from, (await owner.call('GET', `${of}?from=${from}`, { of })).status]).toEqual([from, 400]);
    const agent = await rig.person([{ role: 'agent', tenantId: a.id }]);
    for (const path of [of, `${of}/traffic`, '/admin/v1/alerts', '/admin/v1/usage', '/admin/v1/usage/export'])
      expect((await agent.call('GET', path, { of: path })).status).toBe(403);
  });

  it('begins with the quarter of an hour of any time zone', async () => {
    const midnightInNepal = new Date(new Date().setUTCHours(18, 15, 0, 0) - 86_400_000).toISOString();
    expect((await overview(owner, `?from=${midnightInNepal}`)).from).toBe(midnightInNepal);
    const odd = midnightInNepal.replace('18:15:00', '18:22:07');
    expect((await overview(owner, `?from=${odd}`)).from).toBe(midnightInNepal);
  });

  it('shows what was sent and failed over time', async () => {
    const path = `${of}/traffic`;
    const { body } = await owner.call('GET', `${path}?tenant_id=${a.id}`, { of: path });
    const points = body.points as { at: string; sent: number; failed: number }[];
    expect(points.reduce((sum, { sent }) => sum + sent, 0)).toBe(4);
    expect(points.reduce((sum, { failed }) => sum + failed, 0)).toBe(2);
    const week = new Date(Date.now() - 7 * 86_400_000).toISOString();
    expect((await owner.call('GET', `${path}?from=${week}`, { of: path })).body).toMatchObject({ step_minutes: 60, week_before: [] });
  });

  it('shows how the engine does', async () => {
    expect((await overview()).engine).toMatchObject({ workers_alive: 1, sessions: 2, sessions_sending: 2, open_dead_letters: 2 });
  });

  it('counts the numbers that its lists show: those that may send, and those with a message due', async () => {
    const held = await rig.session(b.id);
    await rig.call('POST', `/v1/sessions/${held.id}/pause`, { key: b.key, body: {} });
    await send(b, held.id);
    const engine = async (query = '') => (await overview(owner, query)).engine as Record<string, number>;
    await until(async () => (await engine()).lanes_due === 1);
    const list = async (path: string, query: string, tenant?: string) => {
      const { body } = await owner.call('GET', `${path}?limit=500&${query}`, { of: path, ...(tenant && { tenant }) });
      const rows = (body.data as { id: string }[]).map(({ id }) => id);
      expect(body.total).toBe(rows.length);
      return rows;
    };
    const { sessions, sessions_sending } = await engine();
    expect((await list('/admin/v1/sessions', '')).length).toBe(sessions);
    const sending = await list('/admin/v1/sessions', 'sending=true');
    expect([sending.length, sending.includes(held.id), sending.includes(session.id)]).toEqual([sessions_sending, false, true]);
    expect(await list('/admin/v1/sessions', 'due=true')).toEqual([held.id]);
    const ofB = await engine(`?tenant_id=${b.id}`);
    expect((await list('/v1/sessions', 'sending=true', b.id)).length).toBe(ofB.sessions_sending);
    expect(await list('/v1/sessions', 'due=true', b.id)).toEqual([held.id]);
    expect(await list('/v1/sessions', 'due=true', a.id)).toEqual([]);
    const many = { filter: { due: true }, dry_run: true };
    expect((await rig.call('POST', '/v1/sessions/resume', { key: b.key, body: many })).body).toMatchObject({ matched: 1 });
  });

  it('shows by number the calls that the provider refused in the last hour, as many as it counts', async () => {
    const list = '/admin/v1/overview/throttled';
    const read = async (query = '') =>
      (await owner.call('GET', `${list}${query}`, { of: list })).body.data as { session_id: string; count: number }[];
    expect(await read()).toEqual([]);
    await rig.provider.control('POST', '/faults', { kind: 'refuse-429', sessionId: session.there.id, retryAfterS: 1, times: 2 });
    await send(a, session.id);
    const counted = async () => ((await overview()).engine as { throttled_last_hour: number }).throttled_last_hour;
    await until(async () => (await counted()) === 2, 30_000);
    expect(await read()).toMatchObject([{ tenant_id: a.id, session_id: session.id, count: 2 }]);
    expect(await read(`?tenant_id=${b.id}`)).toEqual([]);
    const ofB = await rig.person([{ role: 'viewer', tenantId: b.id }]);
    expect((await ofB.call('GET', list)).body.data).toEqual([]);
    expect((await ofB.call('GET', `${list}?tenant_id=${a.id}`)).status).toBe(404);
  });
});

describe('alerts', () => {
  const path = '/admin/v1/alerts';
  const alerts = async (person = owner, tenantId = a.id) => {
    const { body } = await person.call('GET', `${path}?tenant_id=${tenantId}`, { of: path });
    return body as {
      data: {
        kind: string;
        severity: string;
        tenant_id: string | null;
        subject: { id: string } | null;
        cause: string | null;
        count: number | null;
        waiting: number | null;
        phones: object | null;
        since: string | null;
        until: string | null;
      }[];
      counts: object;
    };
  };
  const db = () => rig.get(Database);

  it('name what waits for a person, and count it for the side bar', async () => {
    const endpoint = await owner.call('POST', '/v1/callback-endpoints', {
      tenant: a.id,
      body: { name: 'Core', url: 'https://example.com/hook' },
    });
    await db().query(`UPDATE callback_endpoints SET state = 'disabled', disabled_reason = 'failing' WHERE id = $1`, [endpoint.body.id]);
    const bad = await rig.session(a.id);
    const held = await rig.session(a.id);
    const near = await rig.session(a.id);
    const paused = await rig.session(a.id);
    await owner.call('POST', `/v1/sessions/${paused.id}/pause`, { tenant: a.id });
    await rig.provider.control('PATCH', `/sessions/${bad.there.id}`, { status: 'logged_out' });
    const later = { send_at: new Date(Date.now() + 3_600_000).toISOString() };
    for (let i = 0; i < 3; i++) await send(a, bad.id, later);
    await db().query(`UPDATE sessions SET status = 'logged_out', status_since = heliograph_now() WHERE id = $1`, [bad.id]);
    await db().query(`UPDATE sessions SET phone = '+447700900001', confirmed_phone = '+447700900002' WHERE id = $1`, [held.id]);
    await rig.call('PATCH', `/v1/sessions/${near.id}/limits`, { key: a.key, body: { daily_cap: 100 } });
    await db().query(`UPDATE lanes SET day_at = date_trunc('day', heliograph_now(), time_zone), day_used = 95 WHERE session_id = $1`, [
      near.id,
    ]);

    const { data, counts } = await alerts();
    expect(data.map(({ kind, subject, cause, count }) => [kind, subject?.id, cause, count])).toEqual([
      ['number_logged_out', bad.id, null, null],
      ['number_changed', held.id, null, null],
      ['endpoint_disabled', endpoint.body.id, 'failing', null],
      ['dead_letters', undefined, 'invalid_recipient', 2],
      ['cap_near', near.id, null, 5],
    ]);
    expect(counts).toEqual({ numbers: 2, endpoints: 1, campaigns: 0, dead_letters: 2, opt_out_reviews: 0 });
    const [loggedOut, changed, disabled, letters, nearCap] = data;
    expect([loggedOut?.waiting, changed?.waiting, letters?.waiting, nearCap?.waiting]).toEqual([3, 0, null, null]);
    expect(changed?.phones).toEqual({ confirmed: '+447700900002', linked: '+447700900001' });
    expect([loggedOut?.phones, loggedOut?.until]).toEqual([null, null]);
    expect(new Date(nearCap?.until ?? 0).toISOString().slice(11)).toBe('00:00:00.000Z');
    const pending = async () =>
      (await owner.call('GET', `/v1/callback-endpoints/${String(endpoint.body.id)}`, { tenant: a.id })).body.pending;
    // Callbacks of what was done above are still written.
    expect(disabled?.waiting).toEqual(expect.any(Number));
    await until(async () => (await alerts()).data[2]?.waiting === (await pending()));
  });

  it('name reviews of opt-outs, with their count, until they are decided', async () => {
    const contact = await rig.call('PUT', '/v1/contacts', { key: a.key, body: { addresses: ['+447700900801'] } });
    const ids = [newId(), newId()];
    await db().query(
      `INSERT INTO opt_out_reviews (tenant_id, id, contact_id, entry_id, session_id, address, text, keyword, language)
       SELECT $1, id, $2, id, $3, '+447700900801', 'Please stop this', 'stop', 'en' FROM unnest($4::uuid[]) AS i(id)`,
      [a.id, contact.body.id, session.id, ids],
    );
    const told = async () => {
      const { data, counts } = await alerts();
      return [
        data.filter(({ kind }) => kind === 'opt_out_reviews').map(({ count }) => count),
        (counts as { opt_out_reviews: number }).opt_out_reviews,
      ];
    };
    expect(await told()).toEqual([[2], 2]);
    expect((await alerts(owner, b.id)).data.filter(({ kind }) => kind === 'opt_out_reviews')).toEqual([]);
    for (const id of ids) await owner.call('POST', `/v1/opt-out-reviews/${id}/dismiss`, { tenant: a.id });
    expect(await told()).toEqual([[], 0]);
  });

  it('name brokers that no worker is connected to, to those who may see them', async () => {
    const down = (source: string, tenantId: string | null, minutes: number, error: string | null): BrokerLink => ({
      ...{ source, tenantId, error, isUp: error === null, workerId: newId(), worker: 'worker-1:41', kind: 'rabbitmq', target: source },
      ...{ lag: null, stored: 0, repeated: 0, poison: 0, setAside: 0, lastMessageAt: null },
      since: new Date(Date.now() - minutes * 60_000),
      startedAt: new Date(Date.now() - 3_600_000),
    });
    const refused = 'ACCESS_REFUSED: Login was refused';
    await rig
      .get(BrokerLinks)
      .report([
        down('orders', a.id, 10, refused),
        down('orders', a.id, 5, refused),
        down('just-now', a.id, 0, refused),
        down('shared', null, 10, 'ECONNREFUSED'),
        down('partly', null, 10, 'ECONNREFUSED'),
        down('partly', null, 10, null),
        down('gone', null, 10, null),
      ]);
    await db().query(`UPDATE broker_links SET seen_at = heliograph_now() - interval '2 minutes' WHERE source = 'gone'`);
    const named = async (person = owner, tenantId = a.id) =>
      (await alerts(person, tenantId)).data
        .filter(({ kind }) => kind === 'broker_down')
        .map(({ subject, cause }) => [subject?.id, cause])
        .sort();
    const shared = [
      ['gone', null],
      ['shared', 'ECONNREFUSED'],
    ];
    expect(await named()).toEqual([shared[0], ['orders', refused], shared[1]]);
    expect(await named(owner, b.id)).toEqual(shared);
    expect(await named(await rig.person([{ role: 'engineer', tenantId: a.id }]))).toEqual([['orders', refused]]);
    expect(await named(await rig.person([{ role: 'viewer', tenantId: a.id }]))).toEqual([]);
    await db().query('DELETE FROM broker_links');
  });

  it('name campaigns that were stopped, failed, or wait for an approval', async () => {
    const call = async (method: string, at: string, body?: object) =>
      (await owner.call(method, at, { tenant: a.id, body })).body as { id: string };
    const contact = await rig.call('PUT', '/v1/contacts', { key: a.key, body: { addresses: ['+447700900802'] } });
    const { id: list } = await call('POST', '/v1/contact-lists', { name: 'Guests' });
    await call('POST', `/v1/contact-lists/${list}/members`, { ids: [contact.body.id] });
    const { id: template } = await call('POST', '/v1/templates', { name: 'Greeting', content: { type: 'text', text: 'Hello' } });
    const draft = async (name: string) =>
      (
        await call('POST', '/v1/campaigns', {
          ...{ name, requires_consent: false, message: { template_id: template } },
          audience: { include: [{ kind: 'list', id: list }] },
          schedule: { start: 'at', at: new Date(Date.now() + 3_600_000).toISOString() },
        })
      ).id;
    const [stopped, failed, asking, mine] = [
      await draft('Stopped'),
      await draft('Failed'),
      await draft('Asking'),
      await draft('Paused by hand'),
    ];
    for (const id of [stopped, failed, mine]) await call('POST', `/v1/campaigns/${id}/launch`, {});
    await call('POST', `/v1/campaigns/${mine}/pause`);
    await call('POST', `/v1/campaigns/${asking}/check`);
    await db().query(`UPDATE campaigns SET state = 'paused', reason = 'no_sessions' WHERE id = $1`, [stopped]);
    await db().query(`UPDATE campaigns SET state = 'failed', reason = 'template_failed' WHERE id = $1`, [failed]);
    const named = async () =>
      (await alerts()).data
        .filter(({ kind }) => kind.startsWith('campaign_'))
        .map(({ kind, subject, cause }) => [kind, subject?.id, cause]);
    const wrong = [
      ['campaign_failed', failed, 'template_failed'],
      ['campaign_held', stopped, 'no_sessions'],
    ];
    expect(await named()).toEqual(wrong);
    await call('PATCH', '/v1/tenant', { settings: { campaign_approval: true } });
    await until(async () => (await named()).length === 3);
    expect(await named()).toEqual([...wrong, ['campaign_approval', asking, null]]);
    expect((await alerts()).counts).toMatchObject({ campaigns: 3 });
    const second = await rig.person([{ role: 'owner', tenantId: null }]);
    const { status } = await second.call('POST', `/v1/campaigns/${asking}/approve`, { tenant: a.id, body: {} });
    expect([status, await named()]).toEqual([200, wrong]);
    await db().query(`UPDATE campaigns SET state_changed_at = state_changed_at - interval '25 hours' WHERE id = $1`, [failed]);
    expect(await named()).toEqual(wrong.slice(1));
    for (const id of [stopped, mine, asking]) await call('POST', `/v1/campaigns/${id}/cancel`);
    await call('PATCH', '/v1/tenant', { settings: { campaign_approval: false } });
  });

  it('tell events that were rejected from other dead letters', async () => {
    const other = await rig.tenant();
    await rig.call('POST', '/v1/events', {
      key: other.key,
      body: { id: 'e-1', name: 'never_heard_of', subject: { phone: '+447700900803' }, payload: {} },
    });
    const told = async () => (await alerts(owner, other.id)).data.filter(({ kind }) => kind === 'events_rejected');
    await until(async () => (await told()).length > 0, 30_000);
    expect(await told()).toMatchObject([{ cause: 'unknown_event', count: 1, severity: 'failed' }]);
  });

  it('of dead letters come from the number of new ones on that people set', async () => {
    const alerted = async () => (await alerts()).data.filter(({ kind }) => kind === 'dead_letters').map(({ count }) => count);
    const place = '/v1/dead-letters/causes/message/invalid_recipient/alert';
    const set = (from: number, person = owner) => person.call('PUT', place, { tenant: a.id, body: { from } });
    const ofCause = async () => {
      const { body } = await rig.call('GET', '/v1/dead-letters/causes', { key: a.key });
      return (body.data as { alert: object }[])[0]?.alert;
    };
    expect([await alerted(), await ofCause()]).toEqual([[2], { from: 1, at: null, actor: null }]);
    expect((await set(3)).body).toMatchObject({ from: 3, actor: { kind: 'person' } });
    expect([await alerted(), await ofCause()]).toMatchObject([[], { from: 3, actor: { kind: 'person' } }]);
    // That of another client is its own.
    await owner.call('PUT', place, { tenant: b.id, body: { from: 2 } });
    expect((await set(2)).body).toMatchObject({ from: 2 });
    expect(await alerted()).toEqual([2]);
    await db().query(`UPDATE dead_letters SET created_at = created_at - interval '25 hours' WHERE tenant_id = $1`, [a.id]);
    expect(await alerted()).toEqual([]);
    await db().query(`UPDATE dead_letters SET created_at = created_at + interval '25 hours' WHERE tenant_id = $1`, [a.id]);
    expect((await set(1)).body).toEqual({ from: 1, at: null, actor: null });
    expect([await alerted(), await ofCause()]).toEqual([[2], { from: 1, at: null, actor: null }]);
    expect((await set(0)).status).toBe(400);
    expect((await set(2, await rig.person([{ role: 'analyst', tenantId: a.id }]))).status).toBe(403);
  });

  it('name a number whose limits cannot be used, and no such number keeps others from being named', async () => {
    const numbers = await Promise.all([rig.session(b.id), rig.session(b.id), rig.session(b.id)]);
    const [unclaimed, closed, near] = numbers.map(({ id }) => id) as [string, string, string];
    for (const id of [unclaimed, closed, near])
      await rig.call('PATCH', `/v1/sessions/${id}/limits`, { key: b.key, body: { daily_cap: 100 } });
    await db().query(`UPDATE lanes SET warm_up = '[2147483648]', warm_up_from = current_date WHERE session_id = $1`, [unclaimed]);
    await db().query(`UPDATE lanes SET send_window = '{"days": ["x"], "from": "late", "to": "later"}' WHERE session_id = $1`, [closed]);
    await db().query(`UPDATE lanes SET day_at = date_trunc('day', heliograph_now(), time_zone), day_used = 99 WHERE session_id = $1`, [
      near,
    ]);
    await send(b, closed);
    const named = async () => (await alerts(owner, b.id)).data.map(({ kind, subject }) => [kind, subject?.id]);
    await until(async () => (await named()).length === 3, 30_000);
    expect(await named()).toEqual(
      expect.arrayContaining([
        ['lane_invalid', unclaimed],
        ['lane_invalid', closed],
        ['cap_near', near],
      ]),
    );
    const all = (await owner.call('GET', path, { of: path })).body as { data: { kind: string }[]; counts: { numbers: number } };
    expect(all.counts.numbers).toBe(4);
    expect((await alerts()).data.map(({ kind }) => kind)).toContain('cap_near');
    await rig.call('PATCH', `/v1/sessions/${unclaimed}/limits`, { key: b.key, body: { warm_up: null } });
    await rig.call('PATCH', `/v1/sessions/${closed}/limits`, { key: b.key, body: { send_window: null } });
    expect(await named()).toEqual([['cap_near', near]]);
  });

  it('name groups that are paused while messages of theirs wait', async () => {
    const bulk = await rig.call('POST', '/v1/messages/bulk', {
      key: a.key,
      body: { messages: [text('+447700900301', { session_id: session.id, send_at: new Date(Date.now() + 3_600_000).toISOString() })] },
    });
    await rig.call('POST', `/v1/groups/${String(bulk.body.group_id)}/pause`, { key: a.key });
    const of = async (...kinds: string[]) => (await alerts()).data.filter(({ kind }) => kinds.includes(kind));
    const told = [{ kind: 'group_paused', subject: { id: bulk.body.group_id }, waiting: 1 }];
    expect(await of('group_paused', 'campaign_paused')).toMatchObject(told);
    // The messages of a campaign are a group with its id.
    const make = (kind: string) => db().query(`UPDATE message_groups SET kind = $2 WHERE id = $1`, [bulk.body.group_id, kind]);
    const [was] = await db().query<{ kind: string }>(`SELECT kind FROM message_groups WHERE id = $1`, [bulk.body.group_id]);
    await make('campaign');
    expect(await of('group_paused', 'campaign_paused')).toMatchObject(told.map((one) => ({ ...one, kind: 'campaign_paused' })));
    await make(was?.kind ?? '');
  });

  it('are shown as far as the role may read their records', async () => {
    const viewer = await rig.person([{ role: 'viewer', tenantId: a.id }]);
    const seen = await alerts(viewer);
    expect(new Set(seen.data.map(({ kind }) => kind))).toEqual(
      new Set(['number_logged_out', 'number_changed', 'cap_near', 'group_paused']),
    );
    expect(seen.counts).toEqual({ numbers: 2, endpoints: 0, campaigns: 0, dead_letters: 0, opt_out_reviews: 0 });
  });

  it('tell whose password somebody guesses, to those who manage people', async () => {
    const guessed = await rig.person([{ role: 'analyst', tenantId: null }]);
    const guess = (browser: Browser) => browser.call('POST', '/admin/v1/sign-in', { body: { email: guessed.email, password: 'a guess' } });
    const stranger = new Browser(rig);
    for (let i = 0; i < 10; i++) expect((await guess(stranger)).status).toBe(401);
    expect((await guess(stranger)).status).toBe(429);
    const ofOwner = (await alerts()).data.filter(({ kind }) => kind === 'account_guessed');
    expect(ofOwner).toMatchObject([{ subject: { id: guessed.id }, severity: 'failed', tenant_id: null }]);
    expect((await alerts(guessed)).data.filter(({ kind }) => kind === 'account_guessed')).toEqual([]);

    // Acknowledged up to what was read, it is over; what comes later is told again.
    const path = `/admin/v1/staff/${guessed.id}`;
    const acknowledge = (guessed_at: unknown, browser: Pick<Browser, 'call'> = owner) =>
      browser.call('POST', `${path}/acknowledge-guesses`, { body: { guessed_at } });
    const isTold = async () => (await alerts()).data.some(({ kind }) => kind === 'account_guessed');
    const { guessed_at } = (await owner.call('GET', path)).body;
    expect(guessed_at).toBe(ofOwner[0]?.since);
    expect((await acknowledge(guessed_at, guessed)).status).toBe(403);
    const early = await acknowledge(new Date(Date.parse(guessed_at as string) - 1).toISOString());
    expect([early.status, early.body.code, await isTold()]).toEqual([409, 'guessed_again', true]);
    const done = await acknowledge(guessed_at);
    expect([done.status, done.body.guessed_at, await isTold()]).toEqual([200, null, false]);
    expect((await acknowledge(guessed_at)).status).toBe(200);
    const entries = (await owner.call('GET', `/admin/v1/audit?subject_id=${guessed.id}`)).body.data as { action: string }[];
    expect(entries.map(({ action }) => action)).toContain('person.guesses_acknowledged');
    await db().query(`UPDATE staff_users SET guessed_at = heliograph_now() WHERE id = $1`, [guessed.id]);
    expect(await isTold()).toBe(true);
  });

  it('tell that no worker is alive, to people of the agency alone', async () => {
    const silent = await ApiRig.start();
    const person = await silent.person([{ role: 'owner', tenantId: null }]);
    expect((await person.call('GET', path, { of: path })).body).toMatchObject({
      data: [{ kind: 'no_worker', severity: 'failed', tenant_id: null }],
    });
    const client = await silent.tenant();
    const shown = async (role: 'operator' | 'viewer', tenantId: string | null) => {
      const one = await silent.person([{ role, tenantId }]);
      const { engine } = (await one.call('GET', '/admin/v1/overview')).body as { engine: { installation: unknown } };
      return [((await one.call('GET', path, { of: path })).body.data as unknown[]).length, engine.installation !== null];
    };
    expect(await shown('operator', null)).toEqual([1, true]);
    for (const [role, tenantId] of [
      ['operator', client.id],
      ['viewer', client.id],
      ['viewer', null],
    ] as const)
      expect(await shown(role, tenantId)).toEqual([0, false]);
    await silent.stop();
  });
});
