import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp, newId } from '@heliograph/kernel';
import { until } from '@heliograph/kernel/testing';
import { Invitations, may, type Permission, permissionsOf, staffRoles } from '@heliograph/staff';
import { totpCode, wrongTotpCode } from '@heliograph/staff/testing';
import { Tenants } from '@heliograph/tenants';
import { ApiModule } from '../../apps/api/src/api.module';
import { passwordWork } from '../../libs/staff/src/sign-in/password-work';
import { ApiRig, Browser, fileForm, passwordOfPeople, text } from './api-rig';
import { type Route, routesOf } from './staff-routes';

let rig: ApiRig;
let routes: Route[];
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start({ TRUST_PROXY: '127.0.0.1' });
  routes = routesOf(rig.apps[0] as NestFastifyApplication);
  tenant = await rig.tenant();
});
afterAll(() => rig.stop());

/** Routes that take a file: the type of a body is asked before the rights. */
const uploads = ['/v1/imports', '/v1/media'];
const owner = [{ role: 'owner' as const, tenantId: null }];
const seen = ({ status, body }: { status: number; body: Record<string, unknown> }) => [status, body.code ?? body.status];
const signIn = (browser: Browser, email: string, password = passwordOfPeople) =>
  browser.call('POST', '/admin/v1/sign-in', { body: { email, password } });
const signedIn = async (browser: Browser, pod = 0) => (await browser.call('GET', '/admin/v1/me', { pod })).body.authenticated;

