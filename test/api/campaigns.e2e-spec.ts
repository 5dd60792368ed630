import { ApiRig } from './api-rig';

let rig: ApiRig;
let tenant: { id: string; key: string };
beforeAll(async () => {
  rig = await ApiRig.start();
  tenant = await rig.tenant();
});
afterAll(() => rig.stop());

const call = (method: string, path: string, body?: unknown) => rig.call(method, path, { key: tenant.key, body });

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
  ])('that is %j is refused at %s', async (body, path) => {
    const reply = await call('POST', '/v1/campaigns', body);
    expect(reply.status).toBe(400);
    expect(JSON.stringify(reply.body.errors)).toContain(path);
  });
});

describe('the number checks of a campaign', () => {
  it('are off until it asks for them, and rest while it is a draft', async () => {
    const made = await call('POST', '/v1/campaigns', { name: 'With checks' });
    expect(made.body.check_numbers).toBe(false);
    const path = `/v1/campaigns/${made.body.id as string}`;
    expect((await call('GET', `${path}/number-checks`)).body).toEqual({
      state: 'off',
      found: 0,
      missing: 0,
      unclear: 0,
      answered_at: null,
    });
    expect((await call('PATCH', path, { check_numbers: true })).body).toMatchObject({ version: 2, check_numbers: true });
    expect((await call('GET', `${path}/number-checks`)).body).toMatchObject({ state: 'held' });
    expect((await call('POST', `${path}/check`)).body).toMatchObject({
      numbers: { enabled: true, known: 0, unknown: 0, to_check: 0, duration_s: 0 },
    });
    expect((await call('POST', `${path}/copy`)).body).toMatchObject({ check_numbers: true });
    const other = await rig.tenant();
    expect((await rig.call('GET', `${path}/number-checks`, { key: other.key })).status).toBe(404);
    expect((await call('DELETE', path)).status).toBe(204);
  });

  it('have a budget that is refused beyond what the provider allows', async () => {
    const changed = await call('PATCH', '/v1/tenant', { settings: { number_checks: { per_day: 200 } } });
    expect(changed.body).toMatchObject({ settings: { number_checks: { per_day: 200, valid_days: 90 } } });
    const refused = await call('PATCH', '/v1/tenant', { settings: { number_checks: { per_day: 1_001 } } });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body.errors)).toContain('settings/number_checks/per_day');
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
