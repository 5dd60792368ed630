import { type Actor, type Database } from '@heliograph/kernel';
import { moveClock, openTestDatabase, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const everyDay = [1, 2, 3, 4, 5, 6, 7];

describe('a pause of a campaign that has an end', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());
  beforeEach(() => at('09:00'));
  afterEach(() => moveClock(db, 0));

  /** Stops the clock at a time of 2 March 2026, or of the next day. */
  const at = (time: string, day = '02') => stopClock(db, new Date(`2026-03-${day}T${time}:00Z`));

  /** A launched campaign to one person. */
  async function launched(schedule: object) {
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 1);
    const parts = campaignParts(db);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { schedule }));
    await parts.launches.launch(tenantId, ann, id);
    const expand = async () => {
      while (await parts.expansion.step({ tenantId, id }));
    };
    const move = async () => {
      for (const run of await parts.expansion.windowed()) if (run.id === id) while (await parts.times.move(run));
    };
    const message = async () =>
      (
        await db.query<{ state: string; ends: string | null; expires: string }>(
          `SELECT state, to_char(window_ends_at AT TIME ZONE 'UTC', 'DD HH24:MI') AS ends, to_char(expires_at AT TIME ZONE 'UTC', 'DD HH24:MI') AS expires
           FROM messages WHERE group_id = $1`,
          [id],
        )
      )[0];
    const pause = () => parts.launches.pause(tenantId, ann, id);
    const resume = () => parts.launches.resume(tenantId, ann, id);
    return { parts, tenantId, id, expand, move, message, pause, resume };
  }

  const days = { windows: [{ days: everyDay, from: '08:00', to: '22:00' }], ends_at: '2026-03-02T18:00:00Z' };

  it('moves the end of the windows of what is left by its length, and no further', async () => {
    const { expand, move, message, pause, resume } = await launched(days);
    await expand();
    expect(await message()).toMatchObject({ ends: '02 18:00' });
    await at('17:00');
    await pause();
    await at('17:30');
    await resume();
    await at('18:00');
    await move();
    expect(await message()).toEqual({ state: 'queued', ends: '02 18:30', expires: '02 18:00' });
    await at('18:30');
    await move();
    expect(await message()).toMatchObject({ state: 'expired' });
  });

  it('that lasts until the next day leaves the time that was left, in the windows of that day', async () => {
    const { expand, move, message, pause, resume } = await launched(days);
    await expand();
    await at('17:00');
    await pause();
    await at('12:00', '03');
    await move();
    expect(await message()).toMatchObject({ state: 'queued' });
    await resume();
    await move();
    expect(await message()).toMatchObject({ state: 'queued', ends: '03 13:00' });
  });

  it('counts for people whose messages are written during it', async () => {
    const { parts, tenantId, id, expand, message, pause } = await launched({ ends_at: '2026-03-02T18:00:00Z' });
    // The worker dies between the start and the first chunk.
    await db.query(`UPDATE campaigns SET state = 'processing' WHERE id = $1`, [id]);
    await db.query(`UPDATE campaign_runs SET started_at = heliograph_now() WHERE campaign_id = $1`, [id]);
    await at('10:00');
    await pause();
    await at('11:00');
    await expand();
    expect(await message()).toMatchObject({ state: 'queued', expires: '02 19:00' });
    expect((await parts.campaigns.get(tenantId, id)).state).toBe('paused');
  });

  it.each([
    ['the whole of it when it began after the start time', '10:30', '11:00', '12:30'],
    ['the part after the start time when it began before', '09:30', '11:00', '13:00'],
    ['nothing when it was over before', '09:10', '09:50', '12:00'],
  ])('before the campaign started moves the end by %s', async (_, from, to, end) => {
    const { expand, message, pause, resume } = await launched({
      start: 'at',
      at: '2026-03-02T10:00:00Z',
      ends_at: '2026-03-02T12:00:00Z',
    });
    await at(from);
    await pause();
    await at(to);
    await resume();
    await at(to < '10:00' ? '10:00' : to);
    await expand();
    expect(await message()).toMatchObject({ state: 'queued', expires: `02 ${end}` });
  });

  it('for a late start moves it too', async () => {
    const { expand, message, resume } = await launched({ start: 'at', at: '2026-03-02T10:00:00Z', ends_at: '2026-03-02T12:00:00Z' });
    await at('11:30');
    await expand();
    await at('14:00');
    await resume();
    await expand();
    expect(await message()).toMatchObject({ state: 'queued', expires: '02 14:30' });
  });
});