describe('a person', () => {
  it('is invited, sets a password, is signed in on every pod, signs out and in', async () => {
    await rig.person(owner);
    const email = 'Theo@agency.example';
    const { url } = await rig.get(Invitations).invite({ name: 'Theo', email, grants: [{ role: 'agent', tenantId: tenant.id }] });
    const browser = new Browser(rig);
    expect(await signedIn(browser)).toBe(false);
    const set = (password: string) => browser.call('POST', '/admin/v1/password', { body: { token: url.split('#')[1], password } });
    expect(seen(await set('short'))).toEqual([422, 'password_too_short']);
    expect(seen(await set('a long sentence'))).toEqual([200, 'signed_in']);
    const me = await browser.call('GET', '/admin/v1/me', { pod: 1 });
    expect(me.body.me).toMatchObject({
      email: 'theo@agency.example',
      permissions: [],
      tenant_permissions: { [tenant.id]: expect.arrayContaining([...permissionsOf.agent]) as unknown },
    });
    expect(seen(await set('a long sentence'))).toEqual([410, 'link_used']);
    const cookies = [...browser.cookies];
    expect(seen(await browser.call('POST', '/admin/v1/sign-out', { pod: 1 }))).toEqual([200, 'signed_out']);
    expect(browser.cookies.size).toBe(0);
    // A copy of the cookie is worth nothing either.
    for (const [name, value] of cookies) browser.cookies.set(name, value);
    expect(await signedIn(browser, 1)).toBe(false);
    browser.cookies.clear();
    expect(seen(await signIn(browser, email, 'a wrong password'))).toEqual([401, 'wrong_credentials']);
    expect(seen(await signIn(browser, 'nobody@agency.example', 'a wrong password'))).toEqual([401, 'wrong_credentials']);
    expect(await signedIn(browser)).toBe(false);
    expect(seen(await signIn(browser, email, 'a long sentence'))).toEqual([200, 'signed_in']);
    expect(await signedIn(browser)).toBe(true);
  });

  it('holds a cookie that scripts cannot read and other hosts cannot set', async () => {
    const { browser } = await rig.person(owner);
    expect(browser.setCookies).toHaveLength(1);
    expect(browser.setCookies[0]).toMatch(/^__Host-heliograph=[^;]+; /);
    const flags = (browser.setCookies[0] ?? '')
      .split('; ')
      .slice(1)
      .map((flag) => flag.toLowerCase());
    expect(flags.sort()).toEqual(['httponly', 'max-age=43200', 'path=/', 'samesite=lax', 'secure']);
  });

  it('gets a cookie of its own, whatever cookie the browser brought', async () => {
    const [planted, { email, id }] = [await rig.person(owner), await rig.person(owner)];
    const name = [...planted.browser.cookies.keys()].find((of) => of.endsWith('heliograph')) ?? '';
    const foreign = planted.browser.cookies.get(name) ?? '';
    // A cookie of somebody else's sign-in, and one that nobody was given.
    for (const brought of [foreign, `${'x'.repeat(32)}.${'y'.repeat(43)}=`]) {
      const browser = new Browser(rig);
      browser.cookies.set(name, brought);
      expect(seen(await signIn(browser, email))).toEqual([200, 'signed_in']);
      expect(browser.cookies.get(name)).not.toBe(brought);
      expect((await browser.call('GET', '/admin/v1/me')).body.me).toMatchObject({ id });
      // Who planted the cookie is not let in by it as the other person.
      const thief = new Browser(rig);
      thief.cookies.set(name, brought);
      const { me = null } = (await thief.call('GET', '/admin/v1/me')).body as { me?: { id: string } | null };
      expect(me?.id ?? planted.id).toBe(planted.id);
    }
  });

  it('sets up an authenticator app, and signs in with a code of it, or with a recovery code once', async () => {
    const { call, browser, email } = await rig.person(owner);
    const password = passwordOfPeople;
    expect(seen(await call('POST', '/admin/v1/me/totp', { body: { password: 'a wrong password' } }))).toEqual([401, 'wrong_password']);
    const set = await call('POST', '/admin/v1/me/totp', { body: { password } });
    const uri = set.body.uri as string;
    const recovery = set.body.recovery_codes as string[];
    expect(seen(await call('POST', '/admin/v1/me/totp/confirm', { body: { code: wrongTotpCode(uri) } }))).toEqual([401, 'wrong_code']);
    expect(seen(await call('POST', '/admin/v1/me/totp/confirm', { body: { code: totpCode(uri) } }))).toEqual([200, 'done']);
    expect(await signedIn(browser)).toBe(true);
    expect(seen(await call('POST', '/admin/v1/me/totp', { body: { password } }))).toEqual([409, 'totp_enabled']);

    const enter = async (code: string, kind: string) => {
      const there = new Browser(rig);
      expect(seen(await signIn(there, email))).toEqual([200, 'code_required']);
      expect(await signedIn(there)).toBe(false);
      for (const cookie of there.setCookies) expect(cookie).toMatch(/; HttpOnly/i);
      const reply = await there.call('POST', '/admin/v1/sign-in/code', { body: { code, kind }, pod: 1 });
      expect(await signedIn(there, 1)).toBe(reply.status === 200);
      return seen(reply);
    };
    expect(await enter(wrongTotpCode(uri), 'totp')).toEqual([401, 'wrong_code']);
    expect(await enter(totpCode(uri), 'totp')).toEqual([200, 'signed_in']);
    expect(await enter(recovery[0] ?? '', 'recovery')).toEqual([200, 'signed_in']);
    expect(await enter(recovery[0] ?? '', 'recovery')).toEqual([401, 'wrong_code']);
    const stranger = new Browser(rig);
    expect(seen(await stranger.call('POST', '/admin/v1/sign-in/code', { body: { code: '123456' } }))).toEqual([401, 'sign_in_again']);

    const renewed = (await call('POST', '/admin/v1/me/recovery-codes', { body: { password } })).body.recovery_codes as string[];
    expect(await enter(recovery[1] ?? '', 'recovery')).toEqual([401, 'wrong_code']);
    expect(await enter(renewed[1] ?? '', 'recovery')).toEqual([200, 'signed_in']);
    expect(seen(await call('POST', '/admin/v1/me/totp/remove', { body: { password } }))).toEqual([200, 'done']);
    expect(seen(await signIn(new Browser(rig), email))).toEqual([200, 'signed_in']);
  });

  it('changes the password, which ends the other sign-ins, and cannot guess the present one', async () => {
    const { call, email } = await rig.person(owner);
    const other = new Browser(rig);
    await signIn(other, email);
    const change = (current_password: string) =>
      call('POST', '/admin/v1/me/password', { body: { current_password, new_password: 'a longer sentence' } });
    expect(seen(await change('a wrong password'))).toEqual([401, 'wrong_password']);
    expect(seen(await change(passwordOfPeople))).toEqual([200, 'done']);
    expect([await signedIn(other), (await call('GET', '/admin/v1/me')).body.authenticated]).toEqual([false, true]);
    const answers = [];
    for (let i = 0; i < 30; i++) answers.push((await change('a wrong password')).body.code);
    expect(answers.at(-1)).toBe('too_many_tries');
  });

  it('does not use up tries while too many people sign in', async () => {
    const { email } = await rig.person(owner);
    let end: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (end = resolve));
    const tries = Array.from({ length: 64 }, () => passwordWork.attempt(() => held));
    const browser = new Browser(rig);
    const answers = [];
    for (let i = 0; i < 31; i++) answers.push(seen(await signIn(browser, email)));
    end();
    await Promise.all(tries);
    expect(answers).toEqual(answers.map(() => [503, 'busy']));
    expect(seen(await signIn(browser, email))).toEqual([200, 'signed_in']);
  });

  it('may give the right password as often as it is asked for', async () => {
    const { call } = await rig.person(owner);
    const answers = [];
    for (let i = 0; i < 31; i++) answers.push((await call('POST', '/admin/v1/me/totp', { body: { password: passwordOfPeople } })).status);
    expect(answers).toEqual(answers.map(() => 200));
    const wrong = await call('POST', '/admin/v1/me/password', {
      body: { current_password: 'a wrong password', new_password: 'a longer sentence' },
    });
    expect(seen(wrong)).toEqual([401, 'wrong_password']);
  });

  it('sees and ends sign-ins', async () => {
    const { call, email } = await rig.person(owner);
    const other = new Browser(rig);
    await signIn(other, email);
    const open = (await call('GET', '/admin/v1/me/sign-ins')).body.data as { id: string; address: string; current: boolean }[];
    expect(open.map(({ address, current }) => [address, current])).toContainEqual([other.address, false]);
    const theirs = open.find(({ current }) => !current)?.id ?? '';
    expect((await call('DELETE', `/admin/v1/me/sign-ins/${theirs}`)).body).toEqual({ ended: 1 });
    expect(await signedIn(other)).toBe(false);
    expect(await signedIn(other, 1)).toBe(false);
  });

  it('shows open sign-ins to who manages people, who can end them', async () => {
    const [chief, { id, browser }] = [await rig.person(owner), await rig.person([{ role: 'agent', tenantId: tenant.id }])];
    const list = async () => (await chief.call('GET', `/admin/v1/staff/${id}/sign-ins`)).body.data as object[];
    expect(await list()).toEqual([expect.objectContaining({ address: browser.address, current: false })]);
    expect((await chief.call('DELETE', `/admin/v1/staff/${id}/sign-ins`)).body).toEqual({ ended: 1 });
    expect(await list()).toEqual([]);
    expect(await signedIn(browser)).toBe(false);
    expect((await chief.call('GET', `/admin/v1/staff/${newId()}/sign-ins`)).status).toBe(404);
  });
});

