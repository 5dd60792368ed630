import type { Actor, Database } from '@heliograph/kernel';
import { historySettles, moveClock, openTestDatabase, processLoops, stopClock, type TestDatabase } from '@heliograph/kernel/testing';
import { countMessages, moveTo } from '@heliograph/messaging/testing';
import { CampaignResultsReader } from '../src';
import { CampaignRunner } from '../src/launch/campaign-runner';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const morning = new Date('2026-03-02T10:00:00Z');
const evening = new Date('2026-03-02T18:00:00Z');
const windows = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '18:00' }];

describe('messages that miss their window', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());
  beforeEach(() => stopClock(db, morning));
  afterEach(() => moveClock(db, 0));

  /** A campaign in flight to four people, one of whom got the message. */
  async function inFlight(schedule: object) {
    const parts = campaignParts(db);
    const { tenantId } = await aTenantWith(db);
    await someContacts(db, tenantId, 4);
    const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId, { schedule: { windows, ...schedule } }));
    await parts.launches.launch(tenantId, ann, id);
    while (await parts.expansion.step({ tenantId, id }));
    const [first] = await db.query<{ id: string }>(
      `UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL
       WHERE id = (SELECT min(id::text)::uuid FROM messages WHERE group_id = $1) RETURNING id`,
      [id],
    );
    await moveTo(db, [first?.id as string], 'sent');
    const runner = new CampaignRunner(parts.expansion, parts.times, parts.moves, parts.people, processLoops().loops);
    const turn = async () => {
      await runner.moveAll(new AbortController().signal);
      await runner.settleAll(new AbortController().signal);
    };
    const messages = () =>
      db.query<{ state: string; cause: string | null; due: string | null }>(
        `SELECT state, cause, to_char(due_at AT TIME ZONE 'UTC', 'DD HH24:MI') AS due FROM messages WHERE group_id = $1 AND id <> $2 ORDER BY id`,
        [id, first?.id],
      );
    return { parts, tenantId, id, turn, messages };
  }
  const missed = { state: 'expired', cause: 'missed_window', due: null };

  it('expire when the campaign skips what is late, counted by a reason of their own', async () => {
    const { parts, tenantId, id, turn, messages } = await inFlight({ when_closed: 'skip' });
    await turn();
    expect(await messages()).toEqual(Array(3).fill({ state: 'queued', cause: null, due: '02 10:00' }));
    await stopClock(db, evening);
    await turn();
    expect(await messages()).toEqual(Array(3).fill(missed));
    expect((await parts.campaigns.get(tenantId, id)).state).toBe('completed');
    await historySettles(db);
    await countMessages(db);
    await countMessages(db);
    const reader = new CampaignResultsReader(db);
    expect((await reader.results(tenantId, id)).counts).toMatchObject({ sent: 1, failed: 3, waiting: 0 });
    expect(await reader.failures(tenantId, id)).toMatchObject([{ cause: 'missed_window', state: 'expired', count: 3 }]);
  });

  it('wait for the next window when the campaign holds them', async () => {
    const { turn, messages } = await inFlight({});
    await stopClock(db, evening);
    await turn();
    expect(await messages()).toEqual(Array(3).fill({ state: 'queued', cause: null, due: '03 09:00' }));
  });

  it('expire with the campaign when its end closes the window', async () => {
    const { turn, messages } = await inFlight({ when_closed: 'skip', ends_at: '2026-03-02T17:00:00Z' });
    await stopClock(db, new Date('2026-03-02T17:00:00Z'));
    await turn();
    expect(await messages()).toEqual(Array(3).fill({ ...missed, cause: 'expired' }));
  });

  it('wait for the next window once a person has sent them again', async () => {
    const { id, turn, messages } = await inFlight({ when_closed: 'skip' });
    await db.query(`UPDATE messages SET state = 'claimed', attempt = 1 WHERE group_id = $1 AND state = 'queued'`, [id]);
    await db.query(
      `UPDATE messages SET state = 'failed', cause = 'template_failed', due_at = NULL WHERE group_id = $1 AND state = 'claimed'`,
      [id],
    );
    await db.query(
      `UPDATE messages SET state = 'queued', cause = 'redriven', due_at = heliograph_now(), window_ends_at = heliograph_now()
        WHERE group_id = $1 AND state = 'failed'`,
      [id],
    );
    // A call after that was not taken.
    await db.query(`UPDATE messages SET cause = 'not_sent' WHERE group_id = $1 AND state = 'queued'`, [id]);
    await stopClock(db, evening);
    await turn();
    expect(await messages()).toEqual(Array(3).fill({ state: 'queued', cause: 'not_sent', due: '03 09:00' }));
  });

  it('are not given another window by a change of the quiet hours', async () => {
    const { parts, tenantId, id, turn, messages } = await inFlight({ when_closed: 'skip' });
    await stopClock(db, evening);
    await db.query(
      `UPDATE tenants SET settings = settings || '{"quiet_hours": {"from": "22:00", "to": "08:00", "classes": ["broadcast"]}}' WHERE id = $1`,
      [tenantId],
    );
    for (const run of await parts.times.outdated()) if (run.id === id) while (await parts.times.refit(run));
    await turn();
    expect(await messages()).toEqual(Array(3).fill(missed));
  });
});
