import { randomUUID } from 'node:crypto';
import { DeadLetters } from '@heliograph/dead-letters';
import { Database } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import type { ApiKeyScope } from '@heliograph/tenants';
import { ApiRig, text } from './api-rig';

let rig: ApiRig;
let db: Database;
beforeAll(async () => {
  rig = await ApiRig.start();
  db = rig.get(Database);
  await rig.work();
});
afterAll(() => rig.stop());

/** A tenant with a paused lane, so that nothing leaves. */
async function setup(scopes?: readonly ApiKeyScope[]) {
  const tenant = await rig.tenant(scopes);
  const session = await rig.session(tenant.id);
  const call = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    rig.call(method, path, { key: tenant.key, ...(body !== undefined && { body }), ...(headers && { headers }) });
  await call('POST', `/v1/sessions/${session.id}/pause`, {});
  const send = async (count: number, over: object = {}) => {
    const messages = Array.from({ length: count }, (_, i) =>
      text(`+4477009002${String(i).padStart(2, '0')}`, { session_id: session.id, ...over }),
    );
    const { body } = await call('POST', '/v1/messages/bulk', { messages });
    return (body.results as { id: string }[]).map(({ id }) => id);
  };
  /** Messages that ended as dead letters. */
  const dead = async (count: number, cause = 'retries_exhausted') => {
    const ids = await send(count);
    await db.query(`UPDATE messages SET state = 'claimed', attempt = 1 WHERE id = ANY ($1::uuid[])`, [ids]);
    await db.query(`UPDATE messages SET state = 'failed', cause = $2, due_at = NULL WHERE id = ANY ($1::uuid[])`, [ids, cause]);
    await rig.get(DeadLetters).open(
      db,
      ids.map((subjectId) => ({ tenantId: tenant.id, kind: 'message', subjectId, sessionId: session.id, cause, detail: null })),
    );
    return ids;
  };
  const ended = async (id: unknown) => {
    const read = async () => (await call('GET', `/v1/jobs/${String(id)}`)).body;
    await until(async () => (await read()).ended_at !== null);
    return read();
  };
  return { tenant, session, call, send, dead, ended };
}

