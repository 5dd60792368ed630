import type { Database } from '@heliograph/kernel';
import { openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageStore } from '../src/intake/message-store.repository';
import { oldestDueOf, oldestDueSeconds } from '../src/messaging-figures.repository';
import { aLane, aRow, claimStart as start } from '../testing';

describe('the age of the oldest due message', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  it.each([
    ['session that is down', `UPDATE sessions SET status = 'need_scan' WHERE tenant_id = $1`],
    ['paused session', `UPDATE sessions SET paused_at = heliograph_now() WHERE tenant_id = $1`],
    ['suspended tenant', `UPDATE tenants SET suspended_at = heliograph_now() WHERE id = $1`],
    ['closed lane', `UPDATE lanes SET closed_until = heliograph_now() + interval '1 hour' WHERE tenant_id = $1`],
  ])('leaves out what nobody may send: a %s', async (_, close) => {
    await stopClock(db, new Date(start));
    const lane = await aLane(db);
    await new MessageStore().store(db, [aRow(lane)], 72);
    await stopClock(db, new Date(start + 60_000));
    expect([await oldestDueOf(db, [lane.tenantId]), await oldestDueSeconds(db)]).toEqual([60, 60]);
    await db.query(close, [lane.tenantId]);
    expect([await oldestDueOf(db, [lane.tenantId]), await oldestDueSeconds(db)]).toEqual([null, 0]);
  });
});