describe('a write with a sign-in', () => {
  it.each<[string, Record<string, string>]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['another host of this site', { 'sec-fetch-site': 'same-site' }],
    ['no page', { 'sec-fetch-site': 'none' }],
    ['another origin, of an older browser', { 'sec-fetch-site': '', origin: 'https://evil.example' }],
    ['an origin that is hidden', { 'sec-fetch-site': '', origin: 'null' }],
    ['nowhere', { 'sec-fetch-site': '' }],
  ])('is refused from %s', async (_from, given) => {
    const { browser } = await rig.person(owner);
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const { 'sec-fetch-site': site, ...rest } = given;
    const headers = { cookie, 'heliograph-tenant': tenant.id, ...(site && { 'sec-fetch-site': site }), ...rest };
    for (const [method, path] of [
      ['POST', '/admin/v1/tenants'],
      ['POST', '/admin/v1/sign-in'],
      ['POST', '/admin/v1/sign-out'],
      ['PATCH', '/admin/v1/me'],
      ['DELETE', '/admin/v1/me/sign-ins'],
      ['POST', '/v1/messages'],
      ['PATCH', '/v1/tenant'],
      ['DELETE', `/v1/api-keys/${newId()}`],
    ] as const)
      expect([path, ...seen(await rig.call(method, path, { headers, body: {} }))]).toEqual([path, 403, 'foreign_origin']);
    expect(await signedIn(browser)).toBe(true);
  });

  it('is refused from another site by every route that changes something, in every form that a page there can send', async () => {
    const { browser } = await rig.person(owner);
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const site = { cookie, 'heliograph-tenant': tenant.id, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const form = fileForm('phone\n+447700900101');
    const forms = [
      { body: '{"name":"Mine"}', type: 'text/plain' },
      { body: 'name=Mine', type: 'application/x-www-form-urlencoded' },
      { body: form.body, type: form.headers['content-type'] },
      { body: '{"name":"Mine"}', type: 'application/json' },
    ];
    const writing = routes.filter(({ method, path }) => !['GET', 'HEAD', 'OPTIONS'].includes(method) && /^\/(?:admin\/)?v1\//.test(path));
    expect(writing.length).toBeGreaterThan(100);
    const taken: unknown[] = [];
    for (const { method, path } of writing)
      for (const { body, type } of forms) {
        const headers = { ...site, 'content-type': type };
        const answer = seen(await rig.call(method, path.replace(/:\w+/g, newId()), { headers, body }));
        if (answer.join() !== '403,foreign_origin') taken.push([method, path, type, ...answer]);
      }
    expect(taken).toEqual([]);
    expect(await signedIn(browser)).toBe(true);
  });

  it('is taken from our own origin, which older browsers name', async () => {
    const { browser } = await rig.person(owner);
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
    const headers = { cookie, origin: rig.urls[0] ?? '' };
    expect((await rig.call('PATCH', '/admin/v1/me', { headers, body: { name: 'Ines Castro' } })).body.name).toBe('Ines Castro');
  });

  it('is not needed for a key, which no browser sends by itself', async () => {
    const headers = { origin: 'https://core.example.com', 'sec-fetch-site': 'cross-site' };
    expect((await rig.call('POST', '/v1/messages', { key: tenant.key, headers, body: {} })).status).toBe(400);
  });
});

