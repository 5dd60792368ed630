import { Database } from '@heliograph/kernel';
import { flakyProxy, type FlakyProxy, until } from '@heliograph/kernel/testing';
import { ApiRig, text } from './api/api-rig';

let rig: ApiRig;
let line: FlakyProxy;
beforeAll(async () => {
  rig = await ApiRig.start({}, async (url) => (line = await flakyProxy(url)));
});
afterAll(() => rig.stop());

describe('while the database is away', () => {
  it('nothing is acknowledged, the pod is alive but not ready, and afterwards the same calls count once', async () => {
    const tenant = await rig.tenant();
    const session = await rig.session(tenant.id);
    const send = () =>
      rig.call('POST', '/v1/messages', {
        key: tenant.key,
        body: text('+447700900101', { session_id: session.id }),
        headers: { 'idempotency-key': 'order-1' },
        of: '/v1/messages',
      });
    const hook = () =>
      rig.call('POST', session.hookPath, {
        body: { event: 'messages.received', data: {} },
        headers: { 'x-webhook-signature': session.secret },
        of: '/hooks/wasender/{token}',
      });
    const health = async (what: string) => (await rig.call('GET', `/health/${what}`)).status;

    line.cut();
    await until(async () => (await health('ready')) === 503);
    expect(await health('live')).toBe(200);
    for (const answer of [await send(), await hook()]) {
      expect(answer).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
      expect(answer.headers.get('retry-after')).not.toBeNull();
      expect(answer.text).not.toMatch(/ECONN|postgres|127\.0\.0\.1/);
    }

    line.heal();
    await until(async () => (await health('ready')) === 200, 20_000);
    expect([(await send()).status, (await send()).status, (await hook()).status]).toEqual([202, 202, 200]);
    const count = async (table: string) =>
      Number((await rig.get(Database).query<{ n: string }>(`SELECT count(*) AS n FROM ${table} WHERE tenant_id = $1`, [tenant.id]))[0]?.n);
    expect([await count('messages'), await count('hook_inbox')]).toEqual([1, 1]);
  });
});
