import { type Actor, type Database } from '@heliograph/kernel';
import { moveClock, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { MessageExplainer } from '@heliograph/messaging';
import { CampaignResultsReader, CampaignWaits } from '../src';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
// A Monday evening.
const evening = new Date('2026-03-02T20:30:00Z');

describe('a running campaign that sends nothing', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());
  beforeEach(() => stopClock(db, evening));
  afterEach(() => moveClock(db, 0));

  /** A campaign in flight to one person in London and one in Tokyo. */
  async function inFlight(over: object = {}, quiet: object | null = null) {
    const { tenantId, sessionIds } = await aTenantWith(db);
    await db.query(`UPDATE tenants SET settings = settings || jsonb_build_object('quiet_hours', $2::jsonb) WHERE id = $1`, [
      tenantId,
      JSON.stringify(quiet),
    ]);
    await someContacts(db, tenantId, 1);
    await someContacts(db, tenantId, 1, { from: 819_000_000_000 });
    const parts = campaignParts(db);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, over));
    await parts.launches.launch(tenantId, ann, id);
    while (await parts.expansion.step({ tenantId, id }));
    const wait = async () =>
      new CampaignWaits(db, new MessageExplainer(db)).of(tenantId, await new CampaignResultsReader(db).results(tenantId, id));
    return { parts, tenantId, id, sessionId: sessionIds[0] as string, wait };
  }

  it('waits for nothing while it sends, or is paused', async () => {
    const { parts, tenantId, id, wait } = await inFlight();
    expect(await wait()).toBeNull();
    await db.query(`UPDATE sessions SET status = 'logged_out' WHERE tenant_id = $1`, [tenantId]);
    expect(await wait()).toEqual({ cause: 'session', until: null });
    await parts.launches.pause(tenantId, ann, id);
    expect(await wait()).toBeNull();
  });

  it('names its windows, and the time at which the first of its people may be written to', async () => {
    const windows = [{ days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00' }];
    const own = await inFlight({ schedule: { windows, time_zone: 'Europe/London' } });
    expect(await own.wait()).toEqual({ cause: 'windows', until: new Date('2026-03-03T09:00:00Z') });
    const theirs = await inFlight({ schedule: { windows, time_zone: 'Europe/London', recipient_zone: true } });
    expect(await theirs.wait()).toEqual({ cause: 'windows', until: new Date('2026-03-03T00:00:00Z') });
    await stopClock(db, new Date('2026-03-03T00:30:00Z'));
    expect(await theirs.wait()).toBeNull();
  });

  it('names quiet hours, a holiday, and its start where people live', async () => {
    const night = { from: '20:00', to: '08:00', classes: ['broadcast'] };
    expect(await (await inFlight({}, night)).wait()).toEqual({ cause: 'quiet_hours', until: new Date('2026-03-02T23:00:00Z') });
    const local = await inFlight({ schedule: { start: 'local', local: '2026-03-03T10:00' } });
    await stopClock(db, new Date('2026-03-03T01:00:00Z'));
    while (await local.parts.expansion.step(local));
    expect(await local.wait()).toBeNull();
    // It is morning in Tokyo; in London the start is to come.
    await db.query(`DELETE FROM messages WHERE group_id = $1 AND recipient LIKE '+81%'`, [local.id]);
    expect(await local.wait()).toEqual({ cause: 'start', until: new Date('2026-03-03T10:00:00Z') });
    // New Year's Day.
    await stopClock(db, new Date('2027-01-01T10:00:00Z'));
    const holidays = { holidays: ['GB'], time_zone: 'Europe/London' };
    expect(await (await inFlight({ schedule: holidays })).wait()).toMatchObject({ cause: 'holidays' });
  });

  it('names a pause that the provider asked for, and a cap of the number', async () => {
    const { sessionId, wait } = await inFlight();
    await db.query(
      `UPDATE lanes SET closed_until = heliograph_now() + interval '90 s', closed_reason = 'throttled' WHERE session_id = $1`,
      [sessionId],
    );
    expect(await wait()).toEqual({ cause: 'provider', until: new Date('2026-03-02T20:31:30Z') });
    await db.query(
      `UPDATE lanes SET closed_until = NULL, closed_reason = NULL, daily_cap = 5, time_zone = 'UTC', day_at = date_trunc('day', heliograph_now(), 'UTC'), day_used = 5
       WHERE session_id = $1`,
      [sessionId],
    );
    expect(await wait()).toEqual({ cause: 'hourly_or_daily_cap', until: new Date('2026-03-03T00:00:00Z') });
  });
});
