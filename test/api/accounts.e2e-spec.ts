import { Database, newId } from '@heliograph/kernel';
import { ApiRig } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown) =>
  rig.call(method, path, { key: tenant.key, ...(body !== undefined && { body }) });
const add = async () => {
  const { accessToken } = rig.provider.simulator.accounts;
  const added = await call('POST', '/v1/provider-accounts', { name: 'Main', access_token: accessToken });
  expect(added.status).toBe(201);
  return `/v1/provider-accounts/${added.body.id as string}`;
};
const sealed = async () =>
  (
    await rig
      .get(Database)
      .query<{ token: string }>('SELECT access_token AS token FROM provider_accounts WHERE tenant_id = $1', [tenant.id])
  )
    .map(({ token }) => token)
    .join();

describe('a provider account', () => {
  it('is tested at the provider with the stored token, and shows no token', async () => {
    const path = await add();
    rig.provider.simulator.accounts.add({ status: 'connected' });
    const tested = await call('POST', `${path}/test`);
    expect([tested.status, tested.body]).toEqual([200, { sessions: expect.any(Number) as number }]);
    expect(tested.body.sessions).toBeGreaterThan(0);
    for (const reply of [tested, await call('GET', '/v1/provider-accounts')])
      expect(reply.text).not.toContain(rig.provider.simulator.accounts.accessToken);
    expect((await call('POST', `/v1/provider-accounts/${newId()}/test`)).status).toBe(404);
  });

  it('is renamed, and takes a new token only once the provider accepts it', async () => {
    const path = await add();
    expect((await call('PATCH', path, { name: 'Renamed' })).body).toMatchObject({ name: 'Renamed', sessions: 0 });
    const before = await sealed();
    const refused = await call('PATCH', path, { name: 'Lost', access_token: 'not-a-token-there' });
    expect([refused.status, refused.body.code]).toEqual([422, 'provider_unauthorised']);
    expect(await sealed()).toBe(before);
    const { accessToken } = rig.provider.simulator.accounts;
    expect((await call('PATCH', path, { access_token: accessToken })).body).toMatchObject({ name: 'Renamed' });
    expect(await sealed()).not.toBe(before);
    expect((await call('PATCH', path, { token: accessToken })).status).toBe(400);
    expect((await call('PATCH', `/v1/provider-accounts/${newId()}`, { name: 'X' })).status).toBe(404);
  });

  it('counts the sessions that use it, and cannot be deleted while there are any', async () => {
    const path = await add();
    const created = await call('POST', '/v1/sessions', {
      mode: 'create',
      account_id: path.split('/').at(-1),
      name: 'Made there',
      phone: '+447700900190',
    });
    expect(created.status).toBe(201);
    const listed = (await call('GET', '/v1/provider-accounts')).body.data as { id: string; sessions: number }[];
    expect(listed.find(({ id }) => path.endsWith(id))?.sessions).toBe(1);
    expect((await call('DELETE', path)).body.code).toBe('account_in_use');
  });
});

describe('a cap pool', () => {
  it('names its sessions', async () => {
    const { id } = await rig.session(tenant.id);
    expect((await call('PUT', '/v1/cap-pools/uk', { daily_cap: 100 })).body).toMatchObject({ sessions: 0, session_ids: [] });
    expect((await call('PATCH', `/v1/sessions/${id}/limits`, { cap_pool: 'uk' })).status).toBe(200);
    expect((await call('GET', '/v1/cap-pools/uk')).body).toMatchObject({ sessions: 1, session_ids: [id], left_today: 100 });
  });
});
