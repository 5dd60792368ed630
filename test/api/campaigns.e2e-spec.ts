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
      body: {
        state: 'draft',
        version: 1,
        requires_consent: true,
        caps: { obeys: true, counts: true },
        retry: null,
        retries: { round: 0, state: null },
      },
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
    [{ name: 'A', retry: { reasons: [] } }, 'retry/reasons'],
    [{ name: 'A', retry: { reasons: ['provider_error'], times: 6 } }, 'retry/times'],
    [{ name: 'A', numbers: { weights: many(() => randomUUID(), 1) } }, 'numbers/weights'],
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

describe('the people of a campaign before its launch', () => {
  it('are listed by why they would be left out, and other campaigns to them are named', async () => {
    const ids: string[] = [];
    for (let i = 1; i <= 3; i++) {
      const made = await call('PUT', '/v1/contacts', { addresses: [`+44770090040${i}`], name: `Person ${i}` });
      ids.push(made.body.id as string);
    }
    await call('POST', `/v1/contacts/${ids[0]}/consents`, { action: 'opt_in', source: 'shop', address: '+447700900401' });
    const list = (await call('POST', '/v1/contact-lists', { name: 'Everybody' })).body.id as string;
    await call('POST', `/v1/contact-lists/${list}/members`, { ids });
    const template = await call('POST', '/v1/templates', { name: 'Hello', content: { type: 'text', text: 'Hello' } });
    await rig.session(tenant.id);
    const create = async (name: string, over: object = {}) => {
      const body = { name, audience: { include: [{ kind: 'list', id: list }] }, message: { template_id: template.body.id }, ...over };
      return (await call('POST', '/v1/campaigns', body)).body.id as string;
    };
    const other = await create('The other', {
      requires_consent: false,
      schedule: { start: 'at', at: new Date(Date.now() + 86_400_000).toISOString() },
    });
    expect((await call('POST', `/v1/campaigns/${other}/launch`, {})).status).toBe(200);

    const mine = await create('Mine');
    const overlaps = [{ campaign_id: other, name: 'The other', state: 'scheduled', people: 3 }];
    expect((await call('POST', `/v1/campaigns/${mine}/check`)).body).toMatchObject({
      audience: 3,
      sendable: 1,
      skips: { no_consent: 2 },
      overlaps,
    });
    expect((await call('GET', `/v1/campaigns/${mine}/plan`)).body).toMatchObject({ skips: { no_consent: 2 }, overlaps });
    const path = `/v1/campaigns/${mine}/people?verdict=no_consent&limit=1`;
    const first = (await call('GET', path)).body;
    expect(first.data).toMatchObject([
      { contact_id: ids[1], name: 'Person 2', phone: '+447700900402', outcome: 'left_out', state: 'skipped', reason: 'no_consent' },
    ]);
    const second = (await call('GET', `${path}&cursor=${encodeURIComponent(first.next_cursor as string)}`)).body;
    expect(second).toMatchObject({ data: [{ contact_id: ids[2] }], next_cursor: null });
    expect((await call('GET', `/v1/campaigns/${mine}/people?verdict=opted_out`)).body.data).toEqual([]);
    expect((await call('GET', `/v1/campaigns/${mine}/people?verdict=other`)).status).toBe(400);
    const stranger = await rig.tenant();
    expect((await rig.call('GET', path, { key: stranger.key })).status).toBe(404);
  });
});
