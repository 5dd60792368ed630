import { randomUUID } from 'node:crypto';
import { ApiRig } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown) => rig.call(method, path, { key: tenant.key, body });

/** An object of more members than any campaign has. */
const many = <T>(name: (i: number) => string, value: T) => Object.fromEntries(Array.from({ length: 501 }, (_, i) => [name(i), value]));

describe('a campaign', () => {
  it('is a draft with every default filled in, is found by its name, changes and goes', async () => {
    const made = await call('POST', '/v1/campaigns', { name: 'Summer sale' });
    expect(made).toMatchObject({
      status: 201,
      body: { state: 'draft', version: 1, requires_consent: true, caps: { obeys: true, counts: true } },
    });
    const path = `/v1/campaigns/${made.body.id as string}`;
    expect((await call('GET', '/v1/campaigns?name=SUMMER&state=draft,checked')).body.data).toMatchObject([{ id: made.body.id }]);
    expect((await call('GET', '/v1/campaigns?name=winter')).body.data).toEqual([]);
    const audience = { include: [{ kind: 'list', id: tenant.id }] };
    const changed = await call('PATCH', path, { audience, pace: { window_limit: 30 } });
    expect(changed.body).toMatchObject({ version: 2, audience: { ...audience, exclude: [] }, pace: { window_limit: 30, weight: 1 } });
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });

  it.each([
    [{ name: '' }, 'name'],
    [{ name: 'A', schedule: { start: 'at' } }, 'schedule/at'],
    [{ name: 'A', schedule: { windows: [{ days: [1], from: '18:00', to: '09:00' }] } }, 'schedule/windows/0'],
    [{ name: 'A', numbers: { session_ids: ['x'] } }, 'numbers/session_ids/0'],
    [{ name: 'A', schedule: { start: 'local', local: '2027-02-30T10:00' } }, 'schedule/local'],
    [{ name: 'A', schedule: { start: 'local', local: '2027-02-20T24:30' } }, 'schedule/local'],
    [{ name: 'A', schedule: { start: 'local', local: '0000-01-01T00:00' } }, 'schedule/local'],
    [{ name: 'A', schedule: { start: 'local', local: '9999-12-31T23:59' } }, 'schedule/local'],
    [{ name: 'A', schedule: { start: 'at', at: '9999-12-31T23:59:59Z' } }, 'schedule/at'],
    [{ name: 'A', message: { template_version: 2_147_483_648 } }, 'message/template_version'],
    [{ name: 'A', message: { variables: many((i) => `v${i}`, 'x') } }, 'message/variables'],
    [{ name: 'A', numbers: { weights: many(() => randomUUID(), 1) } }, 'numbers/weights'],
  ])('that is %j is refused at %s', async (body, path) => {
    const reply = await call('POST', '/v1/campaigns', body);
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body.errors)).toContain(path);
  });
});

describe('the flight plan of a campaign', () => {
  it('is empty for an audience of nobody, belongs to its tenant, and is read with a scope', async () => {
    const made = await call('POST', '/v1/campaigns', { name: 'To nobody' });
    const path = `/v1/campaigns/${made.body.id as string}/plan`;
    expect(await call('GET', path)).toMatchObject({
      status: 200,
      body: { people: 0, unsent: 0, skips: {}, first_send_at: null, last_send_at: null, days: [], numbers: [], limits: [], faster: [] },
    });
    const other = await rig.tenant();
    expect((await rig.call('GET', path, { key: other.key })).status).toBe(404);
    expect((await call('DELETE', `/v1/campaigns/${made.body.id as string}`)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });
});
