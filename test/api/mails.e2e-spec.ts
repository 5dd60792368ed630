import { until } from '@heliograph/kernel/testing';
import { startMailServer, tokenOfMail } from '@heliograph/staff/testing';
import { ApiRig, Browser, passwordOfPeople } from './api-rig';

let server: Awaited<ReturnType<typeof startMailServer>>;
let rig: ApiRig;
beforeAll(async () => {
  server = await startMailServer();
  rig = await ApiRig.start({ SMTP_URL: server.url, MAIL_FROM: 'Agency <desk@agency.example>' });
});
afterAll(async () => {
  await rig.stop();
  await server.stop();
});

const mailsTo = (email: string, subject = 'Set a new password') =>
  server.mails.filter(({ to, text }) => to === email && text.includes(`Subject: ${subject}\r\n`));
const reset = (browser: Browser, email: string) => browser.call('POST', '/admin/v1/password-resets', { body: { email } });
const set = (browser: Browser, token: string, password: string) =>
  browser.call('POST', '/admin/v1/password', { body: { token, password } });

describe('a mail', () => {
  it('brings a link that sets a new password once, and ends the sign-ins of before', async () => {
    const { call, email } = await rig.person([{ role: 'owner', tenantId: null }]);
    const browser = new Browser(rig);
    expect(await reset(browser, email.toUpperCase())).toMatchObject({ status: 202, body: { status: 'accepted' } });
    await until(() => mailsTo(email).length === 1);
    const [mail] = mailsTo(email);
    expect(mail).toMatchObject({ from: 'desk@agency.example' });
    const token = tokenOfMail(mail as NonNullable<typeof mail>);
    expect((await set(browser, token, 'an entirely new one')).body).toMatchObject({ status: 'signed_in' });
    expect((await call('GET', '/admin/v1/me')).body).toMatchObject({ authenticated: false });
    expect(await set(new Browser(rig), token, 'yet another new one')).toMatchObject({ status: 410, body: { code: 'link_used' } });
    const signIn = await new Browser(rig).call('POST', '/admin/v1/sign-in', { body: { email, password: 'an entirely new one' } });
    expect(signIn.body).toMatchObject({ status: 'signed_in' });
  });

  it('is not sent for an email that nobody has, and the answer is the same', async () => {
    const nobody = 'nobody@agency.example';
    const { email } = await rig.person([{ role: 'viewer', tenantId: null }]);
    const [unknown, known] = [await reset(new Browser(rig), nobody), await reset(new Browser(rig), email)];
    expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
    await until(() => mailsTo(email).length === 1);
    expect(mailsTo(nobody)).toEqual([]);
  });

  it('brings the link of an invitation, which is shown to nobody else', async () => {
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    const email = 'ada@agency.example';
    const body = { name: 'Ada', email, grants: [{ role: 'viewer', tenant_id: null }] };
    const invited = await owner.call('POST', '/admin/v1/staff', { body });
    expect(invited).toMatchObject({ status: 201, body: { mailed: true, url: null } });
    const [mail] = mailsTo(email, 'Your access to Heliograph');
    const token = tokenOfMail(mail as NonNullable<typeof mail>);
    expect((await set(new Browser(rig), token, 'the first password')).body).toMatchObject({ status: 'signed_in' });
  });

  it('names the panel as the brand of who gets it does, and so does the authenticator app', async () => {
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    const tenant = await rig.tenant();
    await owner.call('PATCH', '/admin/v1/settings/branding', { body: { name: 'Agency Desk' } });
    await owner.call('PATCH', `/admin/v1/tenants/${tenant.id}/branding`, { body: { name: 'Kettle Coffee' } });
    const invite = (email: string, tenant_id: string | null) =>
      owner.call('POST', '/admin/v1/staff', { body: { name: 'Bo', email, grants: [{ role: 'viewer', tenant_id }] } });
    await invite('bo@agency.example', null);
    await invite('bo@kettle.example', tenant.id);
    expect(mailsTo('bo@agency.example', 'Your access to Agency Desk')).toHaveLength(1);
    const [mail] = mailsTo('bo@kettle.example', 'Your access to Kettle Coffee');
    expect(mail?.text).toContain('You were invited to Kettle Coffee');

    const { email, call } = await rig.person([{ role: 'viewer', tenantId: tenant.id }]);
    await reset(new Browser(rig), email);
    await until(() => mailsTo(email).length === 1);
    expect(mailsTo(email)[0]?.text.replace(/=\r\n/g, '')).toContain('for Kettle Coffee');
    expect(
      server.mails
        .filter(({ to }) => [email, 'bo@kettle.example'].includes(to))
        .map(({ text }) => text)
        .join(),
    ).not.toContain('Agency Desk');
    const uri = String((await call('POST', '/admin/v1/me/totp', { body: { password: passwordOfPeople } })).body.uri);
    expect(new URL(uri).searchParams.get('issuer')).toBe('Kettle Coffee');
    await owner.call('PATCH', '/admin/v1/settings/branding', { body: { name: null } });
  });
});