describe('a person who acts for a tenant', () => {
  it('reads and writes as the roles for it allow, under their own name', async () => {
    const line = await rig.session(tenant.id);
    const { call, id } = await rig.person([
      { role: 'operator', tenantId: tenant.id },
      { role: 'owner', tenantId: (await rig.tenant()).id },
    ]);
    const sent = await call('POST', '/v1/messages', { tenant: tenant.id, body: text('+447700900101', { session_id: line.id }) });
    expect(sent.status).toBe(202);
    expect((await call('GET', `/v1/messages/${sent.body.id as string}`, { tenant: tenant.id })).status).toBe(200);
    expect(seen(await call('GET', '/v1/api-keys', { tenant: tenant.id }))).toEqual([403, 'missing_scope']);
    expect(seen(await call('PATCH', '/v1/tenant', { tenant: tenant.id, body: { name: 'Mine' } }))).toEqual([403, 'missing_scope']);
    const put = await call('POST', '/v1/suppressions', { tenant: tenant.id, body: { addresses: ['+447700900199'], note: 'Asked' } });
    expect(put.status).toBe(200);
    const [row] = (await call('GET', '/v1/suppressions', { tenant: tenant.id })).body.data as object[];
    expect(row).toMatchObject({ note: 'Asked', actor: { kind: 'person', id, name: 'Ines' } });
  });

  it('names one that is theirs: another one looks as one that is none', async () => {
    const { call } = await rig.person([{ role: 'owner', tenantId: tenant.id }]);
    const other = await rig.tenant();
    expect(seen(await call('GET', '/v1/messages'))).toEqual([400, 'tenant_required']);
    const [foreign, missing, junk] = [
      await call('GET', '/v1/messages', { tenant: other.id }),
      await call('GET', '/v1/messages', { tenant: newId() }),
      await call('GET', '/v1/messages', { tenant: 'all' }),
    ];
    for (const reply of [foreign, missing, junk]) expect(seen(reply)).toEqual([404, 'not_found']);
    expect({ ...foreign.body, request_id: '' }).toEqual({ ...missing.body, request_id: '' });
    expect((await call('GET', '/v1/messages', { tenant: tenant.id.toUpperCase() })).status).toBe(200);
  });

  it('reads and repairs a suspended one, but sends nothing for it, and its keys do nothing', async () => {
    const { call } = await rig.person(owner);
    const held = await rig.tenant();
    const line = await rig.session(held.id);
    const waiting = await rig.call('POST', '/v1/messages', { key: held.key, body: text('+447700900151', { session_id: line.id }) });
    expect((await call('POST', `/admin/v1/tenants/${held.id}/suspend`)).body.suspended_at).toEqual(expect.any(String));
    expect(seen(await rig.call('GET', '/v1/messages', { key: held.key }))).toEqual([403, 'tenant_suspended']);

    const does = (method: string, path: string, body?: object) => call(method, path, { tenant: held.id, ...(body && { body }) });
    const event = { name: 'user_onboarded', id: 'e-1', subject: { phone: '+447700900151' } };
    for (const [path, body] of [
      ['/v1/messages', text('+447700900152', { session_id: line.id })],
      ['/v1/messages/bulk', { messages: [text('+447700900152')] }],
      [`/v1/conversations/${newId()}/messages`, { type: 'text', text: 'Hello' }],
      ['/v1/events', event],
      ['/v1/events/batch', { events: [event] }],
    ] as const)
      expect([path, ...seen(await does('POST', path, body))]).toEqual([path, 403, 'tenant_suspended']);
    expect((await does('GET', '/v1/messages')).body.data).toHaveLength(1);
    expect((await does('PATCH', `/v1/sessions/${line.id}`, { name: 'Repaired' })).status).toBe(200);
    expect((await does('POST', `/v1/messages/${waiting.body.id as string}/cancel`)).status).toBe(200);
    expect((await does('POST', '/v1/api-keys', { name: 'For later', scopes: ['messages:read'] })).status).toBe(201);

    expect((await call('POST', `/admin/v1/tenants/${held.id}/resume`)).body.suspended_at).toBeNull();
    expect((await rig.call('GET', '/v1/messages', { key: held.key })).status).toBe(200);
    expect((await does('POST', '/v1/messages', text('+447700900152', { session_id: line.id }))).status).toBe(202);
  });

  it('counts health of tenants that are theirs, as far as their roles show it', async () => {
    const [mine, other] = [await rig.tenant(), await rig.tenant()];
    await rig.session(mine.id);
    await rig.session(other.id);
    const ids = `ids=${[mine.id, other.id, newId()].join(',')}`;
    const asViewer = await rig.person([{ role: 'viewer', tenantId: mine.id }]);
    expect((await asViewer.call('GET', `/admin/v1/tenants/health?${ids}`)).body.data).toEqual([
      { tenant_id: mine.id, sessions: 1, connected: 1, open_dead_letters: null },
    ]);
    const asOwner = await rig.person(owner);
    const all = (await asOwner.call('GET', `/admin/v1/tenants/health?${ids}`)).body.data as object[];
    expect(all).toContainEqual({ tenant_id: other.id, sessions: 1, connected: 1, open_dead_letters: 0 });
  });

  it('gives a tenant a name, a colour and initials, and takes the looks away again', async () => {
    const { call } = await rig.person(owner);
    const { id } = await rig.tenant();
    const change = (body: object) => call('PATCH', `/admin/v1/tenants/${id}`, { body });
    expect((await change({ name: 'Copper Kettle', colour: 'amber', initials: 'Ck' })).body).toMatchObject({
      name: 'Copper Kettle',
      colour: 'amber',
      initials: 'Ck',
    });
    expect((await change({ initials: null })).body).toMatchObject({ name: 'Copper Kettle', colour: 'amber', initials: null });
    expect((await call('GET', `/admin/v1/tenants/${id}`)).body).toMatchObject({ colour: 'amber', initials: null });
    for (const [body, path] of [
      [{ colour: '#FF0000' }, 'colour'],
      [{ initials: 'ABC' }, 'initials'],
      [{ initials: '<b' }, 'initials'],
      [{ name: '' }, 'name'],
    ] as const)
      expect((await change(body)).body).toMatchObject({ status: 400, errors: [{ path }] });
  });

  it('makes no key with more than their own permissions', async () => {
    const { call } = await rig.person([{ role: 'engineer', tenantId: tenant.id }]);
    const make = (...scopes: string[]) => call('POST', '/v1/api-keys', { tenant: tenant.id, body: { name: 'Made', scopes } });
    expect((await make('callbacks:manage', 'messages:read')).status).toBe(201);
    expect(seen(await make('messages:read', 'messages:write'))).toEqual([403, 'exceeds_own_rights']);
    expect(seen(await make('tenant:manage'))).toEqual([403, 'exceeds_own_rights']);
    const strong = (await rig.call('GET', '/v1/api-keys', { key: tenant.key })).body.data as { id: string; name: string }[];
    const id = strong.find(({ name }) => name === 'Test')?.id ?? '';
    const rotate = { tenant: tenant.id, body: { overlap_hours: 1 } };
    expect(seen(await call('POST', `/v1/api-keys/${id}/rotate`, rotate))).toEqual([403, 'exceeds_own_rights']);
  });

  it('is out the moment a role is taken', async () => {
    const chief = await rig.person(owner);
    const { call, id } = await rig.person([{ role: 'operator', tenantId: tenant.id }]);
    const read = (pod: number) => call('GET', '/v1/messages', { tenant: tenant.id, pod });
    expect([(await read(0)).status, (await read(1)).status]).toEqual([200, 200]);
    const other = await rig.tenant();
    const grants = [{ role: 'operator', tenant_id: other.id }];
    expect((await chief.call('PATCH', `/admin/v1/staff/${id}`, { body: { grants } })).status).toBe(200);
    expect((await read(0)).status).toBe(404);
    await until(async () => (await read(1)).status === 404);
  });

  it('may do what a lowered role may, on every process', async () => {
    const chief = await rig.person(owner);
    const { call, id } = await rig.person([{ role: 'admin', tenantId: null }]);
    const people = async (pod: number) => (await call('GET', '/admin/v1/staff', { pod })).status;
    expect([await people(0), await people(1)]).toEqual([200, 200]);
    const grants = [{ role: 'viewer', tenant_id: null }];
    expect((await chief.call('PATCH', `/admin/v1/staff/${id}`, { body: { grants } })).status).toBe(200);
    expect(await people(0)).toBe(403);
    await until(async () => (await people(1)) === 403);
    expect((await call('GET', '/admin/v1/me', { pod: 1 })).body).toMatchObject({ authenticated: true });
  });
});

