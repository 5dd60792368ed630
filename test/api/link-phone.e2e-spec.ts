import { Database } from '@heliograph/kernel';
import { Tenants } from '@heliograph/tenants';
import { ApiRig, Browser, type Reply } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let account: string;
beforeAll(async () => {
  rig = await ApiRig.start({ TRUST_PROXY: '127.0.0.1' });
  tenant = await rig.tenant();
  const body = { name: 'Simulator', access_token: 'sim-personal-access-token' };
  account = (await rig.call('POST', '/v1/provider-accounts', { key: tenant.key, body })).body.id as string;
});
afterAll(() => rig.stop());

const seen = ({ status, body }: Reply) => [status, body.code];
let phones = 0;

/** A number of the tenant that nobody has linked yet, and how the simulator knows it. */
async function number() {
  const phone = `+4477009005${String(phones++).padStart(2, '0')}`;
  const body = { mode: 'create', account_id: account, name: 'Reception', phone };
  const { session } = (await rig.call('POST', '/v1/sessions', { key: tenant.key, body })).body as {
    session: { id: string; provider_session_id: string };
  };
  const there = rig.provider.simulator.accounts.sessions.get(Number(session.provider_session_id));
  if (!there) throw new Error('The simulator does not know the session.');
  return { id: session.id, phone, there };
}

const invite = (id: string, key = tenant.key) => rig.call('POST', `/v1/sessions/${id}/link-invitations`, { key });
const tokenOf = (reply: Reply): string => String(reply.body.url).split('#')[1] ?? '';
const sync = (id: string) => rig.call('POST', `/v1/sessions/${id}/sync`, { key: tenant.key });

/** A stranger with the link: a browser without a sign-in. */
function stranger() {
  const { call } = { call: Browser.prototype.call.bind(new Browser(rig)) };
  return {
    show: (token: string) => call('POST', '/admin/v1/phone-link', { body: { token } }),
    start: (token: string) => call('POST', '/admin/v1/phone-link/start', { body: { token } }),
  };
}

