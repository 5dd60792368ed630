import type { Actor, Database } from '@heliograph/kernel';
import { openTestDatabase, processLoops, type TestDatabase, until } from '@heliograph/kernel/testing';
import { aWorker, campaignLanes } from '@heliograph/messaging/testing';
import { CampaignResultsReader } from '../src';
import { CampaignRunner } from '../src/launch/campaign-runner';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };
const tenants = 10;
const few = 20;
const many = 600;

describe('campaigns of ten tenants at once, one of them large, to the same people', () => {
  let test: TestDatabase;
  let db: Database;
  let worker: string;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
    worker = await aWorker(db);
  });
  afterAll(() => test.close());
  const { claim } = campaignLanes(() => ({ db, worker }));

  it('are written and sent side by side: the large one holds up no other, and each keeps to its own people and sessions', async () => {
    const parts = campaignParts(db);
    const runs: { tenantId: string; id: string; people: number; sessionId: string }[] = [];
    for (let i = 0; i < tenants; i++) {
      const { tenantId, sessionIds } = await aTenantWith(db);
      await db.query(`UPDATE lanes SET window_limit = 0 WHERE tenant_id = $1`, [tenantId]);
      const people = i === 0 ? many : few;
      await someContacts(db, tenantId, people);
      const { id } = await parts.campaigns.create(tenantId, ann, await aCampaignBody(db, tenantId));
      await parts.launches.launch(tenantId, ann, id);
      runs.push({ tenantId, id, people, sessionId: sessionIds[0] as string });
    }
    const [large, ...small] = runs as [(typeof runs)[number], ...typeof runs];
    const { loops } = processLoops();
    const runner = new CampaignRunner(parts.expansion, parts.times, parts.moves, parts.people, loops);
    const { signal } = new AbortController();
    const isWritten = async ({ tenantId, id }: { tenantId: string; id: string }) =>
      !!(await parts.campaigns.get(tenantId, id)).run?.expandedAt;
    const writeAll = async (of: typeof runs) => {
      await until(async () => {
        await runner.launchAll(signal);
        return (await Promise.all(of.map(isWritten))).every(Boolean);
      }, 60_000);
    };

    // The large one takes 150 chunks.
    await db.query(`CREATE FUNCTION small_chunks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.span = 4; RETURN NEW; END $$`);
    await db.query(
      `CREATE TRIGGER small_chunks BEFORE UPDATE ON campaign_runs FOR EACH ROW WHEN (NEW.campaign_id = '${large.id}') EXECUTE FUNCTION small_chunks()`,
    );
    await db.query(`UPDATE campaign_runs SET span = 4 WHERE campaign_id = $1`, [large.id]);
    await writeAll(small);
    expect(await isWritten(large)).toBe(false);
    expect((await parts.campaigns.get(large.tenantId, large.id)).run?.messages).toBeGreaterThan(0);

    // Claims of their lanes are given while the audience of the large one is still being written.
    for (const { tenantId, id, sessionId } of small) {
      const answer = await claim(sessionId, few);
      const messages = answer.kind === 'messages' ? answer.messages : [];
      expect(messages).toHaveLength(few);
      expect(new Set(messages.map((message) => message.tenantId))).toEqual(new Set([tenantId]));
      const { audience, counts } = await new CampaignResultsReader(db).results(tenantId, id);
      expect({ audience, waiting: counts.waiting }).toEqual({ audience: few, waiting: few });
    }
    await writeAll([large]);
    expect((await claim(large.sessionId, few)).kind).toBe('messages');
    for (const { tenantId, id, people } of runs) {
      const [row] = await db.query<{ messages: number; written: number; own: number; skips: number }>(
        `SELECT count(*)::int AS messages, count(DISTINCT m.recipient)::int AS written,
           count(*) FILTER (WHERE m.tenant_id = $1 AND s.tenant_id = $1 AND c.id IS NOT NULL)::int AS own,
           (SELECT count(*)::int FROM campaign_skips k WHERE k.campaign_id = $2) AS skips
         FROM messages m JOIN sessions s ON s.id = m.session_id LEFT JOIN contacts c ON c.tenant_id = $1 AND c.id::text = m.origin->>'contactId' WHERE m.group_id = $2`,
        [tenantId, id],
      );
      expect(row).toEqual({ messages: people, written: people, own: people, skips: 0 });
    }
  }, 120_000);
});