describe('a bulk verb', () => {
  it('says what would happen, then runs as a job that says how it went', async () => {
    const { tenant, call, dead, ended } = await setup();
    const [first] = await dead(12);
    const filter = { kind: 'message', cause: 'retries_exhausted' };
    const forecast = await call('POST', '/v1/dead-letters/bulk-redrive', { filter, dry_run: true });
    expect([forecast.status, forecast.body.matching]).toEqual([200, 12]);
    expect((forecast.body.lines as { count: number }[]).reduce((sum, { count }) => sum + count, 0)).toBe(12);
    const started = await call('POST', '/v1/dead-letters/bulk-redrive', { filter, expect: 12, note: 'The provider works again.' });
    expect([started.status, started.body]).toMatchObject([
      202,
      { kind: 'dead_letters.redrive', total: 12, filter, options: { may_duplicate: false }, note: 'The provider works again.' },
    ]);
    expect(await ended(started.body.id)).toMatchObject({ state: 'done', done: 12, skipped: {}, failed: 0, error: null });
    const about = await call('GET', `/v1/dead-letters?state=redriven&subject_id=${String(first)}`);
    expect(about.body.data).toMatchObject([{ subject_id: first, resolved_by: { kind: 'key' } }]);
    const { body } = await call('GET', '/v1/jobs?state=done');
    expect((body.data as { id: string }[]).map(({ id }) => id)).toEqual([started.body.id]);
    const over = await call('POST', `/v1/jobs/${String(started.body.id)}/cancel`, {});
    expect([over.status, over.body.code]).toEqual([409, 'job_ended']);
    expect((await rig.call('GET', `/v1/jobs/${String(started.body.id)}`, { key: (await rig.tenant()).key })).status).toBe(404);
    expect(tenant.id).toBeDefined();
  });

  it('sends letters on in the order that was asked for', async () => {
    const filter = { kind: 'message', cause: 'retries_exhausted' };
    for (const order of ['newest_first', 'oldest_first', undefined]) {
      const { tenant, session, call, dead, ended } = await setup();
      const ids = await dead(12);
      await db.query(
        `UPDATE dead_letters d SET created_at = d.created_at - (12 - array_position($2::uuid[], d.subject_id::uuid)) * interval '1 s' WHERE tenant_id = $1 AND state = 'open'`,
        [tenant.id, ids],
      );
      const started = await call('POST', '/v1/dead-letters/bulk-redrive', { filter, expect: 12, order });
      expect(started.body.options).toEqual({ may_duplicate: false, ...(order === 'newest_first' && { order }) });
      expect(await ended(started.body.id)).toMatchObject({ state: 'done', done: 12 });
      // As a claim takes them.
      const waiting = await db.query<{ of: string }>(
        `SELECT redrive_of AS of FROM messages WHERE session_id = $1 AND redrive_of = ANY ($2::uuid[]) AND due_at <= heliograph_now() ORDER BY due_at, id`,
        [session.id, ids],
      );
      expect([order, waiting.map(({ of }) => of)]).toEqual([order, order === 'newest_first' ? ids.toReversed() : ids]);
    }
  });

  it('parts a cause, and redrives one part through another session, as a dry run foresaw', async () => {
    const { tenant, session, call, dead, ended } = await setup();
    const other = await rig.session(tenant.id);
    await call('POST', `/v1/sessions/${other.id}/pause`, {});
    const [first] = await dead(5);
    await db.query(`UPDATE dead_letters SET detail = 'Answer 503 after 12 s: +447700900200' WHERE tenant_id = $1 AND subject_id = $2`, [
      tenant.id,
      first,
    ]);
    const path = '/v1/dead-letters/causes/message/retries_exhausted/parts';
    const parts = async (by: string) =>
      (await call('GET', `${path}?by=${by}`)).body as {
        matching: number;
        others: number;
        data: { value: string; count: number; filter: object }[];
      };
    const [none, words] = (await parts('detail')).data;
    expect([none?.value, none?.count, words?.value, words?.count]).toEqual([null, 4, 'Answer 503 after … s: …', 1]);
    for (const by of ['detail', 'session', 'prefix', 'template', 'group']) {
      const { matching, others, data } = await parts(by);
      expect([by, matching, others, data.reduce((sum, { count }) => sum + count, 0)]).toEqual([by, 5, 0, 5]);
      for (const { count, filter } of data) {
        const query = new URLSearchParams(filter as Record<string, string>).toString();
        expect([by, ((await call('GET', `/v1/dead-letters?${query}`)).body.data as object[]).length]).toEqual([by, count]);
        expect((await call('POST', '/v1/dead-letters/bulk-redrive', { filter, dry_run: true })).body.matching).toBe(count);
      }
    }
    expect((await parts('prefix')).data).toMatchObject([{ value: '44', filter: { prefix: '44' } }]);
    expect((await parts('session')).data).toMatchObject([{ value: session.id }]);
    expect((await call('GET', `${path}?by=colour`)).status).toBe(400);
    expect((await rig.call('GET', `${path}?by=detail`, { key: (await rig.tenant()).key })).body).toMatchObject({ matching: 0, data: [] });

    const redrive = (body: object) => call('POST', '/v1/dead-letters/bulk-redrive', body);
    const filter = none?.filter as object;
    const gone = await redrive({ filter, expect: 4, edit: { session_id: randomUUID() } });
    expect([gone.status, gone.body.code]).toEqual([404, 'not_found']);
    expect((await redrive({ filter, expect: 4, edit: {} })).status).toBe(400);
    expect((await redrive({ filter, expect: 4, edit: { country: 'QQ' } })).status).toBe(400);
    const edit = { session_id: other.id };
    const foreseen = await redrive({ filter, edit, dry_run: true });
    expect(foreseen.body.lines).toEqual([{ fate: 'wait', count: 4, reason: null, session_id: other.id }]);
    const started = await redrive({ filter, edit, expect: 4 });
    expect(started.body.options).toEqual({ may_duplicate: false, repair: edit });
    expect(await ended(started.body.id)).toMatchObject({ state: 'done', done: 4, skipped: {} });
    const sent = (await call('GET', `/v1/messages?session_id=${other.id}&state=queued`)).body.data as object[];
    expect(sent).toHaveLength(4);
    expect((await call('GET', '/v1/dead-letters')).body.data).toHaveLength(1);
  });

  it('does nothing when the count is not what the caller saw, and needs to be told that count', async () => {
    const { call, dead } = await setup();
    await dead(20);
    const other = await call('POST', '/v1/dead-letters/bulk-redrive', { filter: {}, expect: 5 });
    expect([other.status, other.body.code, other.body.detail]).toEqual([
      409,
      'count_changed',
      'The filter matches 20 now, not 5. Nothing was done.',
    ]);
    const silent = await call('POST', '/v1/dead-letters/bulk-redrive', { filter: {} });
    expect([silent.status, silent.body.errors]).toMatchObject([400, [{ path: 'expect' }]]);
    const mute = await call('POST', '/v1/dead-letters/bulk-discard', { filter: {}, expect: 20 });
    expect([mute.status, mute.body.errors]).toMatchObject([400, [{ path: 'reason' }]]);
    expect((await call('GET', '/v1/jobs')).body.data).toEqual([]);
  });

  it('is one job for one idempotency key, and for a second press without one', async () => {
    const { call, dead, ended } = await setup();
    await dead(4);
    // At this pace it is still open at the second press.
    const body = { filter: { cause: 'retries_exhausted' }, expect: 4, per_minute: 1 };
    const key = { 'idempotency-key': randomUUID() };
    const presses = [
      await call('POST', '/v1/dead-letters/bulk-redrive', body, key),
      await call('POST', '/v1/dead-letters/bulk-redrive', body, key),
      await call('POST', '/v1/dead-letters/bulk-redrive', body),
    ];
    expect(new Set(presses.map((press) => press.body.id)).size).toBe(1);
    const stopped = await call('POST', `/v1/jobs/${String(presses[0]?.body.id)}/cancel`, {});
    expect([stopped.status, stopped.body.state]).toEqual([200, 'cancelled']);
    expect((await ended(presses[0]?.body.id)).done).toBeLessThan(4);
  });

  it('shows and lets cancel its jobs only as far as the scopes of the caller go', async () => {
    const { tenant, call, dead } = await setup();
    await dead(3);
    const { body: job } = await call('POST', '/v1/dead-letters/bulk-discard', {
      filter: { ids: [randomUUID()] },
      expect: 0,
      reason: 'Test',
    });
    const path = `/v1/jobs/${String(job.id)}`;
    const stranger = await rig.key(tenant.id, ['messages:read', 'callbacks:read']);
    expect((await rig.call('GET', path, { key: stranger })).status).toBe(404);
    expect((await rig.call('GET', '/v1/jobs', { key: stranger })).body.data).toEqual([]);
    const reader = await rig.key(tenant.id, ['messages:read', 'dead_letters:read']);
    expect((await rig.call('GET', path, { key: reader })).body.id).toBe(job.id);
    const refused = await rig.call('POST', `${path}/cancel`, { key: reader, body: {} });
    expect([refused.status, refused.body.code]).toEqual([403, 'missing_scope']);
  });

  it('exports what the list shows under the same filter', async () => {
    const { call, dead } = await setup();
    const [first] = await dead(3);
    const lines = async (query: string) => {
      const { text: exported } = await call('GET', `/v1/dead-letters/export?format=csv&${query}`);
      return exported.trim().split('\r\n').length - 1;
    };
    expect(await lines('state=open')).toBe(3);
    expect(await lines(`subject_id=${String(first)}`)).toBe(1);
    expect(await lines('created_to=2020-01-01T00:00:00Z')).toBe(0);
    expect(await lines('created_from=2999-01-01T00:00:00Z')).toBe(0);
  });

  it('cancels the waiting messages that match', async () => {
    const { call, send, ended } = await setup();
    await send(6, { tags: ['sale'] });
    const [kept] = await send(1, { tags: ['news'] });
    expect((await call('POST', '/v1/messages/bulk-cancel', { filter: {}, expect: 7 })).status).toBe(400);
    const bad = await call('POST', '/v1/messages/bulk-cancel', { filter: { to: 'Priya' }, expect: 7 });
    expect([bad.status, bad.body.errors]).toMatchObject([422, [{ path: 'filter/to' }]]);
    const filter = { tag: 'sale', class: 'broadcast' };
    expect((await call('POST', '/v1/messages/bulk-cancel', { filter, dry_run: true })).body).toEqual({ matching: 6 });
    const { body } = await call('POST', '/v1/messages/bulk-cancel', { filter, expect: 6 });
    expect(await ended(body.id)).toMatchObject({ kind: 'messages.cancel', state: 'done', done: 6 });
    const { data } = (await call('GET', '/v1/messages?state=cancelled')).body as { data: unknown[] };
    expect(data).toHaveLength(6);
    expect((await call('GET', `/v1/messages/${String(kept)}`)).body.state).toBe('queued');
  });

  it('replays callbacks of an endpoint', async () => {
    const { call, ended } = await setup();
    // Nothing but the tests below: the session of the tenant reports its states too.
    const settings = { name: 'Core', url: 'https://core.example.com/x', types: ['message.delivered'], paused: true };
    const endpoint = await call('POST', '/v1/callback-endpoints', settings);
    const path = `/v1/callback-endpoints/${String(endpoint.body.id)}`;
    for (let i = 0; i < 3; i++) await call('POST', `${path}/test`, {});
    const log = async (query = '') => ((await call('GET', `${path}/callbacks${query}`)).body.data as { event_id: string }[]).length;
    await until(async () => (await log()) === 3);
    await db.query(`UPDATE callbacks SET state = 'dead', attempts = 10, settled_at = heliograph_now() WHERE endpoint_id = $1`, [
      endpoint.body.id,
    ]);
    expect((await call('POST', `${path}/bulk-replay`, { filter: { state: 'dead' }, dry_run: true })).body).toEqual({ matching: 3 });
    const { body } = await call('POST', `${path}/bulk-replay`, { filter: { state: 'dead' }, expect: 3 });
    expect(await ended(body.id)).toMatchObject({ kind: 'callbacks.replay', state: 'done', done: 3 });
    expect(await log('?state=pending')).toBe(3);
    const gone = await call('POST', `/v1/callback-endpoints/${randomUUID()}/bulk-replay`, { filter: { state: 'dead' }, expect: 3 });
    expect(gone.status).toBe(404);
  });

  it('replays events by filter, those that were sent again too, and no more than were there', async () => {
    const { call, ended } = await setup();
    const send = (id: string) =>
      call('POST', '/v1/events', { name: 'cart_abandoned', id, subject: { phone: '+447700900101' }, payload: {} });
    const ids = ['one', 'two', 'three'];
    for (const id of [...ids, 'one']) await send(id);
    const rejected = async () => (await call('GET', '/v1/events?state=rejected')).body.data as { id: string; repeats: number }[];
    await until(async () => (await rejected()).length === 3 && (await rejected()).some(({ repeats }) => repeats > 0));
    const count = async (filter: object) => (await call('POST', '/v1/events/bulk-replay', { filter, dry_run: true })).body;
    expect(await count({ state: ['rejected', 'failed'] })).toEqual({ matching: 3 });
    expect(await count({ repeated: true })).toEqual({ matching: 1 });
    expect(await call('POST', '/v1/events/bulk-replay', { filter: { state: 'rejected' }, expect: 40 })).toMatchObject({
      status: 409,
      body: { code: 'count_changed' },
    });
    // More than one request replays at once.
    await db.query(
      `INSERT INTO events OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'key', 'copy-' || i, 'name', 'order_paid', 'seq', -i))).*
       FROM events e, generate_series(1, 5001) i WHERE e.id = $1`,
      [(await rejected())[0]?.id],
    );
    expect(await count({ name: 'order_paid' })).toEqual({ matching: 5_001 });
    expect(await call('POST', '/v1/events/replay', { name: 'order_paid' })).toMatchObject({
      status: 422,
      body: { code: 'too_many_matches' },
    });
    await db.query(`DELETE FROM events WHERE name = 'order_paid'`);

    await call('PUT', '/v1/event-types/cart_abandoned', { schema: {} });
    const started = await call('POST', '/v1/events/bulk-replay', { filter: { state: ['rejected', 'failed'] }, expect: 3 });
    expect(started).toMatchObject({ status: 202, body: { kind: 'events.replay', total: 3 } });
    expect(await ended(started.body.id)).toMatchObject({ state: 'done', done: 3 });
    await until(async () => ((await call('GET', '/v1/events?state=done')).body.data as unknown[]).length === 3);
    expect((await call('GET', '/v1/dead-letters?kind=event')).body.data).toEqual([]);
  });
});

