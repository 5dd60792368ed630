import { type Database, systemActor } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase, until } from '@heliograph/kernel/testing';
import { GroupSettling } from '../src/groups/group-settling.repository';
import { MessageGroups } from '../src/groups/message-groups.repository';
import { MessageStore } from '../src/intake/message-store.repository';
import type { LaneBell } from '../src/lanes/lane-bell';
import { RecoveryRepository } from '../src/recovery/recovery.repository';
import { aGroup, aLane, aSourcedRow } from '../testing';
import { aWorkerWith, type Gap, type Sent } from '../testing/worker';

const cycles = 100;
const messages = 400;
const actor = systemActor('test');

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());

/** Numbers in [0, 1) that are the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; state = (state * 48_271) % 2_147_483_647) yield state / 2_147_483_647;
}

describe('messages of a campaign that is paused and resumed again and again, while every worker that sends them is killed', () => {
  it('are sent once each, or are known to be uncertain', async () => {
    const rng = numbers(20_261_129);
    const below = (n: number) => Math.floor(rng.next().value * n);
    const lane = await aLane(db, { windowLimit: 0 });
    const groupId = await aGroup(db, lane.tenantId, { kind: 'campaign' });
    const rows = Array.from({ length: messages }, (_, i) =>
      aSourcedRow({ ...lane, groupId, source: { text: `Hello ${i}` }, expiresAfterMs: 9e8 }),
    );
    await new MessageStore().store(db, rows, 72);
    const groups = new MessageGroups(db, new GroupSettling(db, { ring: () => undefined } as unknown as LaneBell));
    const recovery = new RecoveryRepository(db);
    const sent: Sent[] = [];
    const pause = () => db.forTenant(lane.tenantId, async (tx) => void (await groups.pauseIn(tx, lane.tenantId, actor, groupId)));
    const resume = () => db.forTenant(lane.tenantId, (tx) => groups.resumeIn(tx, lane.tenantId, actor, groupId));

    let unknown = 0;
    for (let cycle = 0; cycle < cycles; cycle++) {
      const diesAt = (['render', 'calling', 'call', 'settle'] as const)[below(4)] as Gap;
      const pausesWhen = (['before the turn', 'in the turn', 'after the kill'] as const)[below(3)];
      const { runner, reached, kill } = await aWorkerWith(db, { sent, diesAt, diesAfter: below(4) });
      if (pausesWhen === 'before the turn') {
        await pause();
        const before = sent.length;
        expect((await runner.takeTurn(lane.sessionId)).kind).not.toBe('due');
        expect(sent).toHaveLength(before);
        await resume();
      }
      let isOver = false;
      void runner.takeTurn(lane.sessionId).then(() => (isOver = true));
      if (pausesWhen === 'in the turn') await pause();
      // A pause may have been faster than the claim.
      await until(() => Promise.resolve(isOver || reached.mock.calls.length > 0));
      if (!isOver && (diesAt === 'call' || diesAt === 'settle')) unknown++;
      await kill();
      if (pausesWhen === 'after the kill') await pause();
      while (await recovery.takeOverDeadWorker());
      if (pausesWhen !== 'before the turn') await resume();
    }
    const { runner, lease } = await aWorkerWith(db, { sent });
    while ((await runner.takeTurn(lane.sessionId)).kind === 'due');
    await lease.stop();

    const states = await db.query<{ id: string; state: string }>(`SELECT id, state FROM messages WHERE tenant_id = $1`, [lane.tenantId]);
    const of = (state: string) => states.filter((message) => message.state === state).map(({ id }) => id);
    const reachedProvider = new Set(sent.map(({ id }) => id));
    expect(sent).toHaveLength(reachedProvider.size);
    expect(of('sent').length + of('uncertain').length).toBe(messages);
    expect(of('sent').filter((id) => !reachedProvider.has(id))).toEqual([]);
    expect(of('uncertain')).toHaveLength(unknown);
    expect(unknown).toBeGreaterThan(cycles / 5);
  }, 240_000);
});
