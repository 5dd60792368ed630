import { ContactEditing } from '@heliograph/contacts';
import { type Actor, type Database } from '@heliograph/kernel';
import { openTestDatabase, type TestDatabase } from '@heliograph/kernel/testing';
import { moveTo } from '@heliograph/messaging/testing';
import fc from 'fast-check';
import { CampaignResultsReader } from '../src';
import { aCampaignBody, aTenantWith, campaignParts, someContacts } from '../testing';

const ann: Actor = { kind: 'person', id: '0192f0c1-2f6e-7cc3-98c4-dc0c0c0739d1', name: 'Ann' };

describe('a person whose contact changes while a campaign is expanded', () => {
  let test: TestDatabase;
  let db: Database;
  beforeAll(async () => {
    test = await openTestDatabase();
    db = test.db;
  });
  afterAll(() => test.close());

  /** A launched campaign, gone through one contact at a time; the last contacts are not in its audience. */
  async function launched(people: number, others = 0) {
    const { tenantId } = await aTenantWith(db);
    const parts = campaignParts(db);
    const contacts = await someContacts(db, tenantId, people);
    const body = await aCampaignBody(db, tenantId);
    const outside = await someContacts(db, tenantId, others, { from: 447_800_000_000 });
    const { id } = await parts.campaigns.create(tenantId, ann, body);
    await parts.launches.launch(tenantId, ann, id);
    await db.query(`UPDATE campaign_runs SET span = 1 WHERE campaign_id = $1`, [id]);
    const run = { tenantId, id };
    /** Goes through one more contact; the span grows while few people are found. */
    const step = async () => {
      await db.query(`UPDATE campaign_runs SET span = 1 WHERE campaign_id = $1`, [id]);
      return parts.expansion.step(run);
    };
    const merge = (into: string, other: string) =>
      db.forTenant(tenantId, (tx) => new ContactEditing(db).merge(tx, tenantId, ann, into, other));
    const follow = async () => {
      for (const one of await parts.people.merged()) if (one.id === id) await parts.people.follow(one);
    };
    const outcomes = () =>
      db.query<{ contact: string; state: string; reason: string | null }>(
        `SELECT origin->>'contactId' AS contact, state, cause AS reason FROM messages WHERE group_id = $1
         UNION ALL SELECT contact_id::text, 'skipped', reason FROM campaign_skips WHERE campaign_id = $1 ORDER BY 1`,
        [id],
      );
    return { ...run, parts, contacts, outside, step, merge, follow, outcomes };
  }
  const finish = async ({ step, follow }: Awaited<ReturnType<typeof launched>>) => {
    while (await step());
    await follow();
  };

  it('keeps the message that the other contact got, when it is merged into one that is yet to be reached', async () => {
    const run = await launched(3);
    const [one, two, three] = run.contacts as [string, string, string];
    await run.step();
    await run.step();
    await run.merge(three, one);
    await finish(run);
    expect(await run.outcomes()).toEqual([one, two].map((contact) => ({ contact, state: 'queued', reason: null })));
    expect((await new CampaignResultsReader(db).results(run.tenantId, run.id)).audience).toBe(2);
  });

  it('is followed while a chunk of the audience is written', async () => {
    const run = await launched(3);
    const [one, two] = run.contacts as [string, string];
    while (await run.step());
    await run.merge(two, one);
    await db.query(`UPDATE campaign_runs SET merges_seen_at = heliograph_now() - interval '2 minutes' WHERE campaign_id = $1`, [run.id]);
    await db.transaction(async (tx) => {
      await tx.query(`SELECT 1 FROM campaign_runs WHERE campaign_id = $1 FOR UPDATE`, [run.id]);
      await run.follow();
      expect((await run.outcomes()).filter(({ state }) => state === 'suppressed')).toHaveLength(1);
    });
    const seen = () =>
      db.query(`SELECT merges_seen_at > heliograph_now() - interval '1 minute' AS seen FROM campaign_runs WHERE campaign_id = $1`, [
        run.id,
      ]);
    expect(await seen()).toEqual([{ seen: false }]);
    await run.follow();
    expect(await seen()).toEqual([{ seen: true }]);
  });

  it('gets a message when it is merged into one that was passed and was not in the audience', async () => {
    const { contacts, outside, ...run } = await launched(1, 0);
    const [only] = contacts as [string];
    expect(outside).toEqual([]);
    // An older contact, so that it comes first.
    const older = '00000000-0000-7000-8000-000000000001';
    await db.query(`INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, 'Old')`, [run.tenantId, older]);
    await run.step();
    await run.step();
    await run.merge(older, only);
    await finish({ ...run, contacts, outside });
    expect(await run.outcomes()).toEqual([{ contact: older, state: 'queued', reason: null }]);
  });

  it('is sent one of two messages that were written before the merge: the one that was called, else the first', async () => {
    const run = await launched(4);
    const [a, b, c, d] = run.contacts as [string, string, string, string];
    while (await run.step());
    const [called] = await db.query<{ id: string }>(`SELECT id FROM messages WHERE origin->>'contactId' = $1`, [d]);
    await db.query(`UPDATE messages SET body = '{"content":{"kind":"text","text":"Hello"}}', kind = 'text', source = NULL WHERE id = $1`, [
      called?.id,
    ]);
    await moveTo(db, [called?.id as string], 'calling');
    const written = await db.query<{ contact: string }>(
      `SELECT origin->>'contactId' AS contact FROM messages WHERE origin->>'contactId' = ANY ($1) ORDER BY id`,
      [[a, b]],
    );
    const stays = written[0]?.contact;
    await run.merge(b, a);
    await run.merge(c, d);
    await run.follow();
    await run.follow();
    const duplicate = { state: 'suppressed', reason: 'duplicate' };
    expect(await run.outcomes()).toEqual([
      ...[a, b].map((contact) => ({ contact, ...(contact === stays ? { state: 'queued', reason: null } : duplicate) })),
      { contact: c, ...duplicate },
      { contact: d, state: 'calling', reason: null },
    ]);
  });

  it('ends with exactly one outcome, whoever is merged with whom, and erased, at which moment', async () => {
    const act = fc.record({
      steps: fc.nat(4),
      kind: fc.constantFrom('merge', 'merge', 'merge', 'erase'),
      one: fc.nat(8),
      other: fc.nat(8),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 6 }), async (acts) => {
        const run = await launched(6, 3);
        const { tenantId, contacts, outside } = run;
        const all = [...contacts, ...outside];
        const became = new Map(all.map((contact) => [contact, contact]));
        const erased = new Set<string>();
        for (const { steps, kind, one, other } of acts) {
          for (let i = 0; i < steps; i++) await run.step();
          const [into, from] = [became.get(all[one] as string) as string, became.get(all[other] as string) as string];
          if (erased.has(into) || erased.has(from)) continue;
          if (kind === 'erase') {
            erased.add(into);
            for (const table of ['contact_addresses', 'contact_list_members'])
              await db.query(`DELETE FROM ${table} WHERE tenant_id = $1 AND contact_id = $2`, [tenantId, into]);
            await db.query(`DELETE FROM contacts WHERE tenant_id = $1 AND (id = $2 OR merged_into = $2)`, [tenantId, into]);
          } else if (into !== from) {
            await run.merge(into, from);
            // As the loop does within a second.
            await run.follow();
            for (const [contact, current] of became) if (current === from) became.set(contact, into);
          }
        }
        await finish(run);
        const outcomes = await run.outcomes();
        for (const person of new Set(became.values())) {
          const own = outcomes.filter(({ contact, reason }) => became.get(contact) === person && reason !== 'duplicate');
          const isMeant = contacts.some((contact) => became.get(contact) === person);
          if (erased.has(person)) expect(own.length).toBeLessThanOrEqual(1);
          else expect(own).toHaveLength(isMeant ? 1 : 0);
        }
        const { audience } = await new CampaignResultsReader(db).results(tenantId, run.id);
        expect(audience).toBe(outcomes.length);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});