describe('lists over all tenants', () => {
  it('show a person the tenants of their roles, newest first, and add up', async () => {
    const [one, two] = [await setup(), await setup()];
    await one.dead(2);
    await two.dead(3);
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    const engineer = await rig.person([{ role: 'engineer', tenantId: two.tenant.id }]);
    const agent = await rig.person([{ role: 'agent', tenantId: two.tenant.id }]);
    const path = '/admin/v1/dead-letters?kind=message&cause=retries_exhausted&limit=500';
    const tenantsIn = async (person: typeof owner, url: string) => {
      const { body } = await person.call('GET', url);
      return (body.data as { tenant_id: string }[]).map(({ tenant_id }) => tenant_id);
    };
    const all = await tenantsIn(owner, path);
    expect(all.slice(0, 5)).toEqual([...Array.from({ length: 3 }, () => two.tenant.id), ...Array.from({ length: 2 }, () => one.tenant.id)]);
    expect(await tenantsIn(engineer, path)).toEqual(Array.from({ length: 3 }, () => two.tenant.id));
    expect((await agent.call('GET', path)).status).toBe(403);
    expect(new Set(await tenantsIn(agent, '/admin/v1/messages?limit=500'))).toEqual(new Set([two.tenant.id]));
    expect(await tenantsIn(owner, '/admin/v1/messages?limit=500')).toEqual(expect.arrayContaining([one.tenant.id, two.tenant.id]));
    const { body } = await engineer.call('GET', '/admin/v1/dead-letters/causes');
    expect(body.data).toMatchObject([{ cause: 'retries_exhausted', count: 3, tenants: [{ id: two.tenant.id, count: 3 }] }]);
    const [{ trend }] = body.data as [{ trend: number[] }];
    expect([trend.length, trend.at(-1)]).toEqual([14, 3]);
    for (const cause of (await owner.call('GET', '/admin/v1/dead-letters/causes')).body.data as {
      count: number;
      tenants: { count: number }[];
    }[])
      expect(cause.tenants.reduce((sum, { count }) => sum + count, 0)).toBe(cause.count);
  });

  it('take the filters of one tenant, count what an index counts, and are exported under them', async () => {
    const { tenant, session, dead } = await setup();
    await dead(4, 'refused');
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    const list = '/admin/v1/dead-letters';
    const read = async (query: string) =>
      (await owner.call('GET', `${list}?limit=500&${query}`)).body as { data: object[]; total?: number };
    for (const query of [`session_id=${session.id}`, `cause=refused&session_id=${session.id}`, `kind=message&session_id=${session.id}`])
      expect((await read(query)).data).toHaveLength(4);
    const counted = await read('kind=message&cause=refused');
    expect(counted.total).toBe(counted.data.length);
    expect((await read('cause=refused')).total).toBeUndefined();
    expect((await read('state=discarded')).total).toBe(0);
    const file = await owner.call('GET', `${list}/export?session_id=${session.id}`);
    const [heading, ...lines] = file.text.trim().split('\r\n');
    expect(heading).toMatch(/^tenant_id,id,kind,/);
    expect(lines.map((line) => line.split(',')[0])).toEqual(Array.from({ length: 4 }, () => tenant.id));
    const stranger = await rig.person([{ role: 'engineer', tenantId: (await rig.tenant()).id }]);
    expect((await stranger.call('GET', `${list}/export?session_id=${session.id}`)).text.trim()).toBe(heading);
  });

  it('show the jobs that run, each to people who may read what it is about', async () => {
    const { tenant, call, dead } = await setup();
    await dead(3);
    const { body: job } = await call('POST', '/v1/dead-letters/bulk-redrive', { filter: {}, expect: 3, per_minute: 1 });
    const jobsOf = async (person: Awaited<ReturnType<ApiRig['person']>>) =>
      (await person.call('GET', '/admin/v1/jobs')).body.data as { id: string; tenant_id: string }[];
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    expect((await jobsOf(owner)).find(({ id }) => id === job.id)?.tenant_id).toBe(tenant.id);
    const agent = await rig.person([{ role: 'agent', tenantId: tenant.id }]);
    expect(await jobsOf(agent)).toEqual([]);
    const stranger = await rig.person([{ role: 'engineer', tenantId: (await rig.tenant()).id }]);
    expect(await jobsOf(stranger)).toEqual([]);
    await call('POST', `/v1/jobs/${String(job.id)}/cancel`, {});
    expect((await jobsOf(owner)).map(({ id }) => id)).not.toContain(job.id);
  });
});

