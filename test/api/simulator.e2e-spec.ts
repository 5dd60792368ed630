import { ApiRig, type Reply, text } from './api-rig';

let rig: ApiRig;
let operator: Awaited<ReturnType<ApiRig['person']>>;
beforeAll(async () => {
  rig = await ApiRig.start();
  operator = await rig.person([{ role: 'operator', tenantId: null }]);
});
afterAll(() => rig.stop());

const seen = ({ status, body }: Reply) => [status, body.code];

describe('the simulator in the panel', () => {
  it('shows its numbers and counts to people who manage all numbers, and to nobody else', async () => {
    const state = await operator.call('GET', '/admin/v1/simulator');
    expect(state.status).toBe(200);
    expect(state.body).toMatchObject({ url: rig.provider.simulator.url, faults: [], accepted: expect.any(Number) as number });
    expect(state.text).not.toMatch(/apiKey|api_key|webhookSecret|[0-9a-f]{64}/);
    expect((await operator.call('GET', '/admin/v1/me')).body).toMatchObject({ me: { has_simulator: true } });

    const own = await rig.tenant();
    for (const grants of [[{ role: 'operator' as const, tenantId: own.id }], [{ role: 'engineer' as const, tenantId: null }]]) {
      const other = await rig.person(grants);
      expect(seen(await other.call('GET', '/admin/v1/simulator'))).toEqual([403, 'missing_permission']);
      expect((await other.call('GET', '/admin/v1/me')).body).toMatchObject({ me: { has_simulator: false } });
    }
  });

  it('moves a number, scans its code and writes to it', async () => {
    const { there } = await rig.session((await rig.tenant()).id);
    const path = `/admin/v1/simulator/numbers/${there.id}`;
    expect((await operator.call('PATCH', path, { body: { status: 'logged_out' } })).body).toMatchObject({
      id: there.id,
      status: 'logged_out',
    });
    expect(there.status).toBe('logged_out');
    expect(seen(await operator.call('POST', `${path}/scan`))).toEqual([422, 'simulator_refused']);
    Object.assign(there, { status: 'need_scan', qr: '2@code' });
    expect((await operator.call('POST', `${path}/scan`)).status).toBe(200);
    const body = { from: '+447700900123', text: 'Is this still free?', name: 'Priya' };
    expect((await operator.call('POST', `${path}/messages`, { body })).body).toEqual({ done: true });
    const inbound = (await (await fetch(`${rig.provider.simulator.url}/sim/hooks/inbound`)).json()) as object[];
    expect(inbound).toContainEqual(expect.objectContaining({ sessionId: there.id }));
    expect(seen(await operator.call('PATCH', '/admin/v1/simulator/numbers/999999', { body: { status: 'expired' } }))).toEqual([
      404,
      'not_found',
    ]);
  });

  it('takes faults, but none that kills processes, and removes them', async () => {
    const { there } = await rig.session((await rig.tenant()).id);
    const body = { kind: 'refuse-429', session_id: there.id, times: 3 };
    expect((await operator.call('POST', '/admin/v1/simulator/faults', { body })).body).toMatchObject({ ...body, rate: null, struck: 0 });
    expect((await operator.call('POST', '/admin/v1/simulator/faults', { body: { kind: 'kill-peer', point: 'P1' } })).status).toBe(400);
    expect((await operator.call('DELETE', '/admin/v1/simulator/faults')).body).toEqual({ done: true });
    expect((await operator.call('GET', '/admin/v1/simulator')).body.faults).toEqual([]);
  });

  it('shows the last sends with what became of them, and clears them', async () => {
    const { there } = await rig.session((await rig.tenant()).id);
    await fetch(`${rig.provider.simulator.url}/api/send-message`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${there.apiKey}` },
      body: JSON.stringify({ to: '+447700900123', text: text('').text }),
    });
    const { data } = (await operator.call('GET', `/admin/v1/simulator/sends?session_id=${there.id}`)).body as { data: object[] };
    expect(data).toMatchObject([{ session_id: there.id, kind: 'text', text: 'Hello', decision: 'accepted', answer: 'full' }]);
    expect((await operator.call('DELETE', '/admin/v1/simulator/sends')).status).toBe(200);
    expect((await operator.call('GET', '/admin/v1/simulator/sends')).body.data).toEqual([]);
  });

  it('is not there where the configuration names none, or another host than the provider’s', async () => {
    const other = await ApiRig.start({ SIMULATOR_URL: 'http://127.0.0.1:9' });
    try {
      const person = await other.person([{ role: 'owner', tenantId: null }]);
      expect(seen(await person.call('GET', '/admin/v1/simulator'))).toEqual([404, 'no_simulator']);
      expect(seen(await person.call('DELETE', '/admin/v1/simulator/faults'))).toEqual([404, 'no_simulator']);
      expect((await person.call('GET', '/admin/v1/me')).body).toMatchObject({ me: { has_simulator: false } });
    } finally {
      await other.stop();
    }
  });
});