describe('who gives what', () => {
  it('is an owner for the role owner, an administrator for the others', async () => {
    const [chief, admin] = [await rig.person(owner), await rig.person([{ role: 'admin', tenantId: null }])];
    const invite = (by: typeof chief, role: string, tenant_id: string | null = null) =>
      by.call('POST', '/admin/v1/staff', { body: { name: 'New', email: `${newId()}@agency.example`, grants: [{ role, tenant_id }] } });
    expect((await invite(admin, 'operator')).status).toBe(201);
    expect((await invite(chief, 'owner')).status).toBe(201);
    for (const tenantId of [null, tenant.id]) expect(seen(await invite(admin, 'owner', tenantId))).toEqual([403, 'exceeds_own_rights']);
    for (const [method, path, body] of [
      ['PATCH', '', { grants: [{ role: 'viewer', tenant_id: null }] }],
      ['PATCH', '', { disabled: true }],
      ['PATCH', '', { name: 'Mine' }],
      ['POST', '/password-link', undefined],
      ['DELETE', '/sign-ins', undefined],
    ] as const)
      expect(seen(await admin.call(method, `/admin/v1/staff/${chief.id}${path}`, { body }))).toEqual([403, 'exceeds_own_rights']);
    const up = { body: { grants: [{ role: 'owner', tenant_id: null }] } };
    expect(seen(await admin.call('PATCH', `/admin/v1/staff/${admin.id}`, up))).toEqual([403, 'exceeds_own_rights']);
  });

  it('names people and tenants that are there, in bodies of the right form', async () => {
    const { call } = await rig.person(owner);
    const invite = (over: object) =>
      call('POST', '/admin/v1/staff', {
        body: { name: 'New', email: `${newId()}@agency.example`, grants: [{ role: 'agent', tenant_id: tenant.id }], ...over },
      });
    const made = await invite({});
    const email = (made.body.person as { email: string }).email;
    expect(seen(await invite({ email: email.toUpperCase() }))).toEqual([409, 'email_taken']);
    expect(seen(await invite({ grants: [{ role: 'agent', tenant_id: newId() }] }))).toEqual([404, 'not_found']);
    for (const [over, path] of [
      [{ email: 'nobody' }, 'email'],
      [{ name: ' ' }, 'name'],
      [{ grants: [] }, 'grants'],
      [{ grants: [{ role: 'king' }] }, 'grants/0/role'],
      [{ grants: [{ role: 'agent', tenant_id: 'all' }] }, 'grants/0/tenant_id'],
      [{ admin: true }, 'admin'],
    ] as const) {
      const refused = await invite(over);
      expect([path, refused.status, refused.body.code]).toEqual([path, 400, 'invalid_body']);
      expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect((refused.body.errors as { path: string }[]).map((error) => error.path)).toContain(path);
    }
    for (const [method, path] of [
      ['GET', ''],
      ['PATCH', ''],
      ['POST', '/password-link'],
      ['DELETE', '/sign-ins'],
    ] as const) {
      const body = method === 'PATCH' ? { name: 'X' } : undefined;
      expect(seen(await call(method, `/admin/v1/staff/${newId()}${path}`, { body }))).toEqual([404, 'not_found']);
      expect((await call(method, `/admin/v1/staff/nobody${path}`, { body })).status).toBe(400);
    }
  });
});

