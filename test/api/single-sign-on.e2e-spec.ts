import { StaffPeople } from '@heliograph/staff';
import { OpenIdProvider, type Visitor } from '@heliograph/staff/testing';
import { ApiRig, Browser } from './api-rig';

let rig: ApiRig;
let provider: OpenIdProvider;
const email = 'theo@agency.example';

beforeAll(async () => {
  provider = await OpenIdProvider.start();
  rig = await ApiRig.start({
    TRUST_PROXY: '127.0.0.1',
    OIDC_ISSUER: provider.issuer,
    OIDC_CLIENT_ID: provider.clientId,
    OIDC_CLIENT_SECRET: provider.clientSecret,
    OIDC_NAME: 'Agency ID',
  });
  await rig.person([{ role: 'owner', tenantId: null }]);
  await rig.get(StaffPeople).add({ name: 'Theo', email, grants: [{ role: 'operator', tenantId: null }] });
});
afterAll(async () => {
  await rig.stop();
  await provider.stop();
});

const isSignedIn = async (browser: Browser) => (await browser.call('GET', '/admin/v1/me')).body.authenticated;
/** Begins a sign-in. @returns where the provider is */
const begin = async (browser: Browser) => {
  const { status, body } = await browser.call('POST', '/admin/v1/sign-in/oidc', { body: {} });
  expect(status).toBe(200);
  return String(body.url);
};
/** The browser follows the provider's redirect. @returns where it is sent in the end */
const follow = async (browser: Browser, back: URL) => {
  const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
  const answer = await fetch(`${rig.urls[0]}${back.pathname}${back.search}`, {
    headers: { cookie, 'x-forwarded-for': browser.address },
    redirect: 'manual',
  });
  for (const set of answer.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
    if (value === '' || /max-age=0/i.test(set)) browser.cookies.delete(name);
    else browser.cookies.set(name, value);
  }
  return [answer.status, answer.headers.get('location')];
};
const enter = async (browser: Browser, visitor: Visitor) => follow(browser, provider.authorize(await begin(browser), visitor));
const refused = [302, '/admin/login#single-sign-on'];

describe('a sign-in through an OpenID Connect provider', () => {
  it('lets in who was invited, each time, and asks the provider as the protocol says', async () => {
    expect((await new Browser(rig).call('GET', '/admin/v1/me')).body.oidc).toBe('Agency ID');
    for (const spelled of [email, 'Theo@Agency.example']) {
      const browser = new Browser(rig);
      expect(await enter(browser, { email: spelled })).toEqual([302, '/admin/']);
      const { me } = (await browser.call('GET', '/admin/v1/me', { pod: 1 })).body as { me: object };
      expect(me).toMatchObject({ email, name: 'Theo', grants: [{ role: 'operator', tenant_id: null }] });
    }
    expect(provider.faults).toEqual([]);
  });

  it('adds nobody', async () => {
    const browser = new Browser(rig);
    expect(await enter(browser, { email: 'stranger@agency.example' })).toEqual(refused);
    expect(await isSignedIn(browser)).toBe(false);
    expect(await rig.get(StaffPeople).withEmail('stranger@agency.example')).toBeNull();
  });

  it('keeps out who was disabled', async () => {
    const people = rig.get(StaffPeople);
    const id = await people.add({ name: 'Gone', email: 'gone@agency.example', grants: [{ role: 'viewer', tenantId: null }] });
    await people.change(id, { isDisabled: true });
    const browser = new Browser(rig);
    expect(await enter(browser, { email: 'gone@agency.example' })).toEqual(refused);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it.each<[string, Partial<Visitor>]>([
    ['a nonce that is another one', { claims: (claims) => ({ ...claims, nonce: 'x'.repeat(32) }) }],
    ['no nonce', { claims: ({ nonce: _nonce, ...claims }) => claims }],
    ['an end in the past', { claims: (claims) => ({ ...claims, exp: Math.floor(Date.now() / 1_000) - 600 }) }],
    ['another issuer', { claims: (claims) => ({ ...claims, iss: 'https://evil.example' }) }],
    ['another audience', { claims: (claims) => ({ ...claims, aud: 'another client' }) }],
    ['a signature of a key that is not the provider’s', { isForged: true }],
    ['an email that the provider did not verify', { claims: (claims) => ({ ...claims, email_verified: false }) }],
    ['an email that the provider did not verify, as a text', { claims: (claims) => ({ ...claims, email_verified: 'false' }) }],
    ['no email', { claims: ({ email: _email, ...claims }) => claims }],
  ])('is refused for a token with %s', async (_what, wrong) => {
    const browser = new Browser(rig);
    expect(await enter(browser, { email, ...wrong })).toEqual(refused);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('is refused for a state that is not that of this browser', async () => {
    const forge = async (change: (back: URL, browser: Browser) => void | Promise<void>) => {
      const browser = new Browser(rig);
      const back = provider.authorize(await begin(browser), { email });
      await change(back, browser);
      expect(await follow(browser, back)).toEqual(refused);
      expect(await isSignedIn(browser)).toBe(false);
    };
    await forge((back) => back.searchParams.set('state', 'x'.repeat(32)));
    await forge((back) => back.searchParams.delete('state'));
    await forge((_back, browser) => browser.cookies.clear());
    // A link to the end of somebody else's sign-in, by which a stranger would be signed in as them, or they as a stranger.
    await forge(async (back) => {
      const other = provider.authorize(await begin(new Browser(rig)), { email });
      back.search = other.search;
    });
  });

  it('ends once: a code that was used, or a sign-in that the provider refused, lets nobody in', async () => {
    const browser = new Browser(rig);
    const back = provider.authorize(await begin(browser), { email });
    const cookies = [...browser.cookies];
    expect(await follow(browser, back)).toEqual([302, '/admin/']);
    const again = new Browser(rig);
    for (const [name, value] of cookies) again.cookies.set(name, value);
    expect(await follow(again, back)).toEqual(refused);
    expect(await isSignedIn(again)).toBe(false);

    const denied = new URL(back);
    denied.searchParams.delete('code');
    denied.searchParams.set('error', 'access_denied');
    denied.searchParams.set('state', new URL(await begin(again)).searchParams.get('state') ?? '');
    expect(await follow(again, denied)).toEqual(refused);
  });
});
