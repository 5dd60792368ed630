import { ApiRig } from './api/api-rig';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start({ HOOK_ADDRESSES: '203.0.113.0/24, 2001:db8::1', TRUST_PROXY: '127.0.0.1' });
});
afterAll(() => rig.stop());

describe('hooks from listed addresses only', () => {
  it.each([
    ['203.0.113.7', 200],
    ['2001:db8::1', 200],
    ['203.0.114.7', 403],
    ['2001:db8::2', 403],
    [undefined, 403], // the proxy's own
  ])('%s: %i', async (address, status) => {
    const session = await rig.session((await rig.tenant()).id);
    const answer = await rig.call('POST', session.hookPath, {
      body: { event: 'messages.received', data: {} },
      headers: { 'x-webhook-signature': session.secret, ...(address && { 'x-forwarded-for': address }) },
      of: '/hooks/wasender/{token}',
    });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.code).toBe('address_not_allowed');
  });
});
