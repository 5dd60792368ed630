import { newId } from '@heliograph/kernel';
import { ApiRig } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
let owner: Awaited<ReturnType<ApiRig['person']>>;
beforeAll(async () => {
  rig = await ApiRig.start({ TRUST_PROXY: '127.0.0.1' });
  tenant = await rig.tenant();
  owner = await rig.person([{ role: 'owner', tenantId: null }]);
});
afterAll(() => rig.stop());

const installation = '/admin/v1/settings/branding';
const patch = (path: string, body: object, headers: Record<string, string> = {}) => owner.call('PATCH', path, { body, headers });
const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" onload="alert(1)"><script>alert(1)</script><path d="M0 0h8v8z"/></svg>';
const png = (width: number, height: number) => {
  const bytes = Buffer.alloc(64);
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]).copy(bytes);
  bytes.write('IHDR', 12, 'latin1');
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  return bytes;
};

describe('the brand of an installation', () => {
  it('is our own at first, shown before anybody signs in, and changes without a restart', async () => {
    const before = await rig.call('GET', '/admin/v1/branding');
    expect(before.body).toEqual({
      name: 'Heliograph',
      installation: null,
      logo: null,
      ink: { light: null, dark: null },
      support_url: null,
      imprint_url: null,
    });
    const members = {
      name: 'Copper Kettle',
      colour_light: '#0b5d66',
      support_url: 'mailto:help@agency.example',
      imprint_url: 'https://agency.example/imprint',
    };
    expect((await patch(installation, members)).body).toMatchObject({ ...members, colour_light: '#0B5D66', colour_dark: null });
    for (const pod of [0, 1])
      expect((await rig.call('GET', '/admin/v1/branding', { pod })).body).toMatchObject({
        name: 'Copper Kettle',
        ink: { light: { main: '#0B5D66', text: '#FFFFFF' }, dark: null },
      });
    const me = (await owner.call('GET', '/admin/v1/me')).body.me as { brand: object };
    expect(me.brand).toMatchObject({ name: 'Copper Kettle' });
    expect((await patch(installation, { name: null })).body.name).toBeNull();
    expect((await rig.call('GET', '/admin/v1/branding')).body.name).toBe('Heliograph');
  });

  it('takes a logo of which only the drawing is left, and serves it so that nothing in it can run', async () => {
    const { body } = await patch(installation, { logo: { type: 'image/svg+xml', data: base64(svg) } });
    const logo = await rig.call('GET', body.logo as string);
    expect([logo.status, logo.headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
    expect(logo.text).toContain('<path d="M0 0h8v8z"/>');
    expect(logo.text).not.toMatch(/alert|script|onload/);
    expect(logo.headers.get('content-security-policy')).toBe("default-src 'none'; style-src 'unsafe-inline'; sandbox");
    expect(logo.headers.get('x-content-type-options')).toBe('nosniff');
    const image = (await patch(installation, { logo: { type: 'image/png', data: base64(png(48, 48)) } })).body.logo as string;
    expect((await rig.call('GET', image)).headers.get('content-type')).toBe('image/png');
    expect((await rig.call('GET', body.logo as string)).status).toBe(404);
    expect((await patch(installation, { logo: null })).body.logo).toBeNull();
  });

  it.each<[string, object, number, string]>([
    ['a colour that is lost on its ground', { colour_light: '#FFFFE0' }, 422, 'low_contrast'],
    ['a dark colour for the dark theme', { colour_dark: '#101010' }, 422, 'low_contrast'],
    ['a colour by name', { colour_light: 'red' }, 400, 'invalid_body'],
    ['a link that runs', { support_url: 'javascript:alert(1)' }, 400, 'invalid_body'],
    ['another type of image', { logo: { type: 'text/html', data: base64('<b>') } }, 400, 'invalid_body'],
    ['what is no PNG', { logo: { type: 'image/png', data: base64(svg) } }, 422, 'invalid_logo'],
    ['a PNG that is too wide', { logo: { type: 'image/png', data: base64(png(9_000, 10)) } }, 422, 'invalid_logo'],
    ['what is no SVG', { logo: { type: 'image/svg+xml', data: base64('<html></html>') } }, 422, 'invalid_logo'],
    ['a logo that is too large', { logo: { type: 'image/png', data: base64(Buffer.alloc(70_000)) } }, 400, 'invalid_body'],
  ])('refuses %s', async (_what, body, status, code) => {
    const reply = await patch(installation, body);
    expect([reply.status, reply.body.code]).toEqual([status, code]);
  });

  it('is not overwritten by who read an older one', async () => {
    const tag = (await owner.call('GET', installation)).headers.get('etag') ?? '';
    expect((await patch(installation, { name: 'First' }, { 'if-match': tag })).status).toBe(200);
    expect((await patch(installation, { name: 'Second' }, { 'if-match': tag })).status).toBe(412);
    expect((await owner.call('GET', installation)).body.name).toBe('First');
  });

  it('is changed by nobody who does not manage settings', async () => {
    const { call } = await rig.person([{ role: 'owner', tenantId: tenant.id }]);
    expect((await call('PATCH', installation, { body: { name: 'Mine' } })).status).toBe(403);
    expect((await call('GET', '/admin/v1/settings')).status).toBe(403);
  });
});

describe('the brand of a tenant', () => {
  it('is seen by people whose roles are all for it, over that of the installation', async () => {
    await patch(installation, { name: 'Agency', support_url: 'https://agency.example/help' });
    await patch(`/admin/v1/tenants/${tenant.id}/branding`, { name: 'Kettle Coffee', colour_dark: '#7DE3DC' });
    const brandOf = async (person: Awaited<ReturnType<ApiRig['person']>>) => (await person.call('GET', '/admin/v1/branding')).body;
    expect(await brandOf(await rig.person([{ role: 'viewer', tenantId: tenant.id }]))).toMatchObject({
      name: 'Kettle Coffee',
      installation: 'Agency',
      ink: { dark: { main: '#7DE3DC', text: '#14171C' } },
      support_url: 'https://agency.example/help',
    });
    const both = await rig.person([
      { role: 'viewer', tenantId: tenant.id },
      { role: 'viewer', tenantId: (await rig.tenant()).id },
    ]);
    for (const person of [both, owner]) expect(await brandOf(person)).toMatchObject({ name: 'Agency', installation: null });
  });

  it('is managed by who manages the tenant, and looks missing to others', async () => {
    const other = await rig.tenant();
    const { call } = await rig.person([{ role: 'admin', tenantId: tenant.id }]);
    expect((await call('PATCH', `/admin/v1/tenants/${tenant.id}/branding`, { body: { name: 'Ours' } })).body.name).toBe('Ours');
    for (const id of [other.id, newId()])
      for (const method of ['GET', 'PATCH'])
        expect((await call(method, `/admin/v1/tenants/${id}/branding`, method === 'GET' ? {} : { body: { name: 'Ours' } })).status).toBe(
          404,
        );
  });
});

it('lists the configuration without its secrets', async () => {
  const { text, body } = await owner.call('GET', '/admin/v1/settings');
  const keys = (body.data as { keys: { name: string; value: string | null; source: string; is_set: boolean }[] }[]).flatMap(
    (part) => part.keys,
  );
  expect(keys.find(({ name }) => name === 'TRUST_PROXY')).toMatchObject({ value: '127.0.0.1', source: 'environment' });
  expect(keys.find(({ name }) => name === 'SIGN_IN_HOURS')).toMatchObject({ value: '12', source: 'default' });
  expect(keys.find(({ name }) => name === 'DATABASE_URL')).toMatchObject({ value: null, is_set: true });
  for (const secret of [rig.config.KEYRING, rig.config.DATABASE_URL]) expect(text).not.toContain(secret);
});
