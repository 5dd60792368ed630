import { type Actor, type Database } from '@heliograph/kernel';
import { moveClock, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const inAccra = { from: 233_200_000_000 };
const inTokyo = { from: 819_000_000_000 };
const nowhere = 'Nowhere/Land';

/** The day on which the tests began. A campaign starts within years, so that no fixed date does for long. */
const today = Date.now();
/** Instant on a day from today on. */
const instant = (days: number, time: string) => new Date(`${new Date(today + days * 86_400_000).toISOString().slice(0, 10)}T${time}:00Z`);
const wall = (days: number, time: string) => instant(days, time).toISOString().slice(0, 16);

let test: TestDatabase;
let db: Database;
beforeAll(async () => {
  test = await openTestDatabase();
  db = test.db;
});
afterAll(() => test.close());
afterEach(() => moveClock(db, 0));

/** A draft with this schedule to people in these places. */
async function aDraft(schedule: object, places: { from: number }[], settings: Parameters<typeof campaignParts>[1] = {}) {
  const parts = campaignParts(db, settings);
  const { tenantId } = await aTenantWith(db);
  for (const place of places) await someContacts(db, tenantId, 1, place);
  const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { schedule }));
  return { parts, tenantId, id };
}

describe('a start at a local time', () => {
  const morning = { start: 'local', local: wall(3, '09:00') };

  it('is the earliest in the time zones of the people, however far on other zones are', async () => {
    await stopClock(db, instant(2, '20:30'));
    const { parts, tenantId, id } = await aDraft(morning, [inAccra]);
    expect((await parts.readiness.check(tenantId, ann, id)).problems).toEqual([]);
    const { run } = await parts.launches.launch(tenantId, ann, id);
    expect(new Date(run!.startsAt)).toEqual(instant(3, '09:00'));
  });

  it('is taken from the zone of the campaign while the audience is empty', async () => {
    await stopClock(db, instant(2, '20:30'));
    const { parts, tenantId, id } = await aDraft(morning, []);
    expect((await parts.readiness.check(tenantId, ann, id)).problems.map(({ code }) => code)).toEqual(['no_people']);
  });

  it('that is in the past for some of the people is told with their number, and sent to them at once', async () => {
    await stopClock(db, instant(3, '01:00'));
    const { parts, tenantId, id } = await aDraft(morning, [inAccra, inTokyo]);
    const { problems, ready } = await parts.readiness.check(tenantId, ann, id);
    expect(problems).toMatchObject([{ code: 'start_in_past', blocks: false, people: 1 }]);
    expect(ready).toBe(true);
    await parts.launches.launch(tenantId, ann, id, { people: 2 });
    while (await parts.expansion.step({ tenantId, id }));
    expect(await db.query(`SELECT left(recipient, 3) AS to, due_at FROM messages WHERE group_id = $1 ORDER BY 1`, [id])).toEqual([
      { to: '+23', due_at: instant(3, '09:00') },
      { to: '+81', due_at: instant(3, '01:00') },
    ]);
  });

  it.each([
    ['a local time', 'schedule/local', morning],
    ['a time', 'schedule/at', { start: 'at', at: instant(3, '09:00').toISOString() }],
  ])('or at a time that is in the past for everybody is refused: %s', async (_, path, schedule) => {
    const { parts, tenantId, id } = await aDraft(schedule, [inAccra, inTokyo]);
    await stopClock(db, instant(3, '09:02'));
    await expect(parts.launches.launch(tenantId, ann, id)).rejects.toMatchObject({
      reason: 'campaign_not_ready',
      details: { errors: [{ code: 'start_in_past', path }] },
    });
    // A minute is no past.
    await stopClock(db, instant(3, '09:00'));
    expect((await parts.launches.launch(tenantId, ann, id)).state).toBe('scheduled');
  });
});

describe('a time zone that the database does not know', () => {
  it('is refused when a campaign names it, and when a campaign with it is launched', async () => {
    const { parts, tenantId, id } = await aDraft({}, [inAccra]);
    const body = await aCampaignBody(db, tenantId);
    const schedule = { ...body.schedule, time_zone: nowhere };
    const refusal = { reason: 'invalid_time_zone', details: { path: 'schedule/time_zone' } };
    await expect(parts.campaigns.create(tenantId, ann, { ...body, schedule })).rejects.toMatchObject(refusal);
    await expect(parts.campaigns.update(tenantId, id, ann, { schedule })).rejects.toMatchObject(refusal);
    await db.query(`UPDATE campaigns SET schedule = schedule || $2 WHERE id = $1`, [id, { time_zone: nowhere }]);
    expect((await parts.readiness.check(tenantId, ann, id)).problems).toMatchObject([{ code: 'invalid_time_zone', blocks: true }]);
    await expect(parts.launches.launch(tenantId, ann, id)).rejects.toMatchObject({ reason: 'campaign_not_ready' });
  });
});

describe('a schedule that leaves no time to send', () => {
  it('is found before the transaction of the check, which holds the campaign', async () => {
    const quiet_hours = { from: '08:00', to: '20:00', classes: ['broadcast' as const] };
    const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '18:00' }];
    const { parts, tenantId, id } = await aDraft({ windows, recipient_zone: true }, [inAccra], { quiet_hours });
    const known = await parts.times.zones.get();
    const open: number[] = [];
    parts.times.zones.get = async () => {
      const idle = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`;
      open.push((await db.query(idle)).length);
      return known;
    };
    const { problems } = await parts.readiness.check(tenantId, ann, id);
    expect(problems.map(({ code }) => code)).toEqual(['never_open']);
    expect(new Set(open)).toEqual(new Set([0]));
  });
});
