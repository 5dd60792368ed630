import { until } from '@heliograph/kernel/testing';
import { Receiver } from '@heliograph/webhooks/testing';
import { Webhook } from 'standardwebhooks';
import { ApiRig, text } from './api/api-rig';
import { wrongWithCallback } from './api/document';

let receiver: Receiver;
let rig: ApiRig;
beforeAll(async () => {
  receiver = await Receiver.start();
  rig = await ApiRig.start({ EGRESS_ALLOWED: receiver.address, CALLBACK_SCHEDULE_S: '0.2,0.2,0.2,0.2' });
  await rig.work();
});
afterAll(async () => {
  await rig.stop();
  await receiver.close();
});
afterEach(() => {
  receiver.behave = (_post, response) => void response.end('ok');
});

const endpoints = '/v1/callback-endpoints';

async function anEndpoint(over: object = {}) {
  const tenant = await rig.tenant();
  const path = `/${tenant.id}`;
  const made = await rig.call('POST', endpoints, {
    key: tenant.key,
    of: endpoints,
    body: { name: 'Core', url: receiver.url + path, ...over },
  });
  expect(made.status).toBe(201);
  const { id, secret } = made.body as { id: string; secret: string };
  const call = (method: string, sub: string, body?: object) =>
    rig.call(method, `${endpoints}/${id}${sub}`, {
      key: tenant.key,
      of: `${endpoints}/{id}${sub.replace(/\?.*/, '').replace(/callbacks\/.+/, 'callbacks/{eventId}')}`,
      ...(body && { body }),
    });
  return { tenant, path, id, secret, call, posts: () => receiver.at(path) };
}

/** A message that is sent and delivered. */
async function sent(tenant: { id: string; key: string }, over: object = {}) {
  const session = await rig.session(tenant.id);
  const reply = await rig.call('POST', '/v1/messages', {
    key: tenant.key,
    of: '/v1/messages',
    body: text('+447700900101', { session_id: session.id, client_ref: 'booking-1', ...over }),
  });
  expect(reply.status).toBe(202);
  return { session, id: reply.body.id as string };
}