describe('a pod', () => {
  const pod = async (surfaces: string[]) => {
    const config = { ...rig.config, API_SURFACES: surfaces } as typeof rig.config;
    const app = await createHttpApp(ApiModule.forRoot(config), config);
    app.useLogger(false);
    Logger.overrideLogger(false);
    await app.listen(0, '127.0.0.1');
    rig.apps.push(app);
    return rig.urls.push((await app.getUrl()).replace('[::1]', '127.0.0.1')) - 1;
  };

  it('of the surface public takes no cookie, and one of admin takes no key', async () => {
    const { call } = await rig.person(owner);
    const [open, closed] = [await pod(['public']), await pod(['admin'])];
    const read = (at: number) => call('GET', '/v1/messages', { tenant: tenant.id, pod: at });
    expect(seen(await read(open))).toEqual([401, 'invalid_api_key']);
    expect((await read(closed)).status).toBe(200);
    expect((await rig.call('GET', '/v1/messages', { key: tenant.key, pod: open })).status).toBe(200);
    const refused = await rig.call('GET', '/v1/messages', { key: tenant.key, pod: closed });
    expect(seen(refused)).toEqual([401, 'invalid_api_key']);
    expect(refused.body.detail).toContain('no API keys');
    expect((await call('GET', '/admin/v1/me', { pod: open })).status).toBe(404);
    expect((await call('GET', '/admin/v1/me', { pod: closed })).body.authenticated).toBe(true);
  });
});

