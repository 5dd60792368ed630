import { type Actor, type Database } from '@heliograph/kernel';
import { moveClock, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const evening = new Date('2026-03-02T20:30:00Z');

describe('quiet hours of the tenant that change while a campaign is in flight', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());
  beforeEach(() => stopClock(db, evening));
  afterEach(() => moveClock(db, 0));

  const setQuiet = (tenantId: string, quiet: object | null) =>
    db.query(`UPDATE tenants SET settings = settings || jsonb_build_object('quiet_hours', $2::jsonb) WHERE id = $1`, [
      tenantId,
      JSON.stringify(quiet),
    ]);
  const night = { from: '20:00', to: '08:00', classes: ['broadcast'] };

  /** A campaign in flight to one person in London and one in Tokyo. */
  async function inFlight(over: object = {}, quiet: object | null = null) {
    const { tenantId } = await aTenantWith(db);
    await setQuiet(tenantId, quiet);
    await someContacts(db, tenantId, 1);
    await someContacts(db, tenantId, 1, { from: 819_000_000_000 });
    const parts = campaignParts(db);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, over));
    await parts.launches.launch(tenantId, ann, id);
    while (await parts.expansion.step({ tenantId, id }));
    const settle = async () => {
      for (const run of await parts.times.outdated()) if (run.id === id) while (await parts.times.refit(run));
    };
    const messages = () =>
      db.query<{ to: string; due: string; ends: string | null; zone: string | null; state: string }>(
        `SELECT left(recipient, 3) AS to, to_char(due_at AT TIME ZONE 'UTC', 'DD HH24:MI') AS due, to_char(window_ends_at AT TIME ZONE 'UTC', 'DD HH24:MI') AS ends,
           window_zone AS zone, state FROM messages WHERE group_id = $1 ORDER BY 1`,
        [id],
      );
    return { parts, tenantId, id, settle, messages };
  }

  it('hold for what is not sent yet, where each person lives, in a campaign without windows', async () => {
    const { parts, tenantId, id, settle, messages } = await inFlight();
    expect(await messages()).toMatchObject([
      { due: '02 20:30', ends: null },
      { due: '02 20:30', ends: null },
    ]);
    expect(await parts.times.outdated()).not.toContainEqual(expect.objectContaining({ id }));
    await setQuiet(tenantId, night);
    await settle();
    expect(await messages()).toEqual([
      { to: '+44', due: '03 08:00', ends: '03 20:00', zone: 'Europe/London', state: 'queued' },
      { to: '+81', due: '02 23:00', ends: '03 11:00', zone: 'Asia/Tokyo', state: 'queued' },
    ]);
    expect(await parts.times.outdated()).not.toContainEqual(expect.objectContaining({ id }));
    // A window that is over is followed by the next one outside the hours.
    await stopClock(db, new Date('2026-03-03T11:00:00Z'));
    for (const run of await parts.expansion.windowed()) if (run.id === id) while (await parts.times.move(run));
    expect((await messages())[1]).toMatchObject({ due: '03 23:00', ends: '04 11:00' });
  });

  it('end for what is not sent yet when they are taken back', async () => {
    const { tenantId, settle, messages } = await inFlight({}, night);
    expect(await messages()).toMatchObject([{ due: '03 08:00' }, { due: '02 23:00' }]);
    await setQuiet(tenantId, null);
    await settle();
    expect(await messages()).toMatchObject([
      { due: '02 20:30', ends: null },
      { due: '02 20:30', ends: null },
    ]);
  });

  it('stop what waits at once, and let it go on only when all have their times', async () => {
    const { parts, tenantId, id } = await inFlight();
    await setQuiet(tenantId, night);
    const [run] = (await parts.times.outdated()).filter((one) => one.id === id);
    const isClosed = async () => (await db.query(`SELECT 1 FROM message_groups WHERE id = $1 AND is_refitting`, [id])).length === 1;
    // While the audience is being written, the rest waits for its end.
    await db.query(`UPDATE campaign_runs SET expanded_at = NULL WHERE campaign_id = $1`, [id]);
    await parts.times.refit(run!);
    expect(await isClosed()).toBe(true);
    while (await parts.expansion.step({ tenantId, id }));
    await parts.times.refit(run!);
    expect(await isClosed()).toBe(false);
  });

  it('let all go on at the old times when they are set back before all have the new ones', async () => {
    const { parts, tenantId, id, settle, messages } = await inFlight();
    await setQuiet(tenantId, night);
    const [run] = (await parts.times.outdated()).filter((one) => one.id === id);
    // The worker dies with some messages refitted.
    await db.query(`UPDATE campaign_runs SET expanded_at = NULL WHERE campaign_id = $1`, [id]);
    await parts.times.refit(run!);
    await db.query(`UPDATE campaign_runs SET expanded_at = heliograph_now() WHERE campaign_id = $1`, [id]);
    await db.query(
      `UPDATE messages SET due_at = due_at + interval '3 h', window_ends_at = due_at + interval '9 h' WHERE group_id = $1 AND recipient LIKE '+81%'`,
      [id],
    );
    await setQuiet(tenantId, null);
    await settle();
    expect(await db.query(`SELECT 1 FROM message_groups WHERE id = $1 AND is_refitting`, [id])).toEqual([]);
    expect(await messages()).toMatchObject([
      { due: '02 20:30', ends: null },
      { due: '02 20:30', ends: null },
    ]);
    expect(await parts.times.outdated()).not.toContainEqual(expect.objectContaining({ id }));
  });

  it('hold beside the windows of the campaign, also while it is paused, and what has no time left expires after the pause', async () => {
    const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '19:00', to: '22:00' }];
    const { parts, tenantId, id, settle, messages } = await inFlight({ schedule: { windows, ends_at: '2026-03-03T12:00:00Z' } });
    await parts.launches.pause(tenantId, ann, id);
    await setQuiet(tenantId, { ...night, to: '23:00' });
    await settle();
    // The pause may still move the end into an open time.
    expect(await messages()).toMatchObject([
      { to: '+44', state: 'queued' },
      { to: '+81', state: 'queued' },
    ]);
    await parts.launches.resume(tenantId, ann, id);
    expect((await parts.groups.get(tenantId, id)).state).toBe('open');
    for (const run of await parts.expansion.windowed()) if (run.id === id) while (await parts.times.move(run));
    expect(await messages()).toMatchObject([
      { to: '+44', state: 'expired', due: null },
      { to: '+81', state: 'queued' },
    ]);
  });
});
