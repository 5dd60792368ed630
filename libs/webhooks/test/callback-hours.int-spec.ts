import { moveClock, until } from '@heliograph/kernel/testing';
import { CallbackRig } from './callback-rig';

const hourMs = 3_600_000;

let rig: CallbackRig;
beforeEach(async () => {
  rig = await CallbackRig.start({ CALLBACK_SCHEDULE_S: '0.1,0.1' });
});
afterEach(async () => {
  await moveClock(rig.db, 0);
  await rig.stop();
});

describe('the calls of an endpoint', () => {
  it('are counted with their failures and durations, and add up over workers and restarts', async () => {
    const endpoint = await rig.endpoint();
    let failing = true;
    rig.receiver.behave = (_post, response) => void response.writeHead(failing ? 500 : 200).end();
    const first = rig.work();
    await rig.happen(endpoint.tenantId, 1);
    await until(() => endpoint.posts().length === 2);
    failing = false;
    await endpoint.drained();
    await first.stop();
    expect((await endpoint.now()).lastDay).toMatchObject({ calls: 3, failed: 2, hours: [{ calls: 3, failed: 2 }] });
    const second = rig.work();
    await rig.happen(endpoint.tenantId, 7);
    await endpoint.drained();
    await second.stop();
    const { lastDay } = await endpoint.now();
    expect(lastDay).toMatchObject({ calls: 10, failed: 2, hours: [{ calls: 10, failed: 2 }] });
    expect(lastDay.calls).toBe(endpoint.posts().length);
    expect(lastDay.p95Ms).toBeGreaterThan(0);
    expect((await (await rig.endpoint()).now()).lastDay).toEqual({ calls: 0, failed: 0, p95Ms: null, hours: [] });
  });

  it('leave the last 24 hours as time passes, and are purged after the retention', async () => {
    const endpoint = await rig.endpoint();
    const worker = rig.work();
    await rig.happen(endpoint.tenantId, 1);
    await endpoint.drained();
    await worker.stop();
    expect((await endpoint.now()).lastDay.calls).toBe(1);
    await moveClock(rig.db, 25 * hourMs);
    expect((await endpoint.now()).lastDay.calls).toBe(0);
    const rows = () => rig.db.query(`SELECT 1 FROM callback_hours WHERE endpoint_id = $1`, [endpoint.id]);
    expect(await rows()).toHaveLength(1);
    await moveClock(rig.db, 32 * 24 * hourMs);
    rig.purges.onApplicationBootstrap();
    await until(async () => (await rows()).length === 0);
  });
});