describe('the table of roles', () => {
  const fill = (path: string) =>
    path
      .replace(':language', 'en')
      .replace(':name', 'uk')
      .replace(/:\w+/g, () => newId());
  const isPanel = ({ path }: Route) => path.startsWith('/admin/v1');

  it('covers every route: one of /v1 names its scope, one of the staff what it needs, and the guard that asks', () => {
    const missing = routes.filter((route) => {
      if (isPanel(route)) return route.need === undefined || (route.need !== false && !route.guards.includes('PersonGuard'));
      if (route.path.startsWith('/v1')) return route.scope === undefined || !route.guards.includes('ApiKeyGuard');
      return false;
    });
    expect(missing).toEqual([]);
    expect(routes.filter(isPanel).length).toBeGreaterThan(25);
    expect(routes.filter(({ scope }) => scope).length).toBeGreaterThan(60);
    // These alone may be called by strangers.
    expect(
      routes
        .filter((route) => isPanel(route) && route.need === false)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    ).toEqual([
      'GET /admin/v1/auth/callback/oidc',
      'GET /admin/v1/branding',
      'GET /admin/v1/branding/logos/:hash',
      'GET /admin/v1/me',
      'POST /admin/v1/campaign-approval',
      'POST /admin/v1/campaign-approval/decide',
      'POST /admin/v1/campaign-report',
      'POST /admin/v1/password',
      'POST /admin/v1/password-resets',
      'POST /admin/v1/phone-link',
      'POST /admin/v1/phone-link/start',
      'POST /admin/v1/sign-in',
      'POST /admin/v1/sign-in/code',
      'POST /admin/v1/sign-in/link',
      'POST /admin/v1/sign-in/oidc',
      'POST /admin/v1/sign-out',
    ]);
  });

  it('refuses a stranger on every other route', async () => {
    for (const route of routes.filter((one) => isPanel(one) && one.need !== false)) {
      const reply = await new Browser(rig).call(route.method, fill(route.path), route.method === 'GET' ? {} : { body: {} });
      expect([route.method, route.path, ...seen(reply)]).toEqual([route.method, route.path, 401, 'signed_out']);
    }
  });

  it.each(staffRoles.flatMap((role) => [[role, 'all tenants'] as const, [role, 'one tenant'] as const]))(
    'lets the role %s for %s through to what it may, and to nothing else',
    async (role, scope) => {
      const own = await rig.tenant();
      const grants = [{ role, tenantId: scope === 'all tenants' ? null : own.id }];
      const { call } = await rig.person(grants);
      const wrong: unknown[] = [];
      for (const route of routes.filter((one) => one.scope ?? (one.need !== undefined && one.need !== false))) {
        const { method, path, need, anyTenant } = route;
        const body = uploads.includes(path) ? fileForm('a') : { body: {} };
        const reply = await call(method, fill(path), { tenant: own.id, ...(method !== 'GET' && body) });
        const asked = anyTenant || route.scope ? own.id : null;
        const expected = need === true || may(grants, (route.scope ?? need) as Permission, asked);
        const isRefused = reply.status === 403 && ['missing_scope', 'missing_permission'].includes(String(reply.body.code));
        const isPast = [200, 201, 202, 204, 400, 401, 404, 409, 415, 422].includes(reply.status) && reply.body.code !== 'signed_out';
        if (expected ? !isPast : !isRefused) wrong.push([method, path, route.scope ?? need, reply.status, reply.body.code]);
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe('the wall between tenants', () => {
  it('shows a person of one tenant nothing of another, by any route that reads', async () => {
    const theirs = await rig.tenant();
    const mark = 'Marked as theirs';
    const session = await rig.session(theirs.id);
    const made = async (method: string, path: string, body: object) => {
      const reply = await rig.call(method, path, { key: theirs.key, body });
      expect([path, reply.status < 300]).toEqual([path, true]);
      return (reply.body.id ?? reply.body.group_id) as string;
    };
    await rig.get(Tenants).get(theirs.id);
    const ids = [
      theirs.id,
      session.id,
      await made('POST', '/v1/messages', text('+447700900171', { text: mark, session_id: session.id })),
      await made('POST', '/v1/messages/bulk', { messages: [text('+447700900172', { text: mark })] }),
      await made('PUT', '/v1/contacts', { addresses: ['+447700900173'], name: mark }),
      await made('POST', '/v1/callback-endpoints', { name: mark, url: 'https://core.example.com/theirs' }),
      await made('POST', '/v1/events', { name: 'marked', id: 'marked-1', subject: { phone: '+447700900173' } }),
      await made('POST', '/v1/api-keys', { name: mark, scopes: ['messages:read'] }),
    ];
    await rig.call('POST', '/v1/suppressions', { key: theirs.key, body: { addresses: ['+447700900174'], note: mark } });
    expect(ids.every((id) => typeof id === 'string')).toBe(true);
    const secrets = [...ids, mark, ...[1, 2, 3, 4].map((n) => `+44770090017${n}`), 'core.example.com/theirs'];

    const mine = await rig.tenant();
    const { call } = await rig.person([{ role: 'owner', tenantId: mine.id }]);
    const leaks: string[] = [];
    for (const { path } of routes.filter(({ method, path }) => method === 'GET' && /^\/(admin\/)?v1\//.test(path))) {
      for (const id of path.includes(':') ? ids : ['']) {
        const filled = path.replace(':language', 'en').replace(/:\w+/g, id);
        for (const acting of [mine.id, theirs.id]) {
          const reply = await call('GET', filled, { tenant: acting });
          if (acting === theirs.id && path.startsWith('/v1/') && reply.status !== 404)
            leaks.push(`${filled} answered ${reply.status} for theirs`);
          if (id && /:(id|eventId)/.test(path) && reply.status < 400) leaks.push(`${filled} answered ${reply.status}`);
          for (const secret of secrets) if (secret !== id && reply.text.includes(secret)) leaks.push(`${path} told of ${secret}`);
        }
      }
    }
    expect(leaks).toEqual([]);
    const listed = (await call('GET', '/admin/v1/tenants')).body.data as { id: string }[];
    expect(listed.map(({ id }) => id)).toEqual([mine.id]);
  });
});