it('finds messages by their ids, by the key of their request, and by ids of the provider', async () => {
  const { call, send, session, tenant } = await setup();
  await send(2);
  const { body: one } = await call('POST', '/v1/messages', text('+447700900301', { session_id: session.id }), {
    'idempotency-key': 'order-1',
  });
  const many = await call(
    'POST',
    '/v1/messages/bulk',
    {
      messages: [
        text('+447700900302', { session_id: session.id }),
        text('+447700900303', { session_id: session.id, idempotency_key: 'row-2' }),
      ],
    },
    { 'idempotency-key': 'sale-1' },
  );
  const rows = (many.body.results as { id: string }[]).map(({ id }) => id);
  const found = async (query: string) => ((await call('GET', `/v1/messages?${query}`)).body.data as { id: string }[]).map(({ id }) => id);
  expect(await found('idempotency_key=order-1')).toEqual([one.id]);
  expect((await found('idempotency_key=sale-1')).toSorted()).toEqual(rows.toSorted());
  expect(await found('idempotency_key=row-2')).toEqual([rows[1]]);
  expect(await found('idempotency_key=other')).toEqual([]);
  expect((await found(`id=${String(one.id)}&id=${rows[0]}&id=${tenant.id}`)).toSorted()).toEqual([one.id, rows[0]].toSorted());
  await db.query(
    `INSERT INTO message_keys (session_id, key_id, tenant_id, message_id, provider_message_id, evidence) VALUES ($1, '3EB0TEST', $2, $3, '61400099', 'hook_id')`,
    [session.id, tenant.id, one.id],
  );
  expect(await found('provider_id=3EB0TEST')).toEqual([one.id]);
  expect(await found('provider_id=61400099')).toEqual([one.id]);
  expect(await found('provider_id=61400098')).toEqual([]);
});

it('says of every reason whether a redrive may do the work twice', async () => {
  const { call } = await setup();
  const { data } = (await call('GET', '/v1/reasons')).body as { data: { code: string; may_duplicate: boolean }[] };
  expect(data.filter(({ may_duplicate }) => may_duplicate).map(({ code }) => code)).toContain('outcome_unknown');
  expect(data.find(({ code }) => code === 'invalid_recipient')?.may_duplicate).toBe(false);
});
