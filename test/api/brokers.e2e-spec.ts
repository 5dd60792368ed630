import { type BrokerLink, BrokerLinks } from '@heliograph/ingestion';
import { Database, newId } from '@heliograph/kernel';
import { moveClock } from '@heliograph/kernel/testing';
import { ApiRig } from './api-rig';

let rig: ApiRig;
beforeAll(async () => {
  rig = await ApiRig.start();
});
afterAll(() => rig.stop());

const since = new Date('2026-11-24T09:00:00Z');
const link = (over: Partial<BrokerLink>): BrokerLink => ({
  source: 'orders',
  workerId: newId(),
  worker: 'worker-1:41',
  kind: 'rabbitmq',
  tenantId: null,
  target: 'orders',
  isUp: true,
  since,
  error: null,
  lag: 3,
  stored: 10,
  repeated: 1,
  poison: 2,
  setAside: 0,
  lastMessageAt: null,
  startedAt: since,
  ...over,
});
const path = '/admin/v1/brokers';

describe('brokers', () => {
  it('are joined from the reports of their workers, and are silent when none reports', async () => {
    const { call } = await rig.person([{ role: 'engineer', tenantId: null }]);
    await rig
      .get(BrokerLinks)
      .report([
        link({}),
        link({ worker: 'worker-2:7', isUp: false, error: 'ECONNREFUSED', lag: null, stored: 5, since: new Date('2026-11-24T10:00:00Z') }),
        link({ source: 'stream', kind: 'kafka', lag: 4 }),
        link({ source: 'stream', kind: 'kafka', lag: 6 }),
      ]);
    const list = async () => (await call('GET', path, { of: path })).body.data as { name: string; state: string }[];
    expect(await list()).toMatchObject([
      {
        name: 'orders',
        state: 'partly',
        since: '2026-11-24T10:00:00.000Z',
        lag: 3,
        stored: 15,
        poison: 4,
        workers: [
          { worker: 'worker-1:41', state: 'connected' },
          { worker: 'worker-2:7', state: 'down', error: 'ECONNREFUSED' },
        ],
      },
      { name: 'stream', state: 'connected', lag: 10 },
    ]);
    const db = rig.get(Database);
    await moveClock(db, 31_000);
    expect((await list()).map(({ state }) => state)).toEqual(['silent', 'silent']);
    await moveClock(db, 0);
  });

  it('of one tenant are shown to its people, shared ones to those of all tenants', async () => {
    const [mine, theirs] = [await rig.tenant(), await rig.tenant()];
    await rig.get(BrokerLinks).report([link({ source: 'mine', tenantId: mine.id }), link({ source: 'theirs', tenantId: theirs.id })]);
    const seen = async (role: 'engineer' | 'viewer', tenantId: string | null) => {
      const { call } = await rig.person([{ role, tenantId }]);
      const { status, body } = await call('GET', path, { of: path });
      return status === 200 ? (body.data as { name: string }[]).map(({ name }) => name) : status;
    };
    expect(await seen('engineer', mine.id)).toEqual(['mine']);
    expect(await seen('engineer', null)).toEqual(['mine', 'orders', 'stream', 'theirs']);
    expect(await seen('viewer', null)).toBe(403);
  });
});