describe('a link for the owner of a phone', () => {
  it('brings the brand of its tenant, and what that does not set from the installation', async () => {
    const owner = await rig.person([{ role: 'owner', tenantId: null }]);
    const other = await rig.tenant();
    const set = (path: string, body: object) => owner.call('PATCH', path, { body });
    await set('/admin/v1/settings/branding', { name: 'Agency', support_url: 'https://agency.example/help' });
    await set(`/admin/v1/tenants/${tenant.id}/branding`, { name: 'Kettle Coffee', colour_light: '#0B5D66' });
    await set(`/admin/v1/tenants/${other.id}/branding`, { name: 'Another client' });
    const { id } = await number();
    const token = tokenOf(await invite(id));
    const brand = {
      name: 'Kettle Coffee',
      support_url: 'https://agency.example/help',
      ink: { light: { main: '#0B5D66', text: '#FFFFFF' } },
    };
    expect((await stranger().show(token)).body).toMatchObject({ brand });
    expect((await stranger().start(token)).body).toMatchObject({ brand });
    await set(`/admin/v1/tenants/${tenant.id}/branding`, { name: null, colour_light: null });
    expect((await stranger().show(token)).body).toMatchObject({ brand: { name: 'Agency', ink: { light: null } } });
    await set('/admin/v1/settings/branding', { name: null, support_url: null });
  });

  it('shows the QR code of one number without a sign-in, and ends when a phone is linked', async () => {
    const { id, there } = await number();
    const made = await invite(id);
    expect(made.status).toBe(201);
    expect(String(made.body.url)).toMatch(/^https:\/\/hooks\.example\.com\/admin\/link-phone#[A-Za-z0-9_-]{43}$/);
    const token = tokenOf(made);
    const { show, start } = stranger();
    expect((await show(token)).body).toEqual({
      name: 'Reception',
      state: 'idle',
      qr: null,
      qr_expires_at: null,
      expires_at: made.body.expires_at,
      brand: (await rig.call('GET', '/admin/v1/branding')).body,
    });
    const shown = (await start(token)).body;
    expect(shown).toMatchObject({ name: 'Reception', state: 'scan', qr: there.qr });
    expect(there.qr).not.toBeNull();
    // Asking again while a code is shown makes no other.
    expect((await start(token)).body.qr).toBe(shown.qr);

    there.status = 'connected';
    await sync(id);
    expect((await show(token)).body).toEqual({ ...shown, state: 'linked', qr: null, qr_expires_at: null });
    there.status = 'logged_out';
    await sync(id);
    // Whatever happens to the number later, the link shows no code any more.
    expect((await start(token)).body).toMatchObject({ state: 'linked', qr: null });
  });

  it('is known by its hash alone, and is in the history with who made it', async () => {
    const { id } = await number();
    const token = tokenOf(await invite(id));
    const [row] = await rig
      .get(Database)
      .query<{ text: string; hash: Buffer }>('SELECT row_to_json(s)::text AS text, link_token_hash AS hash FROM sessions s WHERE id = $1', [
        id,
      ]);
    expect(row?.hash).toHaveLength(32);
    expect(row?.text).not.toContain(token);
    const { data } = (await rig.call('GET', `/v1/sessions/${id}/events`, { key: tenant.key })).body as {
      data: { reason: string | null; actor: object }[];
    };
    expect(data[0]).toMatchObject({ reason: 'link_invited', actor: { kind: 'key', name: 'Test' } });
  });

  it('says that it has expired after ten minutes, and shows nothing', async () => {
    const { id } = await number();
    const made = await invite(id);
    const db = rig.get(Database);
    const left = await db.query<{ s: number }>(
      'SELECT round(extract(epoch FROM link_token_until - heliograph_now()))::int AS s FROM sessions WHERE id = $1',
      [id],
    );
    expect(left[0]?.s).toBeGreaterThan(590);
    expect(left[0]?.s).toBeLessThanOrEqual(600);
    await db.query("UPDATE sessions SET link_token_until = heliograph_now() - interval '1 ms' WHERE id = $1", [id]);
    const { show, start } = stranger();
    expect(seen(await show(tokenOf(made)))).toEqual([410, 'link_expired']);
    expect(seen(await start(tokenOf(made)))).toEqual([410, 'link_expired']);
    expect((await rig.call('GET', `/v1/sessions/${id}`, { key: tenant.key })).body.link_invited_until).toBeNull();
  });

  it('does not work once it was revoked, or once a newer one was made', async () => {
    const { id } = await number();
    const [first, second] = [tokenOf(await invite(id)), tokenOf(await invite(id))];
    const { show } = stranger();
    expect(seen(await show(first))).toEqual([404, 'not_found']);
    expect((await show(second)).status).toBe(200);
    expect((await rig.call('GET', `/v1/sessions/${id}`, { key: tenant.key })).body.link_invited_until).not.toBeNull();
    const revoke = () => rig.call('DELETE', `/v1/sessions/${id}/link-invitations`, { key: tenant.key });
    expect((await revoke()).status).toBe(204);
    expect(seen(await show(second))).toEqual([404, 'not_found']);
    expect((await revoke()).status).toBe(204);
    const { data } = (await rig.call('GET', `/v1/sessions/${id}/events`, { key: tenant.key })).body as {
      data: { reason: string | null }[];
    };
    expect(data.filter(({ reason }) => reason === 'link_revoked')).toHaveLength(1);
  });

  it('says when another phone than the expected one was linked', async () => {
    const { id, there } = await number();
    const token = tokenOf(await invite(id));
    const { start, show } = stranger();
    await start(token);
    Object.assign(there, { phone: '+447700900599', status: 'connected' });
    await sync(id);
    expect((await show(token)).body).toMatchObject({ state: 'other_phone', qr: null });
    expect((await rig.call('GET', `/v1/sessions/${id}`, { key: tenant.key })).body).toMatchObject({ held_reason: 'phone_changed' });
  });

  it('is not made for a number of another tenant, a linked one, or one without an account', async () => {
    const other = await rig.tenant();
    const { id } = await number();
    expect(seen(await invite(id, other.key))).toEqual([404, 'not_found']);
    expect(seen(await rig.call('DELETE', `/v1/sessions/${id}/link-invitations`, { key: other.key }))).toEqual([404, 'not_found']);
    const linked = await number();
    linked.there.status = 'connected';
    await sync(linked.id);
    expect(seen(await invite(linked.id))).toEqual([409, 'session_connected']);
    expect(seen(await invite((await rig.session(tenant.id)).id))).toEqual([409, 'account_required']);
    const reader = await rig.key(tenant.id, ['sessions:read']);
    expect(seen(await invite(id, reader))).toEqual([403, 'missing_scope']);
  });

  it('stops working with its tenant', async () => {
    const { id } = await number();
    const token = tokenOf(await invite(id));
    const tenants = rig.get(Tenants);
    await tenants.setSuspended(tenant.id, true);
    expect(seen(await stranger().show(token))).toEqual([404, 'not_found']);
    await tenants.setSuspended(tenant.id, false);
    expect((await stranger().show(token)).status).toBe(200);
  });

  it('cannot be guessed: an address that tried 30 is kept out, also with a right one; others are not', async () => {
    const { id } = await number();
    const token = tokenOf(await invite(id));
    const { show } = stranger();
    for (let i = 0; i < 30; i++) expect(seen(await show('x'.repeat(43)))).toEqual([404, 'not_found']);
    expect(seen(await show('x'.repeat(43)))).toEqual([429, 'too_many_tries']);
    expect(seen(await show(token))).toEqual([429, 'too_many_tries']);
    expect((await stranger().show(token)).status).toBe(200);
  });

  it('asks the provider for at most 20 codes', async () => {
    const { id, there } = await number();
    const token = tokenOf(await invite(id));
    const { start } = stranger();
    for (let i = 0; i < 20; i++) {
      expect((await start(token)).body.state).toBe('scan');
      there.qr = null;
      await rig.get(Database).query('UPDATE sessions SET qr = NULL WHERE id = $1', [id]);
    }
    expect(seen(await start(token))).toEqual([429, 'too_many_codes']);
  });

  it('tells nobody why the provider gave no code', async () => {
    const { id, there } = await number();
    const token = tokenOf(await invite(id));
    rig.provider.simulator.accounts.remove(there);
    const reply = await stranger().start(token);
    expect(seen(reply)).toEqual([503, 'code_unavailable']);
    expect(reply.text).not.toContain(String(there.id));
  });
});
