import type { ApiKeyScope } from '@heliograph/tenants';
import { until } from '@heliograph/kernel/testing';
import { ApiRig, text } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
  await rig.work();
});
afterAll(() => rig.stop());

const make = (key: string, body: object) => rig.call('POST', '/v1/api-keys', { key, body: { name: 'made', ...body } });
const scopes: ApiKeyScope[] = ['messages:read'];

describe('a key made by a key', () => {
  it('has no scope that its maker lacks', async () => {
    const maker = await rig.key(tenant.id, ['keys:manage', 'messages:read']);
    expect((await make(maker, { scopes })).status).toBe(201);
    const more = await make(maker, { scopes: ['messages:read', 'messages:write'] });
    expect([more.status, more.body.code]).toEqual([403, 'exceeds_own_rights']);
  });

  it('ends no later than its maker and comes from no other addresses', async () => {
    const end = new Date(Date.now() + 3_600_000);
    const bounds = { expires_at: end.toISOString(), allowed_addresses: ['127.0.0.0/8'] };
    const maker = (await make(tenant.key, { scopes: ['keys:manage', 'messages:read'], ...bounds })).body.secret as string;
    const within = { scopes, expires_at: end.toISOString(), allowed_addresses: ['127.0.0.1'] };
    expect((await make(maker, within)).status).toBe(201);
    for (const over of [
      { expires_at: new Date(end.getTime() + 1_000).toISOString() },
      { expires_at: undefined },
      { allowed_addresses: ['10.0.0.1'] },
      { allowed_addresses: ['127.0.0.1', '10.0.0.1'] },
      { allowed_addresses: ['0.0.0.0/0'] },
      { allowed_addresses: ['127.0.0.0/7'] },
      { allowed_addresses: ['::/0'] },
      { allowed_addresses: undefined },
    ])
      expect([over, (await make(maker, { ...within, ...over })).body.code]).toEqual([over, 'exceeds_own_rights']);
  });

  it('is not made with an end in the past', async () => {
    for (const expires_at of ['2020-01-01T00:00:00Z', '0001-01-01T00:00:00Z', new Date(Date.now() - 1_000).toISOString()]) {
      const past = await make(tenant.key, { scopes, expires_at });
      expect([past.status, past.body.code, past.body.errors]).toMatchObject([422, 'expires_in_past', [{ path: 'expires_at' }]]);
    }
  });

  it('is stored with the network of an address that is written with the bits of a host', async () => {
    const made = await make(tenant.key, { scopes, allowed_addresses: ['203.0.113.7/24'] });
    expect(made.body.allowed_addresses).toEqual(['203.0.113.0/24']);
    expect((await make(tenant.key, { scopes, allowed_addresses: [] })).status).toBe(400);
  });

  it('is one of at most 100, however many are asked for at once', async () => {
    const full = await rig.tenant();
    const answers = await Promise.all(Array.from({ length: 105 }, () => make(full.key, { scopes })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(99);
    expect(answers.find(({ status }) => status !== 201)).toMatchObject({ status: 422, body: { code: 'too_many_keys' } });
    const made = answers.find(({ status }) => status === 201)?.body.id as string;
    await rig.call('DELETE', `/v1/api-keys/${made}`, { key: full.key });
    expect((await make(full.key, { scopes })).status).toBe(201);
  });
});

it('shows bodies of callbacks only with their scope', async () => {
  const session = await rig.session(tenant.id);
  const endpoint = await rig.call('POST', '/v1/callback-endpoints', {
    key: tenant.key,
    body: { name: 'Core', url: 'https://core.example.com/callbacks', paused: true },
  });
  await rig.call('POST', '/v1/messages', { key: tenant.key, body: text('+447700900188', { session_id: session.id }) });
  const log = `/v1/callback-endpoints/${endpoint.body.id as string}/callbacks`;
  const told = async () => (await rig.call('GET', `${log}?type=message.sent`, { key: tenant.key })).body.data as { event_id: string }[];
  await until(async () => (await told()).length > 0);
  const path = `${log}/${(await told())[0]?.event_id}`;
  const reader = await rig.key(tenant.id, ['callbacks:read']);
  expect((await rig.call('GET', path, { key: tenant.key })).text).toContain('447700900188');
  const redacted = await rig.call('GET', path, { key: reader });
  expect(redacted).toMatchObject({ status: 200, body: { type: 'message.sent', body: null } });
  expect(redacted.text).not.toContain('7700900188');
  const more = await rig.key(tenant.id, ['callbacks:read', 'callbacks:bodies']);
  expect((await rig.call('GET', path, { key: more })).text).toContain('447700900188');
});