describe('callbacks', () => {
  it('tell each change of a message once, signed so that a standard verifier takes them, in the published form', async () => {
    const { tenant, secret, posts } = await anEndpoint({ headers: { 'x-team': 'growth' } });
    const message = await sent(tenant);
    await until(() => ['message.sent', 'message.delivered'].every((type) => posts().some((p) => p.json.type === type)), 30_000);
    const told = posts().filter((p) => p.json.type.startsWith('message.'));
    expect(new Set(told.map((p) => p.json.type)).size).toBe(told.length);
    for (const post of told) {
      new Webhook(secret).verify(post.body, post.headers as Record<string, string>);
      expect(() => new Webhook(secret).verify(`${post.body} `, post.headers as Record<string, string>)).toThrow();
      expect(post.headers).toMatchObject({ 'webhook-id': post.json.id, 'x-team': 'growth', 'content-type': 'application/json' });
      expect(wrongWithCallback(post.json)).toBeNull();
      expect(post.json.data).toMatchObject({ message_id: message.id, client_ref: 'booking-1', session_id: message.session.id });
    }
  });

  it('come again with the same id and body until they are taken, and the log shows each attempt', async () => {
    const { tenant, call, posts } = await anEndpoint({ types: ['message.sent'] });
    receiver.behave = (_post, response) => {
      // Not those of other endpoints, whose receipts still come.
      const calls = posts().length;
      if (calls === 1) return void response.writeHead(500).end('broken');
      if (calls === 2) return void response.writeHead(302, { location: `${receiver.url}/elsewhere` }).end();
      if (calls === 3) return void response.destroy();
      response.end('taken');
    };
    await sent(tenant);
    await until(() => posts().length === 4);
    expect(new Set(posts().map((p) => p.headers['webhook-id'])).size).toBe(1);
    expect(new Set(posts().map((p) => p.body)).size).toBe(1);
    expect(receiver.at('/elsewhere')).toEqual([]);
    const eventId = posts()[0]?.json.id as string;
    await until(async () => (await call('GET', `/callbacks/${eventId}`)).body.state === 'delivered');
    expect((await call('GET', `/callbacks/${eventId}`)).body).toMatchObject({
      attempts: 4,
      body: posts()[0]?.body,
      trail: [
        { attempt: 1, status: 500, reason: 'status', response: 'broken' },
        { attempt: 2, status: 302, reason: 'redirect' },
        { attempt: 3, status: null, reason: 'connection_failed' },
        { attempt: 4, status: 200, reason: null, response: 'taken' },
      ],
    });
  });

  it('that nobody takes become dead letters, and are told again when they are redriven', async () => {
    const { tenant, posts } = await anEndpoint({ types: ['message.sent'] });
    receiver.behave = (_post, response) => void response.writeHead(503).end();
    await sent(tenant);
    const letters = () => rig.call('GET', '/v1/dead-letters?kind=callback', { key: tenant.key, of: '/v1/dead-letters' });
    await until(async () => ((await letters()).body.data as unknown[]).length === 1);
    expect(posts()).toHaveLength(5);
    const [letter] = (await letters()).body.data as { id: string; cause: string }[];
    expect(letter?.cause).toBe('callback_undelivered');
    receiver.behave = (_post, response) => void response.end();
    const redriven = await rig.call('POST', `/v1/dead-letters/${letter?.id}/redrive`, {
      key: tenant.key,
      of: '/v1/dead-letters/{id}/redrive',
      body: {},
    });
    expect(redriven.status).toBe(200);
    await until(() => posts().length === 6);
    expect(new Set(posts().map((p) => p.json.id)).size).toBe(1);
  });

  it('that nobody takes are told of, and what told of them is not told of again', async () => {
    const { tenant, call, posts } = await anEndpoint({ types: ['message.sent', 'dead_letter.created'] });
    receiver.behave = (post, response) => void response.writeHead(post.path === `/${tenant.id}` ? 500 : 200).end();
    await sent(tenant);
    await until(async () => ((await call('GET', '/callbacks?state=dead')).body.data as unknown[]).length === 2, 30_000);
    // Whatever followed from the second one would have been told before this.
    const other = await anEndpoint({ types: ['message.sent'] });
    await sent(other.tenant);
    await until(() => other.posts().length === 1);
    const types = ((await call('GET', '/callbacks')).body.data as { type: string }[]).map(({ type }) => type);
    expect(types.sort()).toEqual(['dead_letter.created', 'message.sent']);
    expect(posts().filter((p) => p.json.type === 'dead_letter.created')).toHaveLength(5);
  });

  it('stop for good when the endpoint is gone, and go on when it is resumed', async () => {
    const { tenant, call, posts } = await anEndpoint({ types: ['message.sent'] });
    receiver.behave = (_post, response) => void response.writeHead(410).end();
    await sent(tenant);
    await until(async () => (await call('GET', '')).body.state === 'disabled');
    expect((await call('GET', '')).body).toMatchObject({ disabled_reason: 'gone', pending: 1 });
    receiver.behave = (_post, response) => void response.end();
    await sent(tenant);
    await until(async () => (await call('GET', '')).body.pending === 2);
    expect((await call('POST', '/resume')).body.state).toBe('active');
    await until(async () => (await call('GET', '')).body.pending === 0);
    expect(new Set(posts().map((p) => p.json.data.message_id)).size).toBe(2);
  });

  it('wait while the endpoint is paused or asked for time', async () => {
    const { tenant, call, posts } = await anEndpoint({ types: ['endpoint.test'] });
    expect((await call('POST', '/pause')).body.state).toBe('paused');
    expect((await call('POST', '/test')).status).toBe(202);
    await sent(tenant);
    await until(async () => (await call('GET', '')).body.pending === 1);
    expect(posts()).toEqual([]);
    receiver.behave = (_post, response) => void response.writeHead(429, { 'retry-after': '120' }).end();
    await call('POST', '/resume');
    await until(async () => (await call('GET', '')).body.closed_until !== null);
    const { closed_until } = (await call('GET', '')).body as { closed_until: string };
    expect(Date.parse(closed_until) - Date.now()).toBeGreaterThan(110_000);
    const [waiting] = (await call('GET', '/callbacks')).body.data as { next_attempt_at: string }[];
    expect(Date.parse(waiting?.next_attempt_at as string)).toBeGreaterThan(Date.parse(closed_until) - 1_000);
  });

  it('go out in batches that stay as they were formed', async () => {
    const { tenant, posts, secret } = await anEndpoint({ types: ['message.sent'], batch_size: 10, concurrency: 1 });
    let refused = 0;
    receiver.behave = (_post, response) => void (refused++ < 2 ? response.writeHead(500).end() : response.end());
    const session = await rig.session(tenant.id);
    const rows = Array.from({ length: 30 }, (_, i) => text(`+4477009002${String(i).padStart(2, '0')}`, { session_id: session.id }));
    await rig.call('PATCH', `/v1/sessions/${session.id}/limits`, { key: tenant.key, body: { window_limit: 0 } });
    await rig.call('POST', '/v1/messages/bulk', { key: tenant.key, of: '/v1/messages/bulk', body: { messages: rows } });
    const taken = () =>
      new Map(
        posts()
          .slice(2)
          .map((p) => [p.json.id, p]),
      );
    await until(() => [...taken().values()].reduce((sum, p) => sum + (p.json.events?.length ?? 0), 0) >= 30);
    const events = [...taken().values()].flatMap((p) => p.json.events ?? []);
    expect(new Set(events.map((e) => e.id)).size).toBe(30);
    for (const post of posts()) {
      new Webhook(secret).verify(post.body, post.headers as Record<string, string>);
      expect(wrongWithCallback(post.json)).toBeNull();
      expect(post.headers['webhook-id']).toBe(post.json.id);
      expect(
        posts()
          .filter((p) => p.json.id === post.json.id)
          .every((p) => p.body === post.body),
      ).toBe(true);
    }
  });

  it('are signed with both secrets while one takes the place of the other', async () => {
    const { call, posts, secret } = await anEndpoint({ types: ['endpoint.test'] });
    expect((await call('GET', '/secret')).body).toEqual({ secret, previous_secret: null });
    const rotated = (await call('POST', '/rotate-secret')).body as { secret: string };
    expect((await call('GET', '/secret')).body).toEqual({ secret: rotated.secret, previous_secret: secret });
    await call('POST', '/test');
    await until(() => posts().length === 1);
    for (const one of [secret, rotated.secret])
      new Webhook(one).verify(posts()[0]?.body ?? '', posts()[0]?.headers as Record<string, string>);
  });

  it('are told again by filter, with the ids and bodies of the first time', async () => {
    const { tenant, call, posts } = await anEndpoint({ types: ['message.sent', 'message.delivered'] });
    await sent(tenant);
    await until(() => posts().length === 2);
    await until(async () => (await call('GET', '')).body.pending === 0);
    expect((await call('POST', '/replay', { type: 'message.sent', from: new Date(Date.now() - 60_000).toISOString() })).body).toEqual({
      replayed: 1,
    });
    await until(() => posts().length === 3);
    expect(posts()[2]?.body).toBe(posts().find((p) => p.json.type === 'message.sent')?.body);
    expect((await call('POST', '/replay', {})).status).toBe(400);
  });

  it('are tested with data of any type that fits it, and say that they are a test', async () => {
    const { call, posts, secret } = await anEndpoint({ types: ['contact.opted_out'] });
    const sentTypes = ['endpoint.test', 'message.delivered', 'contact.opted_in'] as const;
    expect((await call('POST', '/test')).status).toBe(202);
    for (const type of sentTypes.slice(1)) expect((await call('POST', '/test', { type })).status).toBe(202);
    expect((await call('POST', '/test', { data: { text: 'Typed by hand', more: { a: 1 } } })).status).toBe(202);
    await until(() => posts().length === 4);
    for (const post of posts()) {
      new Webhook(secret).verify(post.body, post.headers as Record<string, string>);
      expect(post.json).toMatchObject({ test: true });
      // What a person adds to the data is sent as well.
      if (!post.body.includes('Typed by hand')) expect(wrongWithCallback(post.json)).toBeNull();
    }
    expect(new Set(posts().map((post) => post.json.type))).toEqual(new Set(sentTypes));
    expect(posts().map((post) => post.json.data)).toContainEqual(expect.objectContaining({ text: 'Typed by hand', more: { a: 1 } }));
    expect(await call('POST', '/test', { type: 'message.delivered', data: { state: 'delivered' } })).toMatchObject({
      status: 400,
      body: { code: 'invalid_body', errors: expect.arrayContaining([expect.objectContaining({ path: 'data/message_id' })]) as unknown },
    });
  });

  it('are found by what they are about, and counted before they are replayed', async () => {
    const { tenant, call, posts } = await anEndpoint({ types: ['message.delivered'] });
    const [one] = [await sent(tenant), await sent(tenant)];
    await until(async () => ((await call('GET', '/callbacks?state=delivered')).body.data as unknown[]).length === 2);
    const found = (await call('GET', `/callbacks?about=${one.id.toUpperCase()}`)).body.data as { event_id: string }[];
    expect(found.map(({ event_id }) => event_id)).toEqual(
      posts().flatMap(({ json }) => ((json.data as unknown as { message_id: string }).message_id === one.id ? json.id : [])),
    );
    // As the page of the message asks.
    const { created_at: from } = (await rig.call('GET', `/v1/messages/${one.id}`, { key: tenant.key })).body as { created_at: string };
    expect((await call('GET', `/callbacks?about=${one.id}&from=${from}&limit=20`)).body.data).toMatchObject(
      found.map(({ event_id }) => ({ event_id, type: 'message.delivered', state: 'delivered' })),
    );
    const filter = { state: 'delivered', from: '2026-01-01T00:00:00Z' };
    expect((await call('POST', '/replay', { ...filter, dry_run: true })).body).toEqual({ replayed: 0, matching: 2 });
    expect((await call('POST', '/replay', { ...filter, about: one.id, dry_run: true })).body).toEqual({ replayed: 0, matching: 1 });
    expect(await call('POST', '/replay', { dry_run: true })).toMatchObject({ status: 400 });
    expect(posts()).toHaveLength(2);
  });

  it('have a catalogue of types, each with an example that fits the published form', async () => {
    const { key } = await rig.tenant();
    const { body } = await rig.call('GET', '/v1/callback-types', { key, of: '/v1/callback-types' });
    const types = body.data as { type: string; example: never; schema: { type: string } }[];
    expect(types.length).toBeGreaterThan(14);
    expect(types.filter(({ example }) => wrongWithCallback(example) !== null)).toEqual([]);
    expect(new Set(types.map(({ schema }) => schema.type))).toEqual(new Set(['object']));
  });

  it('reach the endpoint only of the tenant, the types and the sessions it asked for', async () => {
    const one = await anEndpoint({ types: ['message.sent'] });
    const other = await anEndpoint();
    const first = await sent(one.tenant);
    await until(() => one.posts().length === 1);
    const narrow = await rig.call('PATCH', `${endpoints}/${one.id}`, {
      key: one.tenant.key,
      of: `${endpoints}/{id}`,
      body: { session_ids: [first.session.id] },
    });
    expect(narrow.body.session_ids).toEqual([first.session.id]);
    await sent(one.tenant);
    await sent(one.tenant, { session_id: first.session.id, to: '+447700900102' });
    await until(() => one.posts().length === 2);
    expect(one.posts().every((p) => p.json.data.session_id === first.session.id && p.json.type === 'message.sent')).toBe(true);
    expect(other.posts()).toEqual([]);
  });

  it('go to ten endpoints a tenant at most, never to ourselves, and not when they come back to us', async () => {
    const { tenant } = await anEndpoint();
    const make = (url: string) => rig.call('POST', endpoints, { key: tenant.key, of: endpoints, body: { name: 'More', url } });
    for (const own of ['https://hooks.example.com/v1/events', 'http://hooks.example.com./', 'https://HOOKS.example.com:80/'])
      expect((await make(own)).body.code).toBe('url_not_allowed');
    for (let i = 0; i < 9; i++) expect((await make(`${receiver.url}/more`)).status).toBe(201);
    expect((await make(`${receiver.url}/more`)).body.code).toBe('too_many_endpoints');
    const looped = await rig.call('GET', endpoints, { key: tenant.key, headers: { 'heliograph-loop': '1' } });
    expect([looped.status, looped.body.code]).toEqual([422, 'loop_detected']);
  });
});
